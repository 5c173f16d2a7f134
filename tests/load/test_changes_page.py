"""What changed, told to people: changes.md, a comparison on a terminal, and what the guard refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.decisions import read_decisions
from etl.load.changes_page import MARKDOWN, changes_markdown, render_changes, render_diff
from etl.load.compared import Side
from etl.load.refusal import forget_refusal, refusal_in_words, write_refusal
from etl.published.redirects import redirects_of
from schemas.decisions import Decisions
from schemas.redirects_json import Redirects
from tests.contract.release_folder import redirects
from tests.factories import FIRST_RUN_ID, RUN_ID, added, changed, empty_tables, frame, tiny_tables, without

HOSTILE = "<script>alert(1)</script> [x](javascript:1) `a` | #\n* \x1b[31m"

OF_EVERY_KIND: list[dict[str, Any]] = [
    {"kind": "removed", "subject": "tng:a", "field": "public_id", "old": "tng_s1_e01", "new": "tng:b", "title": "A"},
    {"kind": "removed", "subject": "tng:c", "field": "public_id", "old": "tng_s1_e03", "title": "C"},
    {"kind": "reassigned", "subject": "tng_s1_e04", "field": "episode_key", "old": "tng:d", "new": "tng:e"},
    {"kind": "renumbered", "subject": "tng:e", "field": "public_id", "old": "tng_s1_e05", "new": "tng_s1_e04"},
    {"kind": "retitled", "subject": "tng:f", "field": "title", "old": "F", "new": "F!", "title": "F!"},
    {"kind": "rows_lost", "subject": "tmdb", "field": "rows", "old": "26", "new": "13"},
    {"kind": "quality", "subject": "tng", "field": "quality_overall", "old": "0.9", "new": "0.812"},
    {"kind": "row_gone", "subject": "tmdb", "field": "37064", "title": "Farpoint"},
    {"kind": "row_gone", "subject": "tmdb", "field": "37065"},
    {"kind": "added", "subject": "tng:g", "field": "public_id", "new": "tng_s1_e07", "title": "G"},
    {"kind": "changed", "subject": "tng:h", "field": "air_date", "old": "1987-10-05", "title": "H"},
    {"kind": "changed", "subject": "tng:h", "field": "synopsis", "old": "x" * 200, "new": "Short.", "title": "H"},
]
OF_EVERY_KIND[2]["title"] = OF_EVERY_KIND[3]["title"] = "E"


def changes(*rows: dict[str, Any]) -> pl.DataFrame:
    return frame("changes", [{"series": "tng", **row} for row in rows or OF_EVERY_KIND])


def test_every_kind_is_told_first_in_numbers_then_in_full() -> None:
    text = render_changes(changes(), MARKDOWN)
    assert (
        text
        == f"""\
* Removed: 2
* Public ids that mean another episode: 1
* Renumbered: 1
* Retitled: 1
* Series of which a source gives fewer rows: 1
* Series of lower quality: 1
* Added: 1
* Other fields changed: 1

## Removed: 2

* `tng:a` A, `tng_s1_e01`; its place has `tng:b`
* `tng:c` C, `tng_s1_e03`; its place has nobody

## Public ids that mean another episode: 1

* `tng_s1_e04` was `tng:d`, is `tng:e` E now

## Renumbered: 1

* `tng:e` E, `public_id`: tng\\_s1\\_e05 → tng\\_s1\\_e04

## Retitled: 1

* `tng:f`: F → F!

## Series of which a source gives fewer rows: 1

* `tmdb` gives 13 of 26 rows of `tng`
  * `37064` Farpoint
  * `37065` without a title

## Series of lower quality: 1

* `tng`: the average quality fell, 0.9 → 0.812, growing older left aside

## Added: 1

* `tng:g` G, `tng_s1_e07`

## Other fields changed: 1

* `tng:h` H
  * `air_date`: 1987-10-05 → nothing
  * `synopsis`: {"x" * 160}… → Short.
