from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from etl.corrections import read_corrections
from etl.decisions import KNOWN_SOURCES, checked_overrides, read_decisions
from etl.errors import InputError
from schemas.corrections import Overrides
from schemas.decisions import Decisions, LinkDecision
from schemas.episodes import MERGED_FIELDS
from schemas.given_values import FIELD_COLUMNS, typed_value

DECISIONS = """
[[link]]
source = "tmdb"
id = 37064
episode = "tng:encounter-at-farpoint"
part = 1
reason = "looked at both"

[[link]]
source = "tvmaze"
id = "x y"
episode = "none"
reason = "a trailer"

[[value]]
episode = "tng:the-naked-now"
field = "air_date"
source = "memory_alpha"
reason = "the week of syndication"
expects = 1987-10-05

[[value]]
episode = "film:twok"
field = "release_date"
source = "tmdb"
reason = "r"
"""

OVERRIDES = """
[[override]]
episode = "tng:the-naked-now"
field = "directors"
value = ["Paul Lynch"]
reason = "credits"
expects = { source = "tmdb", value = ["Paul Lunch"] }

[[override]]
episode = "tng:the-naked-now"
field = "stardate_from"
value = 41209
reason = "r"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "given.toml"
    file.write_text(text, encoding="utf-8")
    return file


def overrides_in(file: Path) -> Overrides:
    return checked_overrides(read_corrections(file))


def link(**changes: str) -> str:
    lines = {"source": '"tmdb"', "id": '"1"', "episode": '"tng:x"', "reason": '"r"', **changes}
    return "[[link]]\n" + "\n".join(f"{name} = {value}" for name, value in lines.items() if value)


def value(**changes: str) -> str:
    lines = {"episode": '"tng:x"', "field": '"title"', "source": '"tmdb"', "reason": '"r"', **changes}
    return "[[value]]\n" + "\n".join(f"{name} = {value}" for name, value in lines.items() if value)


def accept(**changes: str) -> str:
    lines = {"what": '"renumbered"', "episode": '"tng:x"', "expects": '"tng_s1_e01"', "reason": '"r"', **changes}
    return "[[accept]]\n" + "\n".join(f"{name} = {value}" for name, value in lines.items() if value)


def override(**changes: str) -> str:
    lines = {"episode": '"tng:x"', "field": '"title"', "value": '"v"', "reason": '"r"', **changes}
    return "[[override]]\n" + "\n".join(f"{name} = {value}" for name, value in lines.items() if value)


def test_decisions_are_read_in_their_types(tmp_path: Path) -> None:
    decisions = read_decisions(written(tmp_path, DECISIONS))
    first, second = decisions.link
    assert first == LinkDecision(
        source="tmdb", id="37064", episode="tng:encounter-at-farpoint", part=1, reason="looked at both"
    )
    assert (second.id, second.episode) == ("x y", "none")
    assert [one.expects for one in decisions.value] == [date(1987, 10, 5), None]


def test_accepted_changes_are_read_in_their_types(tmp_path: Path) -> None:
    text = "\n".join(
        (
            accept(until="2026-12-31"),
            accept(what='"removed"', episode='"film:twok"', expects='"none"'),
            accept(what='"retitled"', episode="", series='"tng"', expects="3"),
            accept(what='"rows_lost"', episode="", series='"tng"', source='"tmdb"', expects="0"),
        )
    )
    renumbered, *others = read_decisions(written(tmp_path, text)).accept
    assert (renumbered.subject, renumbered.expects, renumbered.until) == ("tng:x", "tng_s1_e01", date(2026, 12, 31))
    assert [(one.what, one.subject, one.expects, one.until) for one in others] == [
        ("removed", "film:twok", "none", None),
        ("retitled", "tng", 3, None),
        ("rows_lost", "tmdb tng", 0, None),
    ]


def test_overrides_are_read_in_their_types(tmp_path: Path) -> None:
    first, second = overrides_in(written(tmp_path, OVERRIDES)).override
    assert first.value == ["Paul Lynch"]
    assert first.expects is not None
    assert (first.expects.source, first.expects.value) == ("tmdb", ["Paul Lunch"])
    assert isinstance(second.value, float)


def test_no_decisions_are_no_fault_but_no_overrides_are(tmp_path: Path) -> None:
    assert read_decisions(tmp_path / "none.toml") == Decisions()
    assert read_decisions(written(tmp_path, "")) == Decisions()
    assert overrides_in(written(tmp_path, "")) == Overrides()
    with pytest.raises(InputError, match="cannot be read"):
        overrides_in(tmp_path / "none.toml")
    with pytest.raises(InputError, match="cannot be read"):
        read_decisions(tmp_path)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (link() + "\n" + link(id='"2"', episode='"TNG"'), r"link[1].episode", "pattern"),
        (link(episode=""), "link[0].episode", "Add it."),
        (link(number="1"), "link[0].number", "Remove it"),
        (link(reason='" "'), "link[0].reason", "pattern"),
        (link(id="1.5"), "link[0].id", "string"),
        (link(id="true"), "link[0].id", "string"),
        (link(part="0"), "link[0].part", "greater"),
        (link(source='"tmbd"'), "link[0].source", "Did you mean tmdb?"),
        (link(source='"override"'), "link[0].source", "no source"),
        (link(source='"🖖"'), "link[0].source", "Known are"),
        (link() + "\n" + link(episode='"none"'), "link[1]", "same as link[0]"),
        (accept(what='"anything"'), "accept[0]", "'rows_lost', 'removed', 'retitled', 'renumbered'"),
        (accept(what=""), "accept[0]", "'what'"),
        ("accept = 3", "accept", "array"),
        (accept(expects=""), "accept[0].expects", "Add it."),
        (accept(expects='"tng:x"'), "accept[0].expects", "pattern"),
        (accept(reason='""'), "accept[0].reason", "at least 1"),
        (accept(until='"soon"'), "accept[0].until", "date"),
        (accept(series='"tng"'), "accept[0].series", "Remove it"),
        (accept(what='"removed"'), "accept[0].expects", "pattern"),
        (accept() + "\n" + accept(expects='"tng_s1_e02"'), "accept[1]", "same as accept[0]"),
        (
            accept(what='"rows_lost"', episode="", source='"tmbd"', series='"tng"', expects="5"),
            "accept[0].source",
            "Did you mean tmdb?",
        ),
        (
            accept(what='"rows_lost"', episode="", source='"tmdb"', series='"tng"', expects="-1"),
            "accept[0].expects",
            "greater than or equal to 0",
        ),
        (accept(what='"retitled"', episode="", series='"tng"', expects='"3"'), "accept[0].expects", "integer"),
        (value() + "\n" + value(source='"tvmaze"'), "value[1]", "same as value[0]"),
        (value(field='"airdate"'), "value[0].field", "known are title"),
        (value(field='"release_date"'), "value[0].field", "known are title"),
        (value(episode='"film:x"', field='"air_date"'), "value[0].field", "known are release_date"),
        (value(episode='"none"'), "value[0].episode", "pattern"),
        (value(source='"stapy"'), "value[0].source", "stapi"),
        (value(field='"air_date"', expects='"soon"'), "value[0].expects", "a day like"),
        ("[link]\nsource = 1", "link", "array"),
        ("[[links]]", "links", "Remove it"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, text: str, place: str, words: str) -> None:
    with pytest.raises(InputError) as wrong:
        read_decisions(written(tmp_path, text))
    assert re.search(rf"given\.toml:\d+: {re.escape(place)}: ", str(wrong.value))
    assert words in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (override(value=""), "override[0].value", "Add it."),
        (override(value='" "'), "override[0].value", "not blank"),
        (override(value="5"), "override[0].value", "a text"),
        (override(field='"runtime_min"', value="0"), "override[0].value", "no running time"),
        (override(field='"runtime_min"', value='"45"'), "override[0].value", "whole number"),
        (override(field='"runtime_min"', value="true"), "override[0].value", "whole number"),
        (override(field='"tmdb_id"', value="99999999999999999999"), "override[0].value", "whole number"),
        (override(field='"stardate_from"', value="nan"), "override[0].value", "a number"),
        (override(field='"stardate_from"', value="inf"), "override[0].value", "a number"),
        (override(field='"imdb_id"', value='"655"'), "override[0].value", "no IMDb id"),
        (override(field='"air_date"', value="1987-09-28T00:00:00Z"), "override[0].value", "a day like"),
        (override(field='"air_date"', value='"19870928"'), "override[0].value", "a day like"),
        (override(field='"directors"', value='"One"'), "override[0].value", "a list"),
        (override(field='"directors"', value="[]"), "override[0].value", "a list"),
        (override(field='"directors"', value='["One", 2]'), "override[0].value", "a text"),
        (override(field='"connections"', value='["tng:x"]'), "override[0].value", "A connection has"),
        (override(expects="{ source = 'tmdb' }"), "override[0].expects.value", "Add it."),
        (override(expects="{ source = 'tmdb', value = 1 }"), "override[0].expects", "a text"),
        (override(expects="{ source = 'x', value = 'a' }"), "override[0].expects.source", "no source"),
        (override() + "\n" + override(value='"w"'), "override[1]", "same as override[0]"),
        (override(value='"' + "x" * 999 + '"', field='"air_date"'), "override[0].value", "xxx..."),
    ],
)
def test_a_fault_in_a_correction_is_named_with_its_place(tmp_path: Path, text: str, place: str, words: str) -> None:
    with pytest.raises(InputError) as wrong:
        overrides_in(written(tmp_path, text))
    assert re.search(rf"given\.toml:\d+: {re.escape(place)}: ", str(wrong.value))
    assert words in str(wrong.value)
    assert len(str(wrong.value)) < 800


def test_a_fault_is_named_with_its_line(tmp_path: Path) -> None:
    second = value(field="'air_date'", expects="'soon'")
    text = f"# A comment.\n\n{value()}\n\n{second}"
    with pytest.raises(InputError, match=r"given\.toml:14: value\[1\]\.expects: "):
        read_decisions(written(tmp_path, text))
    with pytest.raises(InputError, match=r"given\.toml:6: link\[1\]: It decides the same as link\[0\] on line 1\."):
        read_decisions(written(tmp_path, link() + "\n" + link()))


_VALUES: dict[str, Any] = {
    "stardate_from": 41153.7,
    "stardate_to": 41153,
    "year_from": 2364,
    "year_to": 2364,
    "runtime_min": 45,
    "tmdb_id": 37064,
    "imdb_id": "tt0094030",
    "memory_alpha_url": "https://example.org/a",
    "air_date": "1987-09-28",
    "release_date": "1982-06-04",
    "connections": [{"episode_key": "tng:x", "connection_type": "reference"}],
}


@pytest.mark.parametrize("field", FIELD_COLUMNS)
def test_every_merged_field_can_be_corrected(field: str) -> None:
    is_list = field in {"production_codes", "directors", "writers", "story_by", "guest_stars", "plot_points"}
    given = _VALUES.get(field, ["one", "two"] if is_list else "a text")
    assert typed_value(field, given) is not None
    assert set(FIELD_COLUMNS) == {*MERGED_FIELDS, "release_date"}
    assert "override" not in KNOWN_SOURCES


def test_an_expectation_is_not_judged_where_the_field_is_wrong(tmp_path: Path) -> None:
    text = override(field='"airdate"', expects="{ source = 'tmdb', value = 1 }")
    with pytest.raises(InputError, match=r"override\[0\]\.field"):
        overrides_in(written(tmp_path, text))
