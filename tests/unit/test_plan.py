from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from etl.plan import Plan, PlannedSource, Wanted, plan_requests, render_plan
from etl.sources import Outlook, Request

RATE, BURST = 0.5, 3


def requests(count: int) -> list[Request]:
    return [Request(f"/{number}", {"page": str(number)}) for number in range(count)]


def bucket_s(_requests: Sequence[Request], count: int) -> float:
    return max(0, count - BURST) / RATE


def wanted(
    first: Sequence[Request],
    *,
    outlooks: Mapping[str, Outlook] | None = None,
    payloads: Mapping[str, Any] | None = None,
    next_requests: Callable[[Request, Any], Sequence[Request]] = lambda _request, payload: payload,
    further: Mapping[str, int] | None = None,
    robots: int = 0,
    remark: str = "",
) -> Wanted:
    """A source of which paths say what is cached ("cached"), sent (everything else) or barred."""
    return Wanted(
        source="Wiki",
        first=first,
        outlook=lambda request: (outlooks or {}).get(request.path, "sent"),
        remembered=lambda request: (payloads or {}).get(request.path),
        next_requests=next_requests,
        further_requests=lambda request, place: max(0, (further or {}).get(request.path, 0) - place),
        robots_to_read=lambda asked: robots if asked else 0,
        shortest_s=bucket_s,
        remark=remark,
    )


def planned(one: Wanted) -> PlannedSource:
    (line,) = plan_requests([one]).sources
    return line


@pytest.mark.parametrize(("count", "fresh", "seconds"), [(0, 0, 0.0), (3, 0, 0.0), (13, 0, 20.0), (13, 10, 0.0)])
def test_what_is_fresh_costs_nothing_and_the_rest_what_the_bucket_allows(
    count: int, fresh: int, seconds: float
) -> None:
    line = planned(wanted(requests(count), outlooks={f"/{number}": "cached" for number in range(fresh)}))
    assert (line.requests, line.cached, line.least, line.about) == (count, fresh, count - fresh, count - fresh)
    assert (line.least_s, line.about_s) == (seconds, seconds)


def test_requests_that_are_alike_are_sent_once() -> None:
    twice = [Request("/a", {"x": "1", "y": "2"}), Request("/a", {"y": "2", "x": "1"}, max_age_s=1.0), Request("/a")]
    elsewhere = [Request("/a", host="one"), Request("/a", host="two")]
    assert planned(wanted([*twice, *elsewhere])).least == 4


def test_robots_txt_is_counted_apart_but_costs_time() -> None:
    line = planned(wanted(requests(3), robots=2))
    assert (line.least, line.robots, line.requests, line.least_s) == (3, 2, 3, 4.0)
    assert planned(wanted(requests(3), robots=2, outlooks={f"/{n}": "cached" for n in range(3)})).robots == 0


def test_what_is_barred_is_not_sent_and_leads_nowhere() -> None:
    barred = wanted(requests(2), outlooks={"/0": "barred"}, payloads={"/0": [Request("/more")]}, further={"/0": 5})
    line = planned(barred)
    assert (line.barred, line.least, line.about, line.requests) == (1, 1, 1, 2)


def test_what_follows_a_fresh_answer_is_sure() -> None:
    more = [Request("/more"), Request("/last")]
    line = planned(
        wanted(requests(1), outlooks={"/0": "cached", "/last": "cached"}, payloads={"/0": more, "/last": []})
    )
    assert (line.cached, line.least, line.about) == (2, 1, 1)


def test_what_follows_an_old_answer_is_only_likely() -> None:
    line = planned(wanted(requests(1), payloads={"/0": [Request("/1"), Request("/2")], "/1": [], "/2": []}))
    assert (line.least, line.about) == (1, 3)
    assert (line.least_s, line.about_s) == (0.0, 0.0)


def test_what_follows_a_likely_answer_is_no_surer_than_it() -> None:
    chain = {"/0": [Request("/1")], "/1": [Request("/2")], "/2": []}
    line = planned(wanted(requests(1), payloads=chain, outlooks={"/1": "cached"}))
    assert (line.cached, line.least, line.about) == (1, 1, 2)


def test_what_is_not_known_is_guessed_from_where_the_list_stands() -> None:
    assert planned(wanted(requests(1), further={"/0": 4})).about == 4
    known = wanted(requests(1), payloads={"/0": [Request("/1")]}, outlooks={"/0": "cached"}, further={"/0": 9, "/1": 4})
    line = planned(known)
    assert (line.least, line.about, line.requests) == (1, 3, 4)


def test_a_list_that_leads_back_to_itself_ends() -> None:
    round_trip = {"/0": [Request("/1")], "/1": requests(1)}
    assert planned(wanted(requests(1), payloads=round_trip)).about == 2


def test_the_slowest_source_sets_the_time() -> None:
    plan = plan_requests([wanted(requests(5)), wanted(requests(133), robots=1), wanted([])])
    total = plan.total
    assert (total.least, total.robots, total.requests) == (138, 1, 138)
    assert total.least_s == total.about_s == pytest.approx(262.0)
    assert (Plan(()).total.least_s, Plan(()).total.requests) == (0.0, 0)


def test_the_plan_is_a_table() -> None:
    plan = plan_requests(
        [
            wanted(requests(5), outlooks={"/0": "cached", "/1": "barred"}, robots=1, remark="its robots.txt forbids."),
            wanted(requests(133)),
        ]
    )
    lines = render_plan(plan).splitlines()
    assert lines[0].split("  ")[0] == "Source"
    assert lines[1].split() == ["Wiki", "5", "1", "1", "3", "1", "2.0", "s"]
    assert lines[2].split() == ["Wiki", "133", "0", "0", "133", "0", "4", "min", "20.0", "s"]
    assert lines[3].split() == ["Total", "138", "1", "1", "136", "1", "4", "min", "20.0", "s"]
    assert lines[4:] == ["", "Wiki: its robots.txt forbids.", "Nothing was sent and nothing was written."]
    assert len({len(line) for line in lines[:4]}) == 1


def test_an_estimate_is_told_as_one() -> None:
    (_, line, *_) = render_plan(plan_requests([wanted(requests(5), further={"/0": 6})])).splitlines()
    assert "about 10" in line
    assert "at least 5, about 10" in line
    assert "at least 4.0 s, about 14.0 s" in line