"""
    )


def test_a_first_release_says_so() -> None:
    first = without(tiny_tables(), "runs", RUN_ID)
    assert changes_markdown(first) == (
        f"# Changes\n\nRelease 1, run {FIRST_RUN_ID}: the first release here, so there is nothing to compare it with.\n"
    )


def test_a_later_release_names_what_it_was_compared_with_and_who_accepted() -> None:
    lines = changes_markdown(tiny_tables()).splitlines()
    assert f"Release 2, run {RUN_ID}, compared with run {FIRST_RUN_ID}." in lines
    assert "* `tas:lost` Lost, `tas_s1_e03`; its place has nobody (accepted: --accept-changes)" in lines
    renumbered = "`tng:the-naked-now` The Naked Now, `public_id`: tng\\_s1\\_e03 → tng\\_s1\\_e02"
    assert f"* {renumbered} (accepted: decision: counted anew)" in lines


def test_nothing_changed() -> None:
    quiet = {**tiny_tables(), "changes": empty_tables()["changes"]}
    assert changes_markdown(quiet).endswith("\n\nNothing changed.\n")


def test_the_same_changes_in_any_order_give_the_same_text() -> None:
    assert render_changes(changes().reverse(), MARKDOWN) == render_changes(changes(), MARKDOWN)


def test_a_long_list_is_cut_and_says_so() -> None:
    rows = [
        {"kind": "added", "subject": f"tng:n{number:03}", "field": "public_id", "new": "x", "title": "N"}
        for number in range(501)
    ]
    lines = render_changes(changes(*rows), MARKDOWN).splitlines()
    assert lines[0] == "* Added: 501"
    assert "* and 1 more: table changes" in lines
    assert len([line for line in lines if line.startswith("* `tng:n")]) == 500


@pytest.mark.parametrize("kind", ["removed", "retitled", "added", "changed", "reassigned", "row_gone"])
def test_foreign_text_stays_text(kind: str) -> None:
    row = {"kind": kind, "subject": "tng:a", "field": "title", "old": HOSTILE, "new": HOSTILE, "title": HOSTILE}
    told = [row, {"kind": "rows_lost", "subject": "tng:a", "field": "rows", "old": "2", "new": "0"}]
    text = render_changes(changes(*told), MARKDOWN)
    outside_of_code = re.sub(r"`[^`\n]*`", "", text.replace("\\`", ""))
    assert "<script" not in outside_of_code.replace("\\<", "")
    assert "\x1b" not in text
    assert not [line for line in text.splitlines() if line.startswith("* \\[31m")]


# A comparison of two releases


def side(name: str, *, has_keys: bool = True) -> Side:
    return Side(name, {}, has_keys)


def test_a_comparison_as_text_is_plain() -> None:
    text = render_diff(side("a_b"), side("c"), changes(OF_EVERY_KIND[3]), "text")
    assert text == ("a_b → c\n\n* Renumbered: 1\n\nRenumbered: 1\n* tng:e E, public_id: tng_s1_e05 → tng_s1_e04\n")


def test_a_comparison_as_markdown_has_a_heading() -> None:
    text = render_diff(side("a_b"), side("c", has_keys=False), changes(OF_EVERY_KIND[3]), "md")
    assert text.startswith(
        "# a\\_b → c\n\nc: no keys there, so episodes are compared by public id.\n\n* Renumbered: 1\n"
    )


def test_a_comparison_as_json_has_everything_in_full() -> None:
    told = json.loads(render_diff(side("a"), side("b"), changes(), "json"))
    assert (told["old"], told["new"], told["note"]) == ("a", "b", "")
    assert told["counts"] == {
        "removed": 2,
        "reassigned": 1,
        "renumbered": 1,
        "retitled": 1,
        "rows_lost": 1,
        "quality": 1,
        "added": 1,
        "changed": 1,
    }
    assert len(told["changes"]) == len(OF_EVERY_KIND)
    assert told["changes"][-1]["old"] == "x" * 200
    assert "accepted" not in told["changes"][0]


# What the guard refused


@pytest.fixture
def refused() -> dict[str, pl.DataFrame]:
    """A release that nobody may publish, for each reason."""
    return {**tiny_tables(), "changes": changes(), "stopped": changes(*OF_EVERY_KIND[:7])}


def pasted(folder: Path) -> Decisions:
    """All suggested answers of the report, read as the file they are to be pasted into."""
    page = folder / ".refused" / "changes.md"
    blocks = re.findall(r"^  ```toml\n(.*?)^  ```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    file = page.with_name("decisions.toml")
    file.write_text("\n".join(blocks), encoding="utf-8")
    return read_decisions(file)


def test_the_report_lies_beside_the_release_with_all_that_stops_it(
    tmp_path: Path, refused: dict[str, pl.DataFrame]
) -> None:
    page = tmp_path / ".refused" / "changes.md"
    assert write_refusal(tmp_path, refused) == f"All of it: {page}"
    assert [path.name for path in page.parent.iterdir()] == ["changes.md"]
    head, _, everything = page.read_text("utf-8").partition("# All changes")
    for line in (
        "* `tng:a` A, `tng_s1_e01`; its place has `tng:b`",
        "* `tng_s1_e04` was `tng:d`, is `tng:e` E now",
        "* `tmdb` gives 13 of 26 rows of `tng`",
        "  * `37064` Farpoint",
    ):
        assert line in head.splitlines()
    assert "Added" not in head
    assert "* Added: 1" in everything


def test_the_report_suggests_answers_that_can_be_pasted(tmp_path: Path, refused: dict[str, pl.DataFrame]) -> None:
    write_refusal(tmp_path, refused)
    answers = pasted(tmp_path).accept
    assert [(one.what, one.subject, one.expects, one.reason) for one in answers] == [
        ("removed", "tng:a", "tng:b", "say why"),
        ("removed", "tng:c", "none", "say why"),
        ("renumbered", "tng:e", "tng_s1_e04", "say why"),
        ("retitled", "tng", 1, "say why"),
        ("rows_lost", "tmdb tng", 13, "say why"),
        ("quality", "tng", 0.812, "say why"),
    ]


def test_no_finding_is_cut_out_of_the_report(tmp_path: Path) -> None:
    rows = [{**OF_EVERY_KIND[0], "subject": f"tng:n{number:03}"} for number in range(501)]
    write_refusal(tmp_path, {**tiny_tables(), "changes": changes(*rows), "stopped": changes(*rows)})
    assert (tmp_path / ".refused" / "changes.md").read_text("utf-8").count("* `tng:n") == 2 * 501


def test_the_error_names_every_kind_with_examples_and_the_way_on(refused: dict[str, pl.DataFrame]) -> None:
    many = [{**OF_EVERY_KIND[4], "subject": f"tng:n{number}"} for number in range(7)]
    text = refusal_in_words(pl.concat([refused["stopped"], changes(*many)]), "All of it: there")
    lines = text.splitlines()
    for line in (
        "  Removed: 2",
        "    tng:a A, tng_s1_e01; its place has tng:b",
        "  Public ids that mean another episode: 1",
        "  Retitled: 8",
        "    and 3 more",
        "    tmdb gives 13 of 26 rows of tng",
        "All of it: there",
    ):
        assert line in lines
    assert len([line for line in lines if "F!" in line]) == 5
    assert "--accept-changes" in lines[-1]
    assert "decisions.toml" in lines[-1]


def test_the_report_is_forgotten_when_nothing_stands_in_the_way(
    tmp_path: Path, refused: dict[str, pl.DataFrame]
) -> None:
    write_refusal(tmp_path, refused)
    write_refusal(tmp_path, refused)
    forget_refusal(tmp_path)
    forget_refusal(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_written_is_no_reason_to_publish(
    tmp_path: Path, refused: dict[str, pl.DataFrame]
) -> None:
    (tmp_path / ".refused").write_text("a file of somebody's", "utf-8")
    assert write_refusal(tmp_path, refused).startswith("The report of it could not be written: ")
    forget_refusal(tmp_path)
    assert (tmp_path / ".refused").read_text("utf-8") == "a file of somebody's"


# redirects.json


def test_redirects_json_is_the_tables() -> None:
    told = redirects_of(tiny_tables())
    expected = redirects()
    expected["tombstones"][0]["removed_at"] = "2026-11-01T12:30:00Z"
    assert told == expected
    Redirects.model_validate_json(json.dumps(told))


def test_redirects_json_is_there_when_nothing_was_ever_redirected() -> None:
    first = without(tiny_tables(), "runs", RUN_ID)
    quiet = {**first, **{name: empty_tables()[name] for name in ("redirects", "tombstones", "public_ids")}}
    told = redirects_of(quiet)
    assert (told["redirects"], told["tombstones"], told["release"]) == ([], [], 1)
    assert told["history"] == FIRST_RUN_ID
    Redirects.model_validate_json(json.dumps(told))


def test_the_history_is_named_after_its_first_release() -> None:
    tables = added(tiny_tables(), "public_ids", id="x", since_release=2, since_run="00000000T000000Z")
    assert redirects_of(changed(tables, "runs", FIRST_RUN_ID, run_id="replayed"))["history"] == FIRST_RUN_ID
