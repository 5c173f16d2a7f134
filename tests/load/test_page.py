"""The page without a browser: it says what the tables say, escapes what is foreign, and asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from page_factory import HOSTILE, HOSTILE_KEY, crowded_tables, page_of, rich_tables
from selectolax.lexbor import LexborHTMLParser, LexborNode

from etl.load.page import page_html
from etl.load.reports import read_reports
from etl.load.warehouse import write_warehouse
from tests.factories import empty_tables, frame, tiny_tables


def words(node: LexborNode) -> str:
    return " ".join(node.text().split())


def table_of(page: LexborHTMLParser, caption: str) -> list[list[str]]:
    """The cells of the table with this caption, row by row."""
    found = [table for table in page.css("table") if words(table.css("caption")[0]) == caption]
    assert len(found) == 1, [words(table) for table in page.css("caption")]
    return [[words(cell) for cell in row.css("th, td")] for row in found[0].css("tr")]


def packed(page: LexborHTMLParser) -> list[dict[str, Any]]:
    """What the page's script unpacks."""
    lines = zlib.decompress(base64.b64decode(page.css("#values")[0].text())).decode().split("\n")
    return [json.loads(line) for line in lines if line]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> LexborHTMLParser:
    return LexborHTMLParser(page_of(tiny_tables(), tmp_path_factory.mktemp("tiny")))


