"""Patches and overrides of the older generator: what they become here, and what is told of the rest."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from etl.corrections import Corrections, Given, read_corrections, read_given, understand
from etl.errors import InputError
from etl.inputs.old_guide_fields import NothingToCorrect, in_universe_years, read_field, stardates
from etl.inputs.overrides_toml import overrides_toml
from etl.known_names import KnownNames

NAKED = "tng:the-naked-now"


def patch(operation: str, kind: str, target: str, fields: dict[str, Any] | None = None, **changes: Any) -> Any:
    usual = {"id": "p1", "description": "Why", "targetType": kind, "targetId": target, "operation": operation}
    given = {} if fields is None else {"fields": fields}
    return {**usual, **given, "createdAt": "2026-11-01T10:00:00Z", **changes}


def file_of(folder: Path, **content: Any) -> Path:
    file = folder / "given.json"
    file.write_text(json.dumps({"version": "1.0", "description": "d", **content}, indent=1), "utf-8")
    return file


def patched(folder: Path, names: KnownNames, *patches: Any) -> Corrections:
    return understand(read_corrections(file_of(folder, patches=list(patches))), names)


def corrected(folder: Path, names: KnownNames, *overrides: Any, **head: Any) -> Corrections:
    return understand(read_corrections(file_of(folder, overrides=list(overrides), **head)), names)


def values(corrections: Corrections) -> dict[tuple[str, str], Any]:
    given = corrections.overrides
    return {
        **{(one.episode, one.field): one.value for one in given.override},
        **{(one.season, one.field): one.value for one in given.season},
        **{(one.era, one.field): one.value for one in given.era},
    }


# --- fields ---


def key_of(name: str) -> str | None:
    return {"tng_s1_e03": "tng:code-of-honor"}.get(name)


@pytest.mark.parametrize(
    ("kind", "name", "value", "read"),
    [
        ("episode", "title", "T", {"title": "T"}),
        ("episode", "airDate", "1987-10-05", {"air_date": "1987-10-05"}),
        ("episode", "stardate", "41209.2", {"stardate_from": 41209.2, "stardate_to": 41209.2}),
        ("episode", "productionCode", "101 / 102", {"production_codes": ["101", "102"]}),
        ("episode", "director", "One, Two", {"directors": ["One, Two"]}),
        ("episode", "writer", ["One", "Two"], {"writers": ["One", "Two"]}),
        ("episode", "runtime", 45, {"runtime_min": 45}),
        ("episode", "plotPoints", ["p"], {"plot_points": ["p"]}),
        ("movie", "cast", ["A"], {"guest_stars": ["A"]}),
        ("movie", "notes", "n", {"synopsis": "n"}),
        ("movie", "year", "2285–2286", {"year_from": 2285, "year_to": 2286}),
        ("movie", "releaseDate", "1982-06-04", {"release_date": "1982-06-04"}),
        ("season", "year", "2364 - 2365", {"years": "2364-2365"}),
        ("season", "year", "2364", {"years": "2364"}),
        ("season", "notes", "n", {"notes": "n"}),
        ("era", "stardates", "41xxx", {"stardates": "41xxx"}),
        (
            "episode",
            "connections",
            [{"episodeId": "tng_s1_e03", "seriesId": "tng_s1", "connectionType": "event", "description": ""}],
            {"connections": [{"episode_key": "tng:code-of-honor", "connection_type": "event"}]},
        ),
        ("episode", "connections", "x", {"connections": ["x"]}),
        ("episode", "connections", [5, {"episodeId": 7}], {"connections": [5, {"episodeId": 7}]}),
    ],
)
def test_what_a_field_gives(kind: str, name: str, value: Any, read: Any) -> None:
    assert read_field(kind, name, value, key_of) == read


@pytest.mark.parametrize(
    ("kind", "name", "value", "why"),
    [
        ("episode", "title", "", "is empty"),
        ("episode", "guestStars", [], "is empty"),
        ("episode", "synopsis", None, "is empty"),
        ("episode", "id", "x", "is made from series, season and number"),
        ("episode", "episode", 5, "is a number"),
        ("season", "episodes", 26, "is counted"),
        ("season", "type", "animated", "comes from the franchise file"),
        ("era", "items", [1], "one by one"),
        ("movie", "budget", 1, "is not known here"),
        ("season", "year", "1987", "is no in-universe year"),
        ("season", "year", "3188+", "is no in-universe year"),
        ("movie", "year", 2364, "is no in-universe year"),
        ("episode", "connections", [{"episodeId": "x"}], "leads to 'x', which is no known episode"),
    ],
)
def test_what_gives_nothing_says_why(kind: str, name: str, value: Any, why: str) -> None:
    with pytest.raises(NothingToCorrect, match=why):
        read_field(kind, name, value, key_of)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("41000-41999.5", (41000, 41999.5)),
        ("Stardate 8130.3", (8130.3, 8130.3)),
        ("8130.3 – 8141.6", (8130.3, 8141.6)),
        (" 1.5 ", (1.5, 1.5)),
    ],
)
def test_stardates(text: str, read: tuple[float, float]) -> None:
    assert tuple(stardates(text).values()) == read


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *((text, "not known") for text in ("None", "TBD", "Stardate TBD", " ", 5)),
        ("~1.1-1.25", "made up"), ("57000-60000+", "is no stardate"), ("Four-digit", "is no stardate"),
    ],
)  # fmt: skip
def test_no_stardates(text: Any, why: str) -> None:
    with pytest.raises(NothingToCorrect, match=why):
        stardates(text)


def test_years() -> None:
    assert in_universe_years("2151-2152") == (2151, 2152)


# --- patches ---


def test_patches_are_taken_in_their_order_the_last_word_on_a_value_wins(tmp_path: Path, names: KnownNames) -> None:
    corrections = patched(
        tmp_path,
        names,
        patch("update", "episode", "tng_s1_e02_655", {"title": "One", "guestStars": ["A"]}, author="Ada"),
        patch("update", "episode", "tng_s1_e02", {"title": "Two"}, id="p2"),
        patch("add", "episode", NAKED, {"synopsis": "S"}, id="p3"),
        patch("update", "season", "tng_655_s1", {"notes": "N"}),
        patch("add", "movie", "st_fc", {"title": "F"}),
        patch("update", "era", "tng_era", {"description": "D"}),
    )
    assert values(corrections) == {
        (NAKED, "title"): "Two",
        (NAKED, "guest_stars"): ["A"],
        (NAKED, "synopsis"): "S",
        ("tng_s1", "notes"): "N",
        ("film:fc", "title"): "F",
        ("tng_era", "description"): "D",
    }
    assert corrections.told == ()
    told = {(one.episode, one.field): one.told for one in corrections.overrides.override}
    assert told[NAKED, "title"] == "Why [patch p2]"
    assert told[NAKED, "guest_stars"] == "Why [patch p1] (Ada)"
    assert not any(one.is_fallback for one in corrections.overrides.override)


def test_add_creates_an_episode(tmp_path: Path, names: KnownNames) -> None:
    fields = {"id": "snw_s9_e01", "season": 9, "episode": 1, "title": "A New One", "airDate": "2031-01-02"}
    corrections = patched(
        tmp_path, names, patch("add", "episode", "snw_s9_e01", {**fields, "plotPoints": ["p"], "type": "x"})
    )
    (added,) = corrections.overrides.add
    assert (added.episode, added.season, added.number, added.title) == ("snw:a-new-one", 9, 1, "A New One")
    assert values(corrections)["snw:a-new-one", "plot_points"] == ["p"]
    assert [line.partition(": ")[2] for line in corrections.told] == [
        "patches[0].fields.type: not applied: type comes from the franchise file."
    ]


def test_add_does_not_rename_what_has_its_number_nor_repeat_what_has_its_title(
    tmp_path: Path, names: KnownNames
) -> None:
    corrections = patched(
        tmp_path,
        names,
        patch("add", "episode", "tng_s1_e02", {"title": "Something Else", "airDate": "1987-10-05"}),
        patch("add", "episode", "tng_s1_e99", {"title": "The Naked Now", "airDate": "1987-10-06"}),
        patch("add", "episode", "tng_s1_e02", {"title": "The Naked Now"}),
    )
    assert corrections.overrides.add == ()
    assert values(corrections) == {
        (NAKED, "title"): "The Naked Now",
        (NAKED, "air_date"): date(1987, 10, 6),
    }
    assert "tng_s1_e02 is another episode, tng:the-naked-now" in corrections.told[0]
    assert "known as tng:the-naked-now; its fields are applied to that" in corrections.told[1]


def test_remove_and_what_comes_after_it(tmp_path: Path, names: KnownNames) -> None:
    corrections = patched(
        tmp_path,
        names,
        patch("remove", "episode", NAKED, {"title": "x"}),
        patch("update", "episode", NAKED, {"title": "y"}),
        patch("remove", "episode", "tng_s1_e03"),
        patch("add", "episode", "tng_s1_e03", {"synopsis": "back"}),
        patch("remove", "movie", "fc"),
        patch("remove", "season", "tas_s2"),
        patch("remove", "era", "tng_era"),
        patch("remove", "episode", "tng_s9_e01"),
        patch("add", "episode", "snw_s9_e01", {"title": "A New One", "airDate": "2031-01-02"}),
        patch("remove", "episode", "snw:a-new-one"),
    )
    removed = {one.episode for one in corrections.overrides.remove}
    assert {NAKED, "film:fc"} < removed
    assert len([key for key in removed if key.startswith("tas:")]) == 6
    assert "tng:code-of-honor" not in removed
    assert [line.partition(": ")[2] for line in corrections.told] == [
        "patches[0].fields: ignored: a patch that removes needs no fields.",
        "patches[1].targetId: not applied: an earlier patch removes tng:the-naked-now.",
        "patches[6].targetId: not applied: an era is removed in the franchise file.",
        "patches[7].targetId: not applied: there is no 'tng_s9_e01'.",
        "patches[9].targetId: not applied: there is no 'snw:a-new-one'.",
    ]


def test_what_has_no_target_is_told_with_its_line(tmp_path: Path, names: KnownNames) -> None:
    corrections = patched(
        tmp_path,
        names,
        patch("update", "episode", "tng_s1_e99", {"title": "x"}),
        patch("add", "season", "tng_s9", {"notes": "x"}),
        patch("add", "episode", "xyz_s1_e01", {"title": "x", "airDate": "2031-01-02"}),
        patch("update", "movie", "nothing", {"title": "x"}, note="mine"),
    )
    assert values(corrections) == {}
    lines = (tmp_path / "given.json").read_text().splitlines()
    for told, text in zip(corrections.told, ["tng_s1_e99", "tng_s9", "xyz_s1_e01", "mine", "nothing"], strict=True):
        name, line, _ = told.split(":", 2)
        assert name == "given.json"
        assert text in lines[int(line) - 1]
    assert corrections.told[1].endswith("there is no season 'tng_s9'. It can be added in the franchise file.")
    assert "says no series of the franchise, season and number" in corrections.told[2]
    assert corrections.told[3].endswith("patches[3].note: ignored: nothing is known of this key.")


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"operation": "move"}, "patches[0].operation", "'update', 'add' or 'remove'"),
        ({"targetType": "actor"}, "patches[0].targetType", "'episode', 'season', 'movie' or 'era'"),
        ({"createdAt": "yesterday"}, "patches[0].createdAt", "pattern"),
        ({"fields": {}}, "patches[0]", "The operation update needs fields"),
        ({"fields": {"airDate": "soon"}}, "patches[0].fields.airDate", "a day like 1987-09-28"),
        ({"fields": {"tmdbId": "5"}}, "patches[0].fields.tmdbId", "a whole number"),
        ({"fields": {"imdbId": "5"}}, "patches[0].fields.imdbId", "no IMDb id"),
        ({"fields": {"connections": [5]}}, "patches[0].fields.connections", "A connection has"),
        ({"id": ""}, "patches[0].id", "at least 1 character"),
        ({"targetId": 5}, "patches[0].targetId", "valid string"),
    ],
)
def test_a_patch_that_is_none_is_refused_with_its_line(
    tmp_path: Path, names: KnownNames, change: dict[str, Any], place: str, words: str
) -> None:
    with pytest.raises(InputError) as refusal:
        patched(tmp_path, names, {**patch("update", "episode", NAKED, {"title": "x"}), **change})
    assert f": {place}: " in str(refusal.value)
    assert words in str(refusal.value)


def test_a_new_episode_needs_title_and_day(tmp_path: Path, names: KnownNames) -> None:
    for fields in ({"title": "x"}, {"airDate": "2031-01-02"}, {"title": " ", "airDate": "2031-01-02"}):
        with pytest.raises(
            InputError, match=r"patches\[0\]\.fields: A new episode needs title and airDate\. Add them\."
        ):
            patched(tmp_path, names, patch("add", "episode", "snw_s9_e01", fields))


# --- overrides ---


def override(kind: str, target: str, fields: Any, *, is_kept: bool = True, **changes: Any) -> Any:
    given = {"targetType": kind, "targetId": target, "fields": fields, "reason": "seen"}
    return {**given, "preserveOnRegeneration": is_kept, **changes}


def test_overrides_are_kept_or_yield(tmp_path: Path, names: KnownNames) -> None:
    corrections = corrected(
        tmp_path,
        names,
        override("episode", "tng_s1_e02", {"title": "T"}),
        override("season", "ent_s1", {"notes": "N"}, is_kept=False),
        override("movie", "nothing", {"title": "T"}),
        lastApplied="2026-01-01",
        extra=1,
    )
    assert values(corrections) == {(NAKED, "title"): "T", ("ent_s1", "notes"): "N"}
    assert [one.is_fallback for one in corrections.overrides.override] == [False]
    assert [one.is_fallback for one in corrections.overrides.season] == [True]
    assert [line.partition(": ")[2] for line in corrections.told] == [
        "extra: ignored: nothing is known of this key.",
        "overrides[2].targetId: not applied: there is no film 'nothing'.",
    ]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"fields": {}}, "overrides[0].fields"),
        ({"reason": " "}, "overrides[0].reason"),
        ({"preserveOnRegeneration": "yes"}, "overrides[0].preserveOnRegeneration"),
    ],
)
def test_an_override_that_is_none_is_refused(
    tmp_path: Path, names: KnownNames, change: dict[str, Any], place: str
) -> None:
    with pytest.raises(InputError) as refusal:
        corrected(tmp_path, names, {**override("episode", NAKED, {"title": "T"}), **change})
    assert f": {place}: " in str(refusal.value)


@pytest.mark.parametrize("content", [{}, {"patches": [], "overrides": []}])
def test_a_file_of_neither_is_refused(tmp_path: Path, names: KnownNames, content: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"given\.json:1: This holds neither patches nor overrides\."):
        understand(read_corrections(file_of(tmp_path, **content)), names)
    (tmp_path / "given.json").write_text("[]", "utf-8")
    with pytest.raises(InputError, match="neither patches nor overrides"):
        understand(read_corrections(tmp_path / "given.json"), names)


# --- together ---

TOML = """
[[override]]
episode = "tng:the-naked-now"
field = "title"
value = "Above"
reason = "r"
is_fallback = true
[[add]]
episode = "snw:another"
season = 9
title = " Another "
air_date = 2031-02-03
parts = 2
reason = "r"
author = "Ada"
[[override]]
episode = "snw:another"
field = "air_date"
value = 2031-02-04
reason = "r"
[[add]]
episode = "tng:code-of-honor"
season = 1
title = "Code of Honor"
air_date = 1987-10-12
reason = "back again"
[[remove]]
episode = "tng:haven"
reason = "r"
"""


def test_overrides_stand_above_patches_and_added_episodes_have_their_values(tmp_path: Path, names: KnownNames) -> None:
    file = tmp_path / "own.toml"
    file.write_text(TOML, "utf-8")
    patches = file_of(
        tmp_path,
        patches=[
            patch("update", "episode", NAKED, {"title": "Below", "synopsis": "S"}),
            patch("update", "season", "tng_s1", {"notes": "N"}),
            patch("remove", "episode", "tng_s1_e03"),
            patch("remove", "episode", "tng_s1_e04"),
        ],
    )
    corrections = read_given(file, patches).understood(names)
    given = values(corrections)
    assert (given[NAKED, "title"], given[NAKED, "synopsis"], given["tng_s1", "notes"]) == ("Above", "S", "N")
    assert (given["snw:another", "title"], str(given["snw:another", "air_date"])) == ("Another", "2031-02-04")
    assert {one.episode for one in corrections.overrides.remove} == {"tng:the-last-outpost", "tng:haven"}
    assert [one.episode for one in corrections.overrides.add] == ["snw:another", "tng:code-of-honor"]


def test_without_files_nothing_is_corrected(names: KnownNames) -> None:
    assert read_given(None, None) == Given()
    assert Given().understood(names) == Corrections()


def entry(name: str, **lines: str) -> str:
    return "\n".join([f"[[{name}]]", *(f"{key} = {value}" for key, value in {**lines, "reason": "'r'"}.items())]) + "\n"


def connected(key: str, kind: str) -> str:
    value = f"[{{ episode_key = '{key}', connection_type = '{kind}' }}]"
    return entry("override", episode="'tng:x'", field="'connections'", value=value)


def season(field: str, value: str, target: str = "tng_s1") -> str:
    return entry("season", season=f"'{target}'", field=f"'{field}'", value=value)


def era(field: str, value: str) -> str:
    return entry("era", era="'tng_era'", field=f"'{field}'", value=value)


ADDED = {"season": "1", "title": "'x'", "air_date": "2031-01-01"}


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (entry("add", episode="'xyz:x'", **ADDED), "add[0].episode", "'xyz' is no series of Star Trek"),
        (entry("add", episode="'film:x'", **ADDED), "add[0].episode", "added in the franchise file"),
        (entry("add", episode="'snw:x'", **{**ADDED, "air_date": "'soon'"}), "add[0].air_date", "a day like"),
        (TOML.replace("tng:haven", "snw:another"), "add[0]", "is removed in the same file"),
        (TOML + entry("remove", episode="'tng:haven'"), "remove[1]", "the same as remove[0]"),
        (TOML + entry("add", episode="'snw:another'", **ADDED), "add[2]", "the same as add[0]"),
        (season("years", "'2364+'"), "season[0].value", "years like"),
        (season("years", "2364"), "season[0].value", "years like"),
        (season("notes", "'x'", "tng"), "season[0].season", "pattern"),
        (season("kind", "'x'"), "season[0].field", "known are title"),
        (season("stardate_to", "'x'"), "season[0].value", "a number"),
        (season("notes", "'x'") + season("notes", "'y'"), "season[1]", "the same as season[0]"),
        (era("position", "1"), "era[0].field", "known are title"),
        (era("title", "1"), "era[0].value", "a text"),
        (era("title", "'x'") * 2, "era[1]", "the same as era[0]"),
        (connected("X", "event"), "override[0].value", "is a key like"),
        (connected("tng:x", "rumour"), "override[0].value", "is one of character"),
    ],
)
def test_what_breaks_the_contract_of_corrections(
    tmp_path: Path, names: KnownNames, text: str, place: str, words: str
) -> None:
    file = tmp_path / "own.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError) as refusal:
        understand(read_corrections(file), names)
    assert f": {place}: " in str(refusal.value)
    assert words in str(refusal.value)


def test_corrections_read_back_from_the_file_that_is_written_of_them(tmp_path: Path, names: KnownNames) -> None:
    connection = {"episode_key": "tng:x", "connection_type": "event", "description": 'it\'s "so"\n\u202e'}
    text = (
        TOML
        + f"""
[[override]]
episode = "tng:haven-two"
field = "connections"
value = [{{ episode_key = "tng:x", connection_type = "event", description = {json.dumps(connection["description"])} }}]
expects = {{ source = "tmdb", value = [{{ episode_key = "tng:y", connection_type = "event" }}] }}
reason = "r"
[[season]]
season = "tng_s1"
field = "stardate_from"
value = 41000.5
reason = "r"
[[era]]
era = "tng_era"
field = "title"
value = "T"
reason = "r"
"""
    )
    file = tmp_path / "own.toml"
    file.write_text(text, "utf-8")
    corrections = understand(read_corrections(file), names)
    written = overrides_toml(corrections.overrides, ["A head", "of two\nlines"], ["A note"])
    assert written.startswith("# A head\n# of two lines\n\n[[override]]\nepisode = ")
    assert written.endswith("\n\n# A note\n")
    assert "\u202e" not in written
    file.write_text(written, "utf-8")
    assert understand(read_corrections(file), names) == corrections
