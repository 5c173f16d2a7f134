"""What people give: TOML, JSON, TypeScript, CSV, .env. It is read, or an InputError says file, place and mend."""

from __future__ import annotations

import csv
import io
import json
import os
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fuzz_kit import VALUES, fuzzed, in_reasonable_time, mutated, some, tortures, woven
from hypothesis import given
from hypothesis import strategies as st

from etl.adopt import adopt_guide
from etl.corrections import read_corrections, understand
from etl.decisions import read_decisions
from etl.errors import InputError
from etl.extract import catalogue
from etl.extract.shapes import Scope
from etl.franchise import BUNDLED, load_franchise
from etl.inputs.literal_file import read_json, read_typescript
from etl.inputs.overrides_toml import overrides_toml
from etl.known_names import KnownNames, known_names
from etl.our_values import OurValues, values_of_franchise
from etl.settings import load_settings
from etl.validate import inspect_release
from etl.validate.ids import inspect_flat
from schemas.columns import empty
from schemas.raw_catalogue import EPISODE_FRAME
from schemas.tables import TABLES

LATIN = st.binary(max_size=12).map(lambda data: data.decode("latin-1"))


def read_or_refuse(read: Callable[[Path], Any], file: Path, content: bytes) -> Any:
    """What is read, None if it is refused in words that name the file."""
    file.write_bytes(content)
    try:
        return read(file)
    except InputError as refusal:
        assert file.name in str(refusal)
        assert str(refusal).endswith((".", "?"))
        assert len(str(refusal)) < 3000
        return None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inputs")


# No fixtures: a failing example would print all of what they hold.
@cache
def names() -> KnownNames:
    return known_names(load_franchise("star_trek"), {name: empty(one) for name, one in TABLES.items()}, "aired")


@cache
def ours() -> OurValues:
    return values_of_franchise(load_franchise("star_trek"))


# --- TOML ---

TOML = [
    *("[[override]]\n", "[[link]]\n", "[override]\n", 'episode = "tng:haven"\n', 'field = "title"\n'),
    *('value = "x"\n', 'reason = "r"\n', "expects = { source = 'tmdb', value = 1 }\n", "[", "]", "{", "}"),
    *("=", ".", ",", '"""', "'''", '"', "'", "\\", "\n", "#", "1", "1e400", "0x", "9" * 70, "1987-09-28"),
    *("nan", "inf", "true", "\x00", "\u202e"),
]
DECISIONS = '[[link]]\nsource = "tmdb"\nid = "1"\nepisode = "tng:haven"\nreason = "r"\n'
OVERRIDES = """
[[override]]
episode = "tng:haven"
field = "directors"
value = ["One", "Two"]
reason = "r"
[[season]]
season = "tng_s1"
field = "years"
value = "2364"
reason = "r"
[[add]]
episode = "tng:new-one"
season = 1
title = "New One"
air_date = 1988-01-01
reason = "r"
[[remove]]
episode = "tng:old-one"
reason = "r"
"""


@fuzzed(40)
@given(noise=woven(TOML, most=20), at=st.integers(0, len(OVERRIDES)))
def test_a_broken_file_of_corrections(folder: Path, noise: str, at: int) -> None:
    content = (OVERRIDES[:at] + noise + OVERRIDES[at:]).encode("utf-8", "replace")
    corrections = read_or_refuse(lambda file: understand(read_corrections(file), names()), folder / "o.toml", content)
    if corrections is not None:
        again = overrides_toml(corrections.overrides, [], [])
        assert understand(read_corrections(written(folder / "again.toml", again)), names()) == corrections


def written(file: Path, text: str) -> Path:
    file.write_text(text, "utf-8")
    return file


@fuzzed(40)
@given(noise=woven(TOML, most=20), at=st.integers(0, len(DECISIONS)))
def test_broken_decisions(folder: Path, noise: str, at: int) -> None:
    content = (DECISIONS[:at] + noise + DECISIONS[at:]).encode("utf-8", "replace")
    read_or_refuse(read_decisions, folder / "decisions.toml", content)


@fuzzed(15)
@given(
    cut=st.integers(0, 3000),
    noise=woven(TOML, most=12) | st.binary(max_size=20).map(lambda data: data.decode("latin-1")),
)
def test_a_broken_franchise_file(folder: Path, cut: int, noise: str) -> None:
    text = (BUNDLED / "breaking_bad" / "franchise.toml").read_text("utf-8")
    content = (text[:cut] + noise + text[cut:]).encode("utf-8", "replace")
    read_or_refuse(load_franchise, folder / "franchise.toml", content)


