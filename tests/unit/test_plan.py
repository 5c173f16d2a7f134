from __future__ import annotations

import pytest

from etl.plan import Plan, Wanted, plan_requests, render_plan
from etl.sources import Request


def wanted(source: str, count: int, *, fresh: int = 0, rate: float = 1.0, burst: int = 3) -> Wanted:
    requests = [Request(f"/{number}", {"page": str(number)}) for number in range(count)]
    return Wanted(source, rate, burst, requests, lambda request: int(request.params["page"]) < fresh)


@pytest.mark.parametrize(
    ("count", "fresh", "rate", "burst", "seconds"),
    [(0, 0, 1.0, 3, 0.0), (3, 0, 1.0, 3, 0.0), (13, 0, 0.5, 3, 20.0), (13, 10, 0.5, 3, 0.0), (13, 13, 0.0, 0, 0.0)],
)
def test_the_shortest_time_is_what_the_bucket_allows(
    count: int, fresh: int, rate: float, burst: int, seconds: float
) -> None:
    (line,) = plan_requests([wanted("tmdb", count, fresh=fresh, rate=rate, burst=burst)]).sources
    assert (line.requests, line.fresh, line.to_send) == (count, fresh, count - fresh)
    assert line.shortest_s == pytest.approx(seconds)


def test_requests_that_are_alike_are_sent_once() -> None:
    twice = [Request("/a", {"x": "1", "y": "2"}), Request("/a", {"y": "2", "x": "1"}, max_age_s=1.0), Request("/a")]
    elsewhere = [Request("/a", host="one"), Request("/a", host="two")]
    (line,) = plan_requests([Wanted("x", 1.0, 1, [*twice, *elsewhere], lambda _: False)]).sources
    assert (line.requests, line.to_send) == (4, 4)


def test_the_slowest_source_sets_the_time() -> None:
    plan = plan_requests([wanted("fast", 50, rate=100.0), wanted("slow", 133), wanted("none", 0)])
    assert plan.shortest_s == pytest.approx(130.0)
    assert plan.to_send == 183
    assert (Plan(()).shortest_s, Plan(()).to_send) == (0.0, 0)


def test_the_plan_is_a_table() -> None:
    text = render_plan(plan_requests([wanted("tmdb", 5, fresh=2), wanted("memory_alpha", 133)]))
    lines = text.splitlines()
    assert lines[0].split("  ")[0] == "Source"
    assert lines[1].split() == ["tmdb", "5", "2", "3", "0.0", "s"]
    assert lines[2].split() == ["memory_alpha", "133", "0", "133", "2", "min", "10.0", "s"]
    assert lines[3].split() == ["Total", "138", "2", "136", "2", "min", "10.0", "s"]
    assert "Nothing was sent" in lines[-1]
    assert len({len(line) for line in lines[:4]}) == 1