@pytest.fixture(scope="module")
def crowded_html(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_of(crowded_tables(), tmp_path_factory.mktemp("crowded"))


@pytest.fixture(scope="module")
def crowded(crowded_html: str) -> LexborHTMLParser:
    return LexborHTMLParser(crowded_html)


class TestContent:
    def test_the_head_says_what_it_is(self, tiny: LexborHTMLParser) -> None:
        assert words(tiny.css("h1")[0]) == "Star Trek episodes: what this release holds"
        assert words(tiny.css(".eyebrow")[0]) == "trek-etl 0.1.0 · release of 2026-11-01 12:30 UTC"
        assert words(tiny.css(".lead")[0]) == (
            "4 episodes in 2 seasons of 2 series, and 1 film. First shown from 1973-09-08 to 1987-10-05."
            " Numbers are those of the broadcast, a double-length story counted once."
        )

    def test_the_headline_has_the_numbers(self, tiny: LexborHTMLParser) -> None:
        names = [words(node) for node in tiny.css(".headline dt")]
        numbers = dict(zip(names, [words(node) for node in tiny.css(".headline dd b")], strict=True))
        assert numbers == {
            "Quality": "0.755",
            "Completeness": "50 %",
            "Values": str(tiny_tables()["field_values"].height),
            "Agreement": "–",
            "Conflicts": "1",
            "Waiting for a person": "1",
            "Stale": "1",
            "Failures": "1",
        }
        grades = words(tiny.css(".headline small")[0])
        assert grades == "mean of all episodes, 0 to 1; 1 excellent, 1 good, 2 acceptable"

    def test_a_compilation_does_not_count_in_the_agreement(self, tmp_path: Path) -> None:
        tables = tiny_tables()
        dissent = pl.col("source") == "catalogue"
        tables["field_values"] = tables["field_values"].with_columns(
            source=pl.when(dissent).then(pl.lit("tvmaze")).otherwise("source")
        )
        page = LexborHTMLParser(page_of(tables, tmp_path))
        assert [words(node) for node in page.css(".headline b")][3] == "50.0 %"

    def test_the_heat_map_has_a_row_a_series_and_one_for_all(self, tiny: LexborHTMLParser) -> None:
        rows = table_of(tiny, "Completeness by series and field, in per cent of the episodes")
        assert rows[0][:6] == ["Series", "title", "air date", "season", "episode", "synopsis"]
        assert rows[0][-1] == "Memory Alpha page"
        assert [row[0] for row in rows[1:]] == ["All episodes 4", "The Animated Series 2", "The Next Generation 2"]
        by_field = {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
        assert by_field["All episodes 4"]["air date"] == "75"
        assert by_field["The Animated Series 2"]["air date"] == "50"
        assert by_field["The Animated Series 2"]["synopsis"] == "·0"
        assert by_field["The Next Generation 2"]["synopsis"] == "100"

    def test_a_cell_is_the_darker_the_more_is_there(self, tiny: LexborHTMLParser) -> None:
        shades = {words(cell): cell.attributes["class"] for cell in tiny.css("[aria-label^=Completeness] td")}
        assert shades == {"100": "l10", "75": "l7", "50": "l5", "25": "l3", "·0": "l0"}

    def test_missing_fields_come_by_what_they_would_gain(self, tiny: LexborHTMLParser) -> None:
        rows = table_of(tiny, "Missing fields, the greatest gain first")
        assert rows[1] == ["plot points", "3", "75.0", "5.45"]
        assert [float(row[3]) for row in rows[1:]] == sorted((float(row[3]) for row in rows[1:]), reverse=True)

    def test_each_season_has_its_dot_and_its_bar(self, crowded: LexborHTMLParser) -> None:
        figures = crowded.css("section[aria-labelledby=quality] figure")
        assert [words(figure.css("b")[0]) for figure in figures] == ["The Animated Series", "The Next Generation"]
        assert [len(figure.css(".mark-symbol path")) for figure in figures] == [1, 2]
        assert [len(figure.css(".mark-rule.role-mark line")) for figure in figures] == [1, 2]
        label = figures[1].css("[role=img]")[0].attributes["aria-label"]
        assert label == "Mean quality of the seasons of The Next Generation: 1: 0.875, 2: 0.732"

    def test_a_chart_takes_its_colours_from_the_page(self, crowded: LexborHTMLParser) -> None:
        drawn = crowded.css("svg [fill], svg [stroke]")
        colours = {node.attributes.get(name) for node in drawn for name in ("fill", "stroke")} - {None, "none"}
        assert colours == {"var(--accent)", "var(--soft)", "var(--line)", "var(--muted)"}

    def test_seasons_as_a_table(self, crowded: LexborHTMLParser) -> None:
        rows = table_of(crowded, "Quality by season")
        assert rows[3][0] == "The Next Generation 2"
        assert rows[3][4:8] == ["0.702", "0.732", "0.800", "50"]
        assert rows[3][8] == "tng_s2_e02"

    def test_sources_with_their_health(self, tiny: LexborHTMLParser) -> None:
        rows = table_of(tiny, "What each source gave in this run, and how much of it is published")
        told = str(tiny_tables()["field_values"].filter(source="tmdb").height)
        assert rows[1:] == [
            ["TMDB", "used", "6", "5", "1", "2", "0", "1", told, told],
            ["Bundled catalogue", "used", "5", "5", "0", "0", "0", "0", "2", "0"],
        ]

    def test_failures_say_what_to_do(self, tiny: LexborHTMLParser) -> None:
        (row,) = tiny.css(".rows li")
        assert words(row) == "TMDB timeout no answer within 30 s Run again later. Concerned: tas"

    def test_the_agreement_of_each_two_sources(self, tiny: LexborHTMLParser) -> None:
        rows = table_of(tiny, "Agreement of two sources, in per cent of what both state")
        assert rows == [
            ["", "Bundled catalogue", "TMDB"],
            ["Bundled catalogue", "itself", "50.0 of 2"],
            ["TMDB", "50.0 of 2", "itself"],
        ]

    def test_sources_of_one_lineage_say_so(self, tmp_path: Path) -> None:
        tables = tiny_tables()
        tables["sources"] = tables["sources"].with_columns(lineage=pl.lit("tmdb"))
        rows = table_of(
            LexborHTMLParser(page_of(tables, tmp_path)), "Agreement of two sources, in per cent of what both state"
        )
        assert rows[1] == ["Bundled catalogue", "itself", "50.0 one lineage"]

    def test_conflicts_name_who_says_what(self, tiny: LexborHTMLParser) -> None:
        assert table_of(tiny, "Conflicts by field")[1] == ["title", "1", "1", "100.0"]
        rows = table_of(tiny, "Conflicts one by one")
        assert rows[1] == [
            "The Naked Now",
            "title",
            "The Naked Now TMDBThe Naked Now! Bundled catalogue",
            "The Naked Now",
        ]
        (link,) = tiny.css("#conflicts ~ details th a")
        assert link.attributes["href"] == "#tng:the-naked-now"

    def test_rows_that_wait_and_rows_refused(self, tiny: LexborHTMLParser) -> None:
        waiting = table_of(tiny, "Rows that wait for a person to say which episode they are")
        assert waiting[1] == ["TMDB", "99999", "The Making of", "The Naked Now", "0.40", "no title is near enough"]
        assert table_of(tiny, "Refused rows by reason")[1:] == [
            ["TMDB", "extract", "has no id", "1"],
            ["TMDB", "extract", "has no name", "1"],
        ]

    def test_the_map_of_numbers_marks_what_differs(self, tiny: LexborHTMLParser) -> None:
        rows = table_of(tiny, "The Next Generation, season 1: the number of each story in each scheme")
        assert rows == [
            ["Story", "here: aired", "parts", "TMDB"],
            ["Encounter at Farpoint", "1", "1–2", "1"],
            ["The Naked Now", "2", "3", "2"],
        ]
        (season,) = tiny.css(".series:has(summary:lexbor-contains('Next')) .season")
        assert [words(cell) for cell in season.css("td.other")] == ["1–2", "3"]
        assert words(season.css("summary")[0]) == "Season 1 2 stories; other numbers in parts"

    def test_a_number_of_another_season_says_so(self, crowded: LexborHTMLParser) -> None:
        rows = table_of(crowded, "The Next Generation, season 2: the number of each story in each scheme")
        assert rows[0] == ["Story", "here", "TMDB"]
        assert [row[1:] for row in rows[1:3]] == [["1", "1x9"], ["2", "–"]]

    def test_episodes_and_films_are_listed_in_order(self, tiny: LexborHTMLParser) -> None:
        rows = table_of(tiny, "All episodes and films")[1:]
        assert rows[1] == ["The Animated Series", "1x02", "Yesteryear", "–", "1", "", "0.620 stale"]
        assert rows[3] == ["The Next Generation", "1x02", "The Naked Now", "1987-10-05", "2", "1", "0.800"]
        assert rows[4] == ["Films", "", "Star Trek II: The Wrath of Khan", "1982-06-04", "1", "", "0.700"]

    def test_every_value_travels_with_its_witnesses(self, tiny: LexborHTMLParser) -> None:
        stories = packed(tiny)
        ids = [row.attributes["id"] for row in tiny.css("#stories tr")]
        assert [story["key"] for story in stories] == ids
        naked = stories[3]
        assert naked["published"]["stardate_from"] == 41209.2
        assert naked["published"]["directors"] == ["Paul Lynch"]
        assert naked["published"]["guest_stars"] is None
        told = [(one["field"], one["value"], one["by"], one["chosen"], one["stale"]) for one in naked["told"]]
        assert told[:3] == [
            ("air_date", "1987-10-05", [0], [], []),
            ("air_date", '"1987-10-05"', [1], [1], []),
            ("directors", '["Paul Lynch"]', [1], [1], []),
        ]
        assert naked["told"][0]["rule"] == "order"
        assert naked["origins"] == [
            {"source": source, "url": f"https://example.org/{source}", "day": "2026-10-31"}
            for source in ("catalogue", "tmdb")
        ]
        count = sum(len(one["by"]) for story in stories for one in story["told"])
        assert count == tiny_tables()["field_values"].height
        assert stories[4]["published"]["release_date"] == "1982-06-04"
        assert "plot_points" not in stories[4]["published"]


class TestChanges:
    def test_a_release_is_set_beside_the_last_one(self, tmp_path: Path) -> None:
        tables = tiny_tables()
        tables["runs"] = tables["runs"].with_columns(
            quality_overall=pl.Series([0.745, 0.755]), episodes=pl.Series([1204, 1200])
        )
        rows = table_of(LexborHTMLParser(page_of(tables, tmp_path)), "This release beside the last one")
        assert rows[0] == ["", "2026-10-01", "2026-11-01", "Difference"]
        assert rows[1] == ["Episodes", "1,204", "1,200", "−4"]
        assert rows[2] == ["Films", "1", "1", "±0"]
        assert rows[3] == ["Mean quality", "0.745", "0.755", "+0.010"]

    def test_the_trend_of_each_series(self, tiny: LexborHTMLParser) -> None:
        figures = tiny.css("#trend ~ .charts figure")
        assert [words(figure.css("figcaption")[0]) for figure in figures] == [
            "All episodes 0.755 ±0",
            "The Animated Series 0.635 −0.005",
            "The Next Generation 0.875 +0.025",
        ]
        assert [len(figure.css(".mark-line path")) for figure in figures] == [1, 1, 1]
        assert figures[1].css("[role=img]")[0].attributes["aria-label"] == (
            "Mean quality of The Animated Series in 2 releases: 0.640 on 2026-10-01, 0.635 on 2026-11-01"
        )

    def test_a_first_release_says_so_and_has_no_trend(self, tmp_path: Path) -> None:
        tables = tiny_tables()
        tables |= {name: tables[name].filter(run_id="20261101T123000Z") for name in ("runs", "run_series")}
        page = LexborHTMLParser(page_of(tables, tmp_path))
        assert "This is the first release in its folder" in page.css("section[aria-labelledby=changes]")[0].text()
        assert page.css("#trend") == []

    def test_changes_one_by_one(self, tmp_path: Path) -> None:
        changes = [{"kind": "retitled", "subject": "tng:haven", "field": "title", "old": "Havn", "new": HOSTILE}]
        changes += [
            {"kind": "changed", "subject": f"tng:story-{number}", "field": "memory_alpha_url", "new": "x", "title": "S"}
            for number in range(1, 1202)
        ]
        told = frame("changes", [{"series": "tng", **change} for change in changes])
        page = LexborHTMLParser(page_of({**tiny_tables(), "changes": told}, tmp_path))
        said = words(page.css("#single-changes ~ p")[0])
        assert said.startswith("1 retitled, 1,201 changed. The first 200 are shown; changes.md")
        rows = table_of(page, "Changes since the last release, one by one")
        assert rows[1] == ["retitled", "tng:haven", "title", "Havn", " ".join(HOSTILE.split())]
        assert rows[2] == ["changed", "S tng:story-1", "Memory Alpha page", "–", "x"]
        assert len(rows) == 201

    def test_no_single_changes_no_list(self, tmp_path: Path) -> None:
        page = LexborHTMLParser(page_of({**tiny_tables(), "changes": frame("changes", [])}, tmp_path))
        assert page.css("#single-changes") == []


class TestForm:
    def test_the_same_tables_in_any_order_give_the_same_page(self, tmp_path: Path, crowded_html: str) -> None:
        shuffled = {name: table.reverse() for name, table in crowded_tables().items()}
        assert page_of(shuffled, tmp_path) == crowded_html

    def test_an_empty_release_has_a_page(self, tmp_path: Path) -> None:
        page = LexborHTMLParser(page_of(empty_tables(), tmp_path))
        assert "There is no episode in this release." in page.body.text() if page.body else False
        assert "None." in page.css("#refused ~ p")[0].text()
        assert page.css("tbody#stories tr") == []

    def test_many_episodes_take_less_than_their_share_of_three_megabytes(self, tmp_path: Path) -> None:
        tables = rich_tables(300)
        write_warehouse(tmp_path / "episodes.duckdb", tiny_tables())
        size = len(page_html(tables, read_reports(tmp_path / "episodes.duckdb")).encode())
        assert 300_000 < size < 3_000_000 * 300 / 1000

    def test_foreign_text_stays_text(self, crowded: LexborHTMLParser, crowded_html: str) -> None:
        assert crowded.css("img") == []
        assert len(crowded.css("script")) == 3
        assert HOSTILE not in crowded_html
        title = crowded.css(f"[id='{HOSTILE_KEY}'] th")[0]
        assert title.text() == HOSTILE
        assert packed(crowded)[4]["published"]["title"] == HOSTILE

    def test_only_web_addresses_become_links(self, crowded: LexborHTMLParser) -> None:
        (link,) = crowded.css("a:not([href^='#'])")
        assert link.attributes == {"href": "https://example.org/row", "rel": "noreferrer noopener"}
        waiting = table_of(crowded, "Rows that wait for a person to say which episode they are")
        assert [row[1] for row in waiting[1:]] == ["99999", " ".join(HOSTILE.split()), "row"]

    def test_nothing_is_fetched(self, crowded: LexborHTMLParser) -> None:
        assert crowded.css("link, img, iframe, object, embed, [src], [srcset], [style], base") == []
        style = crowded.css("style")[0].text()
        assert "url(" not in style
        assert "@import" not in style

    def test_the_policy_knows_the_style_and_the_script_by_their_hashes(self, crowded: LexborHTMLParser) -> None:
        policy = crowded.css("meta[http-equiv=Content-Security-Policy]")[0].attributes["content"] or ""
        for directive, code in (("style", crowded.css("style")[0]), ("script", crowded.css("script")[-1])):
            digest = base64.b64encode(hashlib.sha256(code.text().encode()).digest()).decode()
            assert f"{directive}-src 'sha256-{digest}'" in policy
        assert policy.startswith("default-src 'none'; ")

    def test_it_can_be_walked_without_eyes(self, crowded: LexborHTMLParser) -> None:
        assert crowded.css("html")[0].attributes["lang"] == "en"
        assert [len(crowded.css(name)) for name in ("header", "nav", "main", "footer", "h1")] == [1, 1, 1, 1, 1]
        assert crowded.css("body > a")[0].attributes["href"] == "#main"
        assert all(table.css("caption") for table in crowded.css("table"))
        assert all(cell.attributes.get("scope") in {"col", "row"} for cell in crowded.css("th"))
        assert all(row.css("th[scope=row]") for row in crowded.css("tbody tr"))
        assert all(node.attributes["aria-label"] for node in crowded.css("[role=img], [role=region], nav"))
        named = {node.attributes["aria-labelledby"] for node in crowded.css("section")}
        assert named == {node.attributes["id"] for node in crowded.css("h2")}
        assert crowded.css("#found[aria-live=polite]")
        levels = [int(node.tag[1]) for node in crowded.css("h1, h2, h3")]
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels))

    def test_every_id_stands_once_and_every_anchor_leads_somewhere(self, crowded: LexborHTMLParser) -> None:
        ids = [node.attributes["id"] for node in crowded.css("[id]")]
        assert len(ids) == len(set(ids))
        anchors = {(link.attributes["href"] or "")[1:] for link in crowded.css("a[href^='#']")}
        assert anchors <= set(ids)
        fields = {label.attributes["for"] for label in crowded.css("label")}
        assert fields == {node.attributes["id"] for node in crowded.css("input, select")}