@pytest.mark.parametrize("begin", ["", "a = ", 'a = "', "a = '''", "[a]\n", "a = [", "a = {"])
def test_a_toml_bomb_is_refused_at_once(folder: Path, begin: str) -> None:
    for text in tortures(some(["[", "[[a]]\n", ".a", "9", "{a=", '"', "'", "#", "a=1\n", "\\", "[1,", '""""', "\n"])):
        with in_reasonable_time():
            read_or_refuse(read_decisions, folder / "decisions.toml", (begin + text).encode())


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("ok = 1\na" + ".a" * 500_000 + " = 1", 2, "more than 16 parts"),
        ("ok = 1\nx = " + "[" * 500_000, 2, "nested more than 16 deep"),
        ("ok = 1\n\nx = " + "{a=" * 300_000, 3, "nested more than 16 deep"),
        ("x = " + "9" * 500_000, 1, "more than 64 characters"),
        ("x = [" + "1," * 300_000 + "]", 1, "more than 100,000 values"),
        ("a = 1\na = 2", 2, "Cannot overwrite"),
        ("a = 0x" + "f" * 60, 1, "not permitted"),
    ],
)
def test_a_bomb_is_named_with_its_line(folder: Path, text: str, line: int, words: str) -> None:
    file = written(folder / "decisions.toml", text)
    with pytest.raises(InputError) as refusal, in_reasonable_time():
        read_decisions(file)
    assert f"decisions.toml:{line}: " in str(refusal.value)
    assert words in str(refusal.value)


@pytest.mark.parametrize("read", [read_decisions, read_json, read_typescript, load_franchise])
def test_a_file_beyond_any_size_is_not_even_read(folder: Path, read: Callable[[Path], Any]) -> None:
    file = folder / "endless.toml"
    with file.open("wb") as opened:
        os.truncate(opened.fileno(), 10 * 2**30)
    with pytest.raises(InputError, match=r"is larger than (?:4|16) MiB"), in_reasonable_time():
        read(file)
    file.unlink()


# --- JSON and TypeScript ---

GUIDE = [
    {
        "id": "tng_era",
        "title": "t",
        "years": "2364",
        "stardates": "4",
        "description": "d",
        "items": [
            {
                "id": "tng_s1",
                "title": "Season 1",
                "type": "series",
                "year": "2364",
                "stardate": "41000-41999",
                "episodes": 2,
                "notes": "n",
                "episodeData": [
                    {
                        "id": "tng_s1_e03_655",
                        "title": "Code of Honor",
                        "season": 1,
                        "episode": 3,
                        "airDate": "1987-10-12",
                        "stardate": "41235.25",
                        "synopsis": "s",
                        "plotPoints": ["p"],
                        "guestStars": ["g"],
                        "connections": [
                            {"episodeId": "tng_s1_e03_655", "connectionType": "event", "description": "d"},
                        ],
                    },
                    {"id": "tng_s1_e99", "title": "Nobody", "season": 1, "episode": 99},
                ],
            },
            {"id": "st_fc", "title": "First Contact", "type": "movie", "year": "2373", "stardate": "50893.5"},
        ],
    }
]
PATCHES = {
    "version": "1.0",
    "description": "d",
    "patches": [
        {
            "id": "p",
            "description": "d",
            "targetType": "episode",
            "targetId": "tng_s1_e03_655",
            "operation": "update",
            "fields": {"title": "T", "guestStars": ["g"], "stardate": "41235.25", "connections": []},
            "createdAt": "2026-01-01T00:00:00Z",
        },
        {
            "id": "q",
            "description": "d",
            "targetType": "episode",
            "targetId": "snw_s4_e99",
            "operation": "add",
            "fields": {"title": "New", "airDate": "2027-01-01"},
            "createdAt": "2026-01-01T00:00:00Z",
        },
        {
            "id": "r",
            "description": "d",
            "targetType": "season",
            "targetId": "tng_655_s1",
            "operation": "remove",
            "createdAt": "2026-01-01T00:00:00Z",
        },
    ],
}
OLD_OVERRIDES = {
    "version": "1.0",
    "description": "d",
    "overrides": [
        {
            "targetId": "fc",
            "targetType": "movie",
            "fields": {"notes": "n", "year": "2373"},
            "reason": "r",
            "preserveOnRegeneration": False,
        }
    ],
    "lastApplied": None,
}
LITERALS = [
    *("export const x = ", "export default ", "[", "]", "{", "}", ":", ",", "'a'", '"b"', "`c`", "`${x}`"),
    *("\\", "\\u", "as const", "satisfies X", "// c\n", "/* c */", "/*", "import { a } from 'b'\n", "1"),
    *("-", "e9", "0x1", "true", "null", "undefined", "id: 'x'", "...", "()", "new", "\n", "\u2028", "\x00"),
    *(";",),
]


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


