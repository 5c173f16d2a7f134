"""TrekCore: what is asked for, and what becomes of a page, held against a page of its documented shape."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import Category, SourceError
from etl.extract.shapes import Extracted, Scope
from etl.extract.trekcore import extract
from etl.franchise import Franchise, Series
from etl.sources import TREKCORE, Answer, Request, Source
from schemas.raw_trekcore import EPISODE_FRAME, season_of

LIST = (Path(__file__).parent / "fixtures" / "trekcore_list.html").read_text(encoding="utf-8")
URL = "https://loom.example.org/episodes/index.html"
RECEIVED_AT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)

Reply = str | SourceError | Answer


@dataclass
class FakeTrekCore:
    """Answers by host; a page that has a problem becomes an error of data format, as in the real client."""

    replies: Mapping[str, Reply]
    requests: list[Request] = field(default_factory=list)

    @property
    def source(self) -> Source:
        return TREKCORE

    def fetch(self, requests: Sequence[Request]) -> list[Answer | SourceError]:
        self.requests.extend(requests)
        return [self._outcome(request) for request in requests]

    def _outcome(self, request: Request) -> Answer | SourceError:
        reply = self.replies[request.host]
        if isinstance(reply, SourceError):
            return replace(reply, concerns=request.concerns)
        answer = reply if isinstance(reply, Answer) else Answer(reply, URL, RECEIVED_AT)
        if problem := request.problem_with(answer.payload):
            return SourceError("trekcore", Category.DATA_FORMAT, problem, concerns=request.concerns)
        return answer


def series(code: str = "loom", host: str | None = "loom", *, is_ended: bool = True) -> Series:
    return Series(code=code, name=code, kind="series", is_ended=is_ended, ids={"trekcore": host} if host else {})


def run(client: FakeTrekCore, *asked: Series, season: int | None = None) -> Extracted:
    franchise = Franchise(code="loom", name="Loom of Suns", series=asked)
    return extract(franchise, client, Scope(asked, (), season))


def run_page(page: Reply, season: int | None = None) -> Extracted:
    return run(FakeTrekCore({"loom": page}), series(), season=season)


def table(*rows: str) -> str:
    return f'<table class="sortable"><tr><th>No.</th></tr>{"".join(rows)}</table>'


def row(number: str = "1x01", title: str = "Warp", more: str = "") -> str:
    return f'<tr><td class="col1">{number}</td><td class="col2">{title}</td>{more}</tr>'


def numbers(extracted: Extracted) -> list[str]:
    return extracted.frames["episodes"]["number"].to_list()


def refused(extracted: Extracted) -> list[tuple[str | None, str]]:
    return extracted.rejects.select("source_id", "reason").rows()


class TestWhatIsAsked:
    def test_a_series_is_one_request_for_its_list(self) -> None:
        client = FakeTrekCore({"loom": LIST, "shuttle-bay": LIST})
        run(client, series(), series("bay", "shuttle-bay"))
        asked = [(request.host, request.path, request.kind, request.concerns) for request in client.requests]
        assert asked == [
            ("loom", "/episodes/index.html", "text", "loom"),
            ("shuttle-bay", "/episodes/index.html", "text", "bay"),
        ]

    def test_a_series_without_a_site_is_not_asked_for(self) -> None:
        client = FakeTrekCore({})
        assert run(client, series(host=None)).frames["episodes"].schema == EPISODE_FRAME
        assert client.requests == []

    @pytest.mark.parametrize(("is_ended", "max_age_s"), [(False, 6 * 3600.0), (True, 30 * 86400.0)])
    def test_a_running_series_grows_old_sooner(self, is_ended: bool, max_age_s: float) -> None:
        client = FakeTrekCore({"loom": LIST})
        run(client, series(is_ended=is_ended))
        assert [request.max_age_s for request in client.requests] == [max_age_s]


class TestFrame:
    def test_the_cells_are_copied_as_text(self) -> None:
        extracted = run_page(LIST)
        provenance = {"source_url": URL, "fetched_at": RECEIVED_AT, "is_stale": False}
        assert extracted.frames["episodes"].to_dicts() == [
            {
                "host": "loom",
                "number": "1x01/02",
                "title": "The First Thread & the Last",
                "link": "https://loom.example.org/episodes/season1/1x01/index.html",
                "production_code": "40271-721",
                "air_date": "September 28, 2001",
                "stardate": "41153.7",
                **provenance,
            },
            {
                "host": "loom",
                "number": "1x03",
                "title": "A Café in Orbit",
                "link": "season1/1x03/index.html",
                "production_code": "-",
                "air_date": "October 5, 2001",
                "stardate": "Unknown",
                **provenance,
            },
            {
                "host": "loom",
                "number": "1x04",
                "title": "Not Yet Woven",
                "link": None,
                "production_code": None,
                "air_date": None,
                "stardate": None,
                **provenance,
            },
            {
                "host": "loom",
                "number": "2x01",
                "title": "Knots, Part II",
                "link": "season2/2x01/index.html",
                "production_code": "176266 / 176267",
                "air_date": "September 27, 2002",
                "stardate": "1513.1 - 1513.8",
                **provenance,
            },
        ]
        assert extracted.frames["episodes"].schema == EPISODE_FRAME
        assert (extracted.answers, extracted.rows, extracted.drift, extracted.errors) == (1, 4, (), ())
        assert extracted.rejects.is_empty()

    @pytest.mark.parametrize(("season", "kept"), [(1, ["1x01/02", "1x03", "1x04"]), (2, ["2x01"]), (3, [])])
    def test_one_season_is_picked_from_the_list(self, season: int, kept: list[str]) -> None:
        extracted = run_page(LIST, season)
        assert numbers(extracted) == kept
        assert extracted.rejects.is_empty()

    def test_a_table_inside_of_an_unclosed_cell_is_read_once_and_for_itself(self) -> None:
        page = f'<table class="sortable"><tr><td class="col1">1x01<td class="col2">Warp{table(row("2x01", "Weft"))}'
        extracted = run_page(page)
        assert extracted.frames["episodes"].select("number", "title").rows() == [("1x01", "Warp"), ("2x01", "Weft")]
        assert extracted.rejects.is_empty()

    def test_scripts_and_comments_are_no_text(self) -> None:
        page = table(row(title="Warp<script>weft()</script><style>b{}</style><!-- woof --> <i>Speed</i>"))
        assert run_page(page).frames["episodes"]["title"].to_list() == ["Warp Speed"]

    def test_a_deeply_nested_cell_is_read_without_recursion(self) -> None:
        assert run_page(table(row(title="<b>" * 5000 + "Warp"))).frames["episodes"]["title"].to_list() == ["Warp"]

    def test_the_first_cell_of_a_column_counts(self) -> None:
        page = table(row(more='<td class="col2">Weft</td><td class="col3">7</td><td>8</td>'))
        assert run_page(page).frames["episodes"].select("title", "production_code").row(0) == ("Warp", "7")

    def test_a_column_nobody_expected_is_drift(self) -> None:
        page = table(row(more='<td class="col6 wide">9.1</td><td class="wide">x</td><td class>y</td>'))
        extracted = run_page(page)
        assert (extracted.drift, extracted.rows) == (("episode.col6",), 1)

    def test_two_sites_may_have_the_same_numbers(self) -> None:
        extracted = run(FakeTrekCore({"loom": LIST, "weft": LIST}), series(), series("weft", "weft"))
        assert (extracted.rows, extracted.rejects.height) == (8, 0)


class TestRejects:
    @pytest.mark.parametrize(
        ("cells", "source_id", "reason"),
        [
            (row(number=""), None, "number: Field required"),
            (row(title=" <br> "), "loom 1x01", "title: Field required"),
            (
                row(number="101"),
                "loom 101",
                'number: Value error, is no number such as "4x20" or "1x01/02"',
            ),
            (row(number="1x02/01"), "loom 1x02/01", "number: Value error, goes from 2 to 1"),
            (row(number="1x01/11"), "loom 1x01/11", "number: Value error, goes from 1 to 11"),
            (row(number="1x03", title="Again"), "loom 1x03", "number: stands there more than once"),
        ],
    )
    def test_a_row_that_breaks_the_contract_is_kept_with_its_reason(
        self, cells: str, source_id: str | None, reason: str
    ) -> None:
        extracted = run_page(LIST + table(cells))
        assert refused(extracted) == [(source_id, reason)]
        assert extracted.rows == 4

    def test_the_payload_of_a_reject_is_the_row(self) -> None:
        extracted = run_page(LIST + table(row(title="", more='<td class="col4">9/28/87</td>')))
        assert json.loads(extracted.rejects["payload"].item()) == {
            "host": "loom",
            "number": "1x01",
            "air_date": "9/28/87",
        }

    def test_a_row_without_a_number_is_told_whatever_season_is_asked_for(self) -> None:
        page = LIST + table(row(number=""), row(number="3x01", title=""))
        assert refused(run_page(page, season=2)) == [(None, "number: Field required")]
        assert refused(run_page(page, season=3)) == [
            (None, "number: Field required"),
            ("loom 3x01", "title: Field required"),
        ]

    def test_empty_rows_and_heads_are_no_rows(self) -> None:
        page = table("<tr></tr>", '<tr><td class="col1">&nbsp;</td></tr>', "<tr><td colspan=5>Season</td></tr>", row())
        extracted = run_page(page)
        assert (numbers(extracted), refused(extracted)) == (["1x01"], [])


class TestProblems:
    @pytest.mark.parametrize(
        ("page", "problem"),
        [
            ("", "no episode table"),
            ("<html><body><h1>Be back soon</h1><table><tr><td class=col1>1x01", "no episode table"),
            (table(row(title="")), "no row of the episode table keeps the contract"),
            (table("<tr><td>1x01<td>Warp"), "no row of the episode table keeps the contract"),
        ],
    )
    def test_a_page_that_is_no_list_is_an_error(self, page: str, problem: str) -> None:
        extracted = run_page(page)
        assert [(error.message, error.concerns) for error in extracted.errors] == [(problem, "loom")]
        assert (extracted.rows, extracted.answers, extracted.rejects.height) == (0, 0, 0)

    def test_json_is_no_list(self) -> None:
        client = FakeTrekCore({"loom": LIST})
        run(client, series())
        assert client.requests[0].problem_with({"episodes": []}) == "the episode list is no text"

    def test_a_season_that_was_only_announced_is_no_problem(self) -> None:
        extracted = run_page(table())
        assert (extracted.rows, extracted.answers, extracted.errors) == (0, 1, ())

    def test_one_dead_site_does_not_cost_the_others(self) -> None:
        dead = SourceError("trekcore", Category.NOT_FOUND, "gone")
        extracted = run(FakeTrekCore({"loom": LIST, "gone": dead}), series("bay", "gone"), series())
        assert extracted.rows == 4
        assert [error.concerns for error in extracted.errors] == ["bay"]

    def test_a_stale_answer_is_used_and_its_error_told(self) -> None:
        error = SourceError("trekcore", Category.TIMEOUT, "late")
        extracted = run_page(Answer(LIST, URL, RECEIVED_AT, is_from_cache=True, is_stale=True, error=error))
        assert extracted.frames["episodes"]["is_stale"].to_list() == [True] * 4
        assert (extracted.errors, extracted.answers) == ((error,), 0)


ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=40)
MARKUP = st.sampled_from(
    ["<table class=sortable>", "<tr>", "<td class=col1>", "<td class=col2>", "<td class=col9>", "<td class>", "</td>",
     "</table>", "<a href>", "<a href=x>", "<br>", "1x01", "2x03/04", "<!--", "<script>", "&#xD800;", "&#0;", "\x00",
     "<template>", "<svg>", "<td class='col2'", "<select>", "<math><td class=col1>"]
)  # fmt: skip


class TestAnyPage:
    @given(st.lists(MARKUP | ANY_TEXT, max_size=30).map("".join), st.none() | st.integers(0, 3))
    @settings(max_examples=400, deadline=None, derandomize=True, database=None)
    def test_any_text_gives_rows_rejects_or_an_error(self, page: str, season: int | None) -> None:
        extracted = run_page(page, season)
        assert extracted.answers + len(extracted.errors) == 1
        frame = extracted.frames["episodes"]
        assert frame.schema == EPISODE_FRAME
        assert frame["title"].str.strip_chars().str.len_chars().min() != 0
        assert frame["number"].is_unique().all()
        assert season is None or all(season_of(number) == season for number in numbers(extracted))
        frame.write_json()
