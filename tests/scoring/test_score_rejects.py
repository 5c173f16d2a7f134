"""What cannot be scored is kept, with its place, its field, its reason and how to mend it; the rest is scored."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from score_kit import NOW_MS, SOURCES, lines_of, read_lines, record, rejects_of, score_at, score_text, without

from etl.errors import InputError

NO_TIME = "is no time that has a score. Write it like 2026-11-23T09:00:00Z, or as milliseconds since 1970."
MISSING_TIME = "It is missing. Write it like 2026-11-23T09:00:00Z, or as milliseconds since 1970."
NO_CHECKS = 'is no object with one entry a field. Write it like {"title": {"isValid": true}}, or leave it out.'
NO_NUMBER = "is no number. Write a number from 0 to 1, or leave it out."
NO_ID = "It is missing. Give every record the id of its episode, as text."
NO_SOURCE = f"Add it to the sources file, or name one of {', '.join(SOURCES)}."
ONE_A_LINE = "Write one JSON object a line, in UTF-8, each key once."

FAULTS = [
    (without(record(), "episodeId"), "episodeId", NO_ID),
    (record(episodeId=None), "episodeId", NO_ID),
    (record(episodeId=" \u3000"), "episodeId", " \u3000 is no id. Give every record the id of its episode, as text."),
    (without(record(), "dataSource"), "dataSource", f"It is missing. {NO_SOURCE}"),
    (record(dataSource="imdb"), "dataSource", f"imdb is no source that is described. {NO_SOURCE}"),
    (record(dataSource=["tmdb"]), "dataSource", f'["tmdb"] is no source that is described. {NO_SOURCE}'),
    (without(record(), "lastUpdated"), "lastUpdated", MISSING_TIME),
    (record(lastUpdated=None), "lastUpdated", MISSING_TIME),
    (record(lastUpdated="yesterday"), "lastUpdated", f'"yesterday" {NO_TIME}'),
    (record(lastUpdated=""), "lastUpdated", f'"" {NO_TIME}'),
    (record(lastUpdated="2025-02-30"), "lastUpdated", f'"2025-02-30" {NO_TIME}'),
    (record(lastUpdated="1767225600000"), "lastUpdated", f'"1767225600000" {NO_TIME}'),
    (record(lastUpdated=True), "lastUpdated", f"true {NO_TIME}"),
    (record(lastUpdated=[2025]), "lastUpdated", f"[2025] {NO_TIME}"),
    (record(lastUpdated=10**16), "lastUpdated", f"10000000000000000 {NO_TIME}"),
    (record(lastUpdated="9999-01-01"), "lastUpdated", f'"9999-01-01" {NO_TIME}'),
    (record(confidenceScore="0.9"), "confidenceScore", f'"0.9" {NO_NUMBER}'),
    (record(confidenceScore=False), "confidenceScore", f"false {NO_NUMBER}"),
    (record(confidenceScore={}), "confidenceScore", f"{{}} {NO_NUMBER}"),
    (json.dumps(record(confidenceScore=1)).replace(": 1}", ": NaN}"), "confidenceScore", f"NaN {NO_NUMBER}"),
    (json.dumps(record(confidenceScore=1)).replace(": 1}", ": 1e999}"), "confidenceScore", f"1e999 {NO_NUMBER}"),
    (record(fieldValidation=[{"isValid": True}]), "fieldValidation", f'[{{"isValid":true}}] {NO_CHECKS}'),
    (record(fieldValidation="title"), "fieldValidation", f'"title" {NO_CHECKS}'),
    (record(fieldValidation={"title": None}), "fieldValidation", f'{{"title":null}} {NO_CHECKS}'),
    (
        json.dumps(record(fieldValidation=1)).replace(": 1}", ': {"a": {}, "a": {}}}'),
        "fieldValidation",
        f'{{"a":{{}},"a":{{}}}} {NO_CHECKS}',
    ),
    ("nonsense", None, f"This is no JSON: Expecting value: line 1 column 1 (char 0). {ONE_A_LINE}"),
    ('{"episodeId": "a"', None, f"This is no JSON: Expecting ',' delimiter: line 1 column 18 (char 17). {ONE_A_LINE}"),
    ("{} {}", None, f"This is no JSON: Extra data: line 1 column 4 (char 3). {ONE_A_LINE}"),
    ("[{}]", None, f"This is no JSON object. {ONE_A_LINE}"),
    ("null", None, f"This is no JSON object. {ONE_A_LINE}"),
    ("5", None, f"This is no JSON object. {ONE_A_LINE}"),
    ("{}", None, f"There is nothing to use. {ONE_A_LINE}"),
    ('{"title": "\\ud800"}', None, f"There is nothing to use. {ONE_A_LINE}"),
    (
        json.dumps(record()).replace("{", '{"title": 1, "title": 2, ', 1),
        None,
        f"The key 'title' stands there twice. {ONE_A_LINE}",
    ),
]


def test_every_fault_is_named(tmp_path: Path) -> None:
    refused = rejects_of(tmp_path, lines_of(*(fault for fault, _, _ in FAULTS)))
    assert [(one["field"], one["reason"]) for one in refused] == [(field, reason) for _, field, reason in FAULTS]
    assert [one["line"] for one in refused] == list(range(1, len(FAULTS) + 1))
    assert "".join(one["record"] + "\n" for one in refused) == lines_of(*(fault for fault, _, _ in FAULTS))
    assert len(read_lines(tmp_path / "scores.ndjson")) == 1


def test_the_first_fault_of_a_record_is_named(tmp_path: Path) -> None:
    (refused,) = rejects_of(tmp_path, lines_of({"episodeId": "x", "confidenceScore": "?"}))
    assert (refused["episodeId"], refused["field"]) == ("x", "dataSource")


def test_a_line_of_a_hundred_thousand_brackets_is_only_refused(tmp_path: Path) -> None:
    (refused,) = rejects_of(tmp_path, "[" * 100_000 + "\n")
    assert refused["reason"].startswith("This is no JSON: ")


def test_what_is_no_utf_8_costs_only_its_own_line(tmp_path: Path) -> None:
    broken = b'{"episodeId": "caf\xe9"}\n'
    (refused, mark) = rejects_of(tmp_path, broken + "\ufeff{}\n".encode())
    assert refused["reason"] == f"This is no UTF-8: invalid continuation byte at byte 19. {ONE_A_LINE}"
    assert refused["record"] == '{"episodeId": "caf\\xe9"}'
    assert mark["reason"].startswith("This is no JSON: Unexpected UTF-8 BOM")


def test_blank_lines_are_none_but_count(tmp_path: Path) -> None:
    text = "\n \t\r\n" + lines_of(record(episodeId="a")).replace("\n", "\r\n") + "\r\n\nnonsense\r\n"
    (refused,) = rejects_of(tmp_path, text)
    assert (refused["line"], refused["record"]) == (6, "nonsense")
    assert [one["episodeId"] for one in read_lines(tmp_path / "scores.ndjson")] == ["a", "tng_s1_e01"]


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    score_text(tmp_path, lines_of(record()) * 2 + json.dumps(record(episodeId="last")))
    assert [one["episodeId"] for one in read_lines(tmp_path / "scores.ndjson")] == ["tng_s1_e01"] * 2 + ["last"]


@pytest.mark.parametrize("text", ["", "\n", " \n\r\n\n"])
@pytest.mark.parametrize("out", ["scores.ndjson", "scores.parquet"])
def test_no_records_have_no_scores(tmp_path: Path, text: str, out: str) -> None:
    scored = score_text(tmp_path, text, out=out)
    assert (scored.grades.height, scored.refused) == (0, 0)
    is_parquet = out.endswith("parquet")
    assert (pl.read_parquet(tmp_path / out).height if is_parquet else (tmp_path / out).stat().st_size) == 0


def test_records_and_rejects_stay_in_their_order_over_many_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.scoring.reading._BLOCK_BYTES", 2000)
    told = [
        record(episodeId=f"e{n}", lastUpdated=None if n % 7 == 3 else NOW_MS, title="é" * (n % 5)) for n in range(900)
    ]
    scored = score_text(tmp_path, lines_of(*told))
    good = [one["episodeId"] for one in told if one["lastUpdated"]]
    bad = [(n + 1, one["episodeId"]) for n, one in enumerate(told) if not one["lastUpdated"]]
    assert [one["episodeId"] for one in read_lines(tmp_path / "scores.ndjson")] == good
    assert [(one["line"], one["episodeId"]) for one in read_lines(tmp_path / "rejects.ndjson")] == bad
    assert (int(scored.grades["records"].sum()), scored.refused) == (len(good), len(bad))
    assert scored.first_refused == f"line 4: lastUpdated: {MISSING_TIME}"


def test_records_given_twice_are_scored_twice(tmp_path: Path) -> None:
    score_text(tmp_path, lines_of(record(), record(dataSource="manual"), record()))
    assert len(read_lines(tmp_path / "scores.ndjson")) == 3


def test_rejects_of_an_earlier_run_do_not_outlive_a_run_without_any(tmp_path: Path) -> None:
    rejects_of(tmp_path, "nonsense\n")
    score_text(tmp_path, lines_of(record()))
    assert not (tmp_path / "rejects.ndjson").exists()


def test_where_nothing_can_be_scored_the_last_scores_stay(tmp_path: Path) -> None:
    (tmp_path / "scores.ndjson").write_text("the last ones")
    with pytest.raises(InputError, match=r"records\.ndjson: Not one record can be scored; line 1: This is no JSON"):
        score_text(tmp_path, "nonsense\n")
    assert (tmp_path / "scores.ndjson").read_text() == "the last ones"
    assert len(read_lines(tmp_path / "rejects.ndjson")) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "records.ndjson", "rejects.ndjson", "scores.ndjson", "sources.json",
    ]  # fmt: skip


# Rows of Parquet


def rows_refused(
    folder: Path, *rows: dict[str, object], **schema: pl.DataType | type[pl.DataType]
) -> list[dict[str, object]]:
    types = {"episodeId": pl.String, "dataSource": pl.String, "lastUpdated": pl.String, **schema}
    good = {name: record().get(name) for name in types}
    told = pl.DataFrame([{**good, **row} for row in (*rows, {})], schema=types)
    told.write_parquet(folder / "records.parquet")
    score_at(folder, folder / "records.parquet")
    return read_lines(folder / "rejects.ndjson")


def test_rows_are_refused_with_all_their_columns(tmp_path: Path) -> None:
    refused = rows_refused(
        tmp_path,
        {"episodeId": None, "note": "one"},
        {"dataSource": "imdb", "note": "two"},
        {},
        {"lastUpdated": "never", "note": "four"},
        note=pl.String,
    )
    assert [(one["line"], one["field"]) for one in refused] == [(1, "episodeId"), (2, "dataSource"), (4, "lastUpdated")]
    assert [json.loads(str(one["record"]))["note"] for one in refused] == ["one", "two", "four"]
    assert refused[2]["reason"] == f"never {NO_TIME}"


def test_a_map_with_a_null_entry_is_refused(tmp_path: Path) -> None:
    entry = pl.Struct({"isValid": pl.Boolean})
    refused = rows_refused(
        tmp_path,
        {"fieldValidation": {"title": {"isValid": True}, "synopsis": None}},
        {"fieldValidation": {"title": {"isValid": None}}},
        fieldValidation=pl.Map(pl.String, entry),
    )
    assert [(one["line"], one["reason"]) for one in refused] == [(1, f"It {NO_CHECKS}")]
    (score, _) = read_lines(tmp_path / "scores.ndjson")
    assert score["lowConfidenceFields"] == ["title"]