@fuzzed(30)
@given(guide=mutated(GUIDE))
def test_a_broken_guide(folder: Path, guide: Any) -> None:
    adopted = read_or_refuse(
        lambda file: adopt_guide(read_json(file), names(), ours()), folder / "guide.json", as_json(guide)
    )
    if adopted is not None:
        assert 0 <= adopted.mapped <= adopted.rows
        text = overrides_toml(adopted.overrides, [adopted.summary], adopted.told)
        again = understand(read_corrections(written(folder / "adopted.toml", text)), names())
        assert again.overrides == adopted.overrides


@pytest.mark.parametrize("sound", [PATCHES, OLD_OVERRIDES])
@fuzzed(25)
@given(data=st.data())
def test_broken_patches_and_overrides(folder: Path, sound: Any, data: st.DataObject) -> None:
    content = as_json(data.draw(mutated(sound)))
    corrections = read_or_refuse(lambda file: understand(read_corrections(file), names()), folder / "p.json", content)
    if corrections is not None:
        text = overrides_toml(corrections.overrides, [], corrections.told)
        again = understand(read_corrections(written(folder / "patched.toml", text)), names())
        assert again.overrides == corrections.overrides


@fuzzed(60)
@given(woven(LITERALS, most=20))
def test_typescript_is_one_literal_or_refused(folder: Path, source: str) -> None:
    for text in (source, f"export const x = {source}", f"export const x = [{source}]"):
        document = read_or_refuse(read_typescript, folder / "guide.ts", text.encode("utf-8", "replace"))
        assert document is None or json.dumps(document.data) is not None


@fuzzed(60)
@given(VALUES)
def test_json_is_read_as_python_reads_it(folder: Path, value: Any) -> None:
    body = as_json(value)
    document = read_or_refuse(read_json, folder / "value.json", body)
    if document is not None:
        assert as_json(document.data) == body


@pytest.mark.parametrize("begin", ["", "[", '{"a":', '"', "export const x = ", "export const x = ["])
def test_a_json_bomb_is_refused_at_once(folder: Path, begin: str) -> None:
    for text in tortures(some(["[", '{"a":', "1", '"', "\\", "/*", "{},", "//", "import ", ":a", "'a',", "`"])):
        for read in (read_json, read_typescript):
            with in_reasonable_time():
                read_or_refuse(read, folder / "bomb.ts", (begin + text).encode())


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[\n" * 40, 33, "nested more than 32 deep"),
        ("[1,\n" + "9" * 100 + "]", 2, "more than 64 characters"),
        ('{"a": 1,\n"a": 2}', 2, "stands there twice"),
        ('["\\ud800"]', 1, "half of a character"),
        ('["a\x00"]', 1, "control character"),
        ("[1e999]", 1, "too large"),
        ("[1,]", 1, "neither a text nor a number"),
        ("[1] 2", 1, "something follows"),
        ("[" + "{}," * 200_001 + "{}]", 1, "more than 200,000 values"),
    ],
)
def test_a_fault_in_json_is_named_with_its_line(folder: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(InputError) as refusal, in_reasonable_time():
        read_json(written(folder / "given.json", text))
    assert f"given.json:{line}: " in str(refusal.value)
    assert words in str(refusal.value)


# --- what is published, or what somebody says was ---


@fuzzed(25)
@given(guide=mutated(GUIDE), noise=st.binary(max_size=20), at=st.integers(0, 200))
def test_a_broken_release_is_a_list_of_problems(folder: Path, guide: Any, noise: bytes, at: int) -> None:
    body = as_json(guide)
    for name, content in (
        ("star-trek-data.json", body),
        ("episodes.json", body[:at] + noise + body[at:]),
        ("episodes.csv", b"episode_id,title\ntng_s1_e01," + noise + b"\n" + body[:at]),
        ("run.json", body),
        ("episodes.parquet", b"PAR1" + noise),
        ("episodes.duckdb", noise),
    ):
        release = folder / "release"
        release.mkdir(exist_ok=True)
        (release / name).write_bytes(content)
    problems = inspect_release(folder / "release")
    assert problems
    assert all(problem.message for problem in problems)
    assert all(problem.message for problem in inspect_release(folder / "release" / "star-trek-data.json"))


def test_a_long_cell_is_no_broken_file(folder: Path) -> None:
    file = written(folder / "episodes.csv", f'episode_id,guest_stars\ntng_s1_e01,"{"x; " * 100_000}"\n')
    assert inspect_flat(file, ["tng_s1_e01"]) == []


# --- the catalogue ---

ROWS = (BUNDLED / "star_trek" / "episodes.csv").read_text("utf-8").splitlines()[:4]
CELLS = [",", '"', "\n", "\r", ";", "; ", "x", "1", "-1", "9" * 30, "1987-13-41", "nan", "\x00", "é", "\u202e", "=1"]


@fuzzed(40)
@given(noise=woven(CELLS, most=8) | LATIN, at=st.integers(0, 1500))
def test_a_broken_catalogue(folder: Path, noise: str, at: int) -> None:
    text = "\n".join(ROWS) + "\n"
    franchise = load_franchise("star_trek")
    assert franchise.catalogue is not None

    def read(file: Path) -> pl.DataFrame:
        own = franchise.catalogue.model_copy(update={"episodes": file}) if franchise.catalogue else None
        whole = franchise.model_copy(update={"catalogue": own})
        return catalogue.extract(whole, Scope(whole.series, whole.films)).frames["episodes"]

    content = (text[:at] + noise + text[at:]).encode("utf-8", "replace")
    frame = read_or_refuse(read, folder / "episodes.csv", content)
    if frame is not None:
        assert frame.schema == EPISODE_FRAME
        rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
        assert frame.height <= len(rows)


# --- .env ---

ENV = [
    *("TMDB_API_KEY=", "CONCURRENCY=", "DEBUG=", "MIN_METADATA_QUALITY=", "TREK_ETL_CACHE_DIR="),
    *("TMDB_BASE_URL=", "export ", "abc", "5", "true", "0.6", "https://x.example", "~nobody", '"', "'"),
    *("\n", "#", "${HOME}", "\\", "=", " ", "\x00", "\t"),
]


@fuzzed(40)
@given(woven(ENV, most=12))
def test_a_broken_env_file(folder: Path, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in (
            "TMDB_API_KEY",
            "CONCURRENCY",
            "DEBUG",
            "MIN_METADATA_QUALITY",
            "TREK_ETL_CACHE_DIR",
            "TMDB_BASE_URL",
        ):
            patch.delenv(name, raising=False)
        (folder / ".env").write_bytes(text.encode("utf-8", "replace"))
        try:
            settings = load_settings()
        except InputError as refusal:
            assert "abc" not in str(refusal)
        else:
            assert settings.concurrency in range(1, 33)
        finally:
            (folder / ".env").unlink()


def test_the_texts_of_these_tests_are_sound(folder: Path) -> None:
    """Broken texts show something only where the sound ones are accepted."""
    assert tomllib.loads(DECISIONS)
    assert read_decisions(written(folder / "decisions.toml", DECISIONS)).link
    corrections = understand(read_corrections(written(folder / "o.toml", OVERRIDES)), names())
    assert (len(corrections.overrides.override), len(corrections.overrides.add)) == (1, 1)
    adopted = adopt_guide(read_json(written(folder / "g.json", json.dumps(GUIDE))), names(), ours())
    assert (adopted.rows, adopted.mapped) == (4, 3)
    patched = understand(read_corrections(written(folder / "p.json", json.dumps(PATCHES))), names())
    assert len(patched.overrides.add) == 1
    assert len(patched.overrides.remove) == 25
    kept = understand(read_corrections(written(folder / "v.json", json.dumps(OLD_OVERRIDES))), names())
    assert {one.is_fallback for one in kept.overrides.override} == {True}
