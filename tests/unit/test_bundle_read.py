"""A bundle is read strictly: whatever was not recorded like this is refused, with the member and how to mend it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.bundle.archive import write_archive
from etl.bundle.bundle import hash_of, read_bundle, unpack
from etl.bundle.manifest import Ended, Program, differences, program_of_now, settings_in_words
from etl.bundle.packing import ended_of, gather, pack
from etl.bundle.recording import Recorder
from etl.bundle.replay import Replay, refuse_used
from etl.bundle.tables import TableFault, read_tables, write_tables
from etl.ending import Ending
from etl.errors import ChangesRefused, ExitCode, InputError
from etl.options import Options
from etl.settings import load_settings
from schemas.tables import TABLES
from tests.factories import added, tiny_tables

AS_OF = datetime(2026, 11, 20, 12, tzinfo=UTC)
Members = dict[str, bytes]
Change = Callable[[Members, dict[str, Any]], None]


@pytest.fixture
def members(alone: Path) -> Members:
    """All of a bundle without answers: a bundled franchise, a decision, a correction."""
    (alone / "decisions.toml").write_text("", "utf-8")
    (alone / "waivers.toml").write_text("", "utf-8")
    (alone / "mine.toml").write_text("", "utf-8")
    options = Options(alone, AS_OF, "breaking_bad", series=("bb",), overrides=alone / "mine.toml", max_retries=1)
    named, inputs = gather(options)
    return pack(Recorder(), named, inputs, load_settings(), Ended(code=0), is_strict=True)


def bundle(folder: Path, members: Members, change: Change) -> Path:
    """A file with a change in the members or in the manifest, whose hashes are right unless the change set them."""
    manifest = json.loads(members.pop("manifest.json"))
    hashes = manifest.pop("members")
    change(members, manifest)
    right = {name: hash_of(content) for name, content in members.items() if name != "manifest.json"}
    manifest.setdefault("members", right if right.keys() >= hashes.keys() else {**hashes, **right})
    members.setdefault("manifest.json", json.dumps(manifest).encode())
    write_archive(folder / "b.zip", members)
    return folder / "b.zip"


def nothing(_: Members, __: dict[str, Any]) -> None:
    pass


def test_what_was_packed_is_unpacked(members: Members, tmp_path: Path) -> None:
    read = read_bundle(bundle(tmp_path, members, nothing))
    assert (read.manifest.is_strict, read.manifest.ended.code, read.manifest.keys) == (True, 0, ())
    assert read.transcripts == {}
    assert {name: frame.height for name, frame in read.last.items()} == dict.fromkeys(TABLES, 0)
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    options = unpack(read, inputs, tmp_path / "out")
    assert options == Options(
        tmp_path / "out",
        AS_OF,
        str(inputs / "franchise" / "franchise.toml"),
        series=("bb",),
        decisions=inputs / "decisions" / "decisions.toml",
        waivers=inputs / "waivers" / "waivers.toml",
        overrides=inputs / "overrides" / "mine.toml",
        max_retries=1,
    )
    assert Path(options.franchise).read_bytes() == members["franchise/franchise.toml"]
    assert sorted(path.name for path in inputs.rglob("*") if path.is_file()) == [
        "decisions.toml",
        "franchise.toml",
        "mine.toml",
        "waivers.toml",
    ]


def without(name: str) -> Change:
    def change(members: Members, _: dict[str, Any]) -> None:
        del members[name]

    return change


def adding(name: str, content: bytes = b"") -> Change:
    def change(members: Members, _: dict[str, Any]) -> None:
        members[name] = content

    return change


def saying(**values: Any) -> Change:
    def change(_: Members, manifest: dict[str, Any]) -> None:
        manifest.update(values)

    return change


def with_option(name: str, value: Any) -> Change:
    def change(_: Members, manifest: dict[str, Any]) -> None:
        manifest["options"][name] = value

    return change


def swapped(members: Members, manifest: dict[str, Any]) -> None:
    manifest["members"] = {name: hash_of(content) for name, content in members.items()}
    members["overrides/mine.toml"] = b"# another"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (adding("manifest.json", b"{"), "manifest.json: cannot be read"),
        (adding("manifest.json", b"[" * 100_000), "manifest.json: cannot be read"),
        (adding("manifest.json", b"[]"), "manifest.json: "),
        (adding("manifest.json", b" " * 2**21), "manifest.json: is missing, or larger than any"),
        (saying(format=2), "is a bundle of format 2, and this trek-etl knows 1. Use a newer one."),
        (saying(format="1"), "manifest.json: format: "),
        (saying(more=1), "manifest.json: more: "),
        (saying(ended={"code": 9}), "manifest.json: ended.code: "),
        (saying(members={}), "decisions/decisions.toml: is missing, or not as it was recorded"),
        (without("overrides/mine.toml"), "overrides/mine.toml: is missing, or not as it was recorded"),
        (swapped, "overrides/mine.toml: is missing, or not as it was recorded"),
        (with_option("franchise", "/etc/passwd"), "options.franchise: there is no member '/etc/passwd'"),
        (with_option("franchise", "franchise/../x.toml"), "options.franchise: there is no member"),
        (with_option("franchise", "overrides/mine.toml"), "options.franchise: there is no member"),
        (with_option("as_of", "2026-11-20T12:00:00"), "options.as_of: the time has no zone"),
        (with_option("as_of", "soon"), "manifest.json: options.as_of: "),
        (with_option("shell", "rm"), "manifest.json: options.shell: "),
        (with_option("max_retries", "3"), "manifest.json: options.max_retries: "),
        (adding("program.py"), "program.py: belongs in no bundle"),
        (adding("sql/a.sql"), "sql/a.sql: belongs in no bundle"),
        (adding("overrides/two.toml"), "belongs in no bundle"),
        (adding("answers/nobody.ndjson"), "answers/nobody.ndjson: is of no source that is known"),
        (adding("answers/tmdb.ndjson", b"\xff"), "answers/tmdb.ndjson: is not written in UTF-8"),
        (adding("answers/tmdb.ndjson", b"{}\n"), "answers/tmdb.ndjson:1: It is no answer"),
        (adding("last/secrets.ndjson", b"{}\n"), "last: There is no table 'secrets'"),
        (adding("last/links.ndjson", b"[1]\n"), "last: Table links cannot be read"),
        (adding("last/links.ndjson", b'{"source":1}\n'), "last: It breaks the contract of this version"),
    ],
)
def test_anything_else_is_refused(members: Members, tmp_path: Path, change: Change, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        read_bundle(bundle(tmp_path, members, change))
    assert str(caught.value).startswith(f"{tmp_path / 'b.zip'}: ")
    assert problem in str(caught.value)


def test_a_bundle_without_decisions_lets_none_of_here_in(members: Members, tmp_path: Path) -> None:
    """Whatever path the options name, no file of whoever replays it is read."""

    def change(members: Members, manifest: dict[str, Any]) -> None:
        del members["decisions/decisions.toml"]
        del members["waivers/waivers.toml"]
        manifest["members"] = {name: hash_of(content) for name, content in members.items()}
        manifest["options"] |= {"decisions": "/etc/passwd", "patch": "/etc/passwd"}

    options = unpack(read_bundle(bundle(tmp_path, members, change)), tmp_path, tmp_path / "out")
    assert (options.decisions.exists(), options.decisions.parent, options.patch) == (False, tmp_path, None)


class TestPacking:
    def test_a_file_that_cannot_be_read_is_named(self, alone: Path) -> None:
        with pytest.raises(InputError, match=r"nowhere\.toml: The file cannot be read"):
            gather(Options(alone, AS_OF, "breaking_bad", patch=alone / "nowhere.toml"))

    def test_a_name_that_no_bundle_can_hold_is_named(self, alone: Path) -> None:
        (alone / "a:b.toml").touch()
        with pytest.raises(InputError, match=r"a:b\.toml: has a name that no bundle can hold\. Rename it\."):
            gather(Options(alone, AS_OF, "breaking_bad", patch=alone / "a:b.toml"))

    @pytest.mark.parametrize(
        ("variable", "value", "secret", "what"),
        [
            ("TREK_ETL_CONTACT", "me@of-no-value.example", "ME@of-no-value.example", "the contact address"),
            ("STAPI_BASE_URL", "http://me:of-no-value@x.example", "of-no-value", "the password of STAPI_BASE_URL"),
            ("TMDB_API_KEY", "of+no/value", "of%2Bno%2Fvalue", "a key"),
        ],
    )
    def test_a_secret_anywhere_stops_it(
        self, alone: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, secret: str, what: str
    ) -> None:
        monkeypatch.setenv(variable, value)
        (alone / "mine.toml").write_text(f"# {secret}\n", "utf-8")
        named, inputs = gather(Options(alone, AS_OF, "breaking_bad", overrides=alone / "mine.toml"))
        with pytest.raises(InputError, match=f"overrides/mine.toml: holds {what}"):
            pack(Recorder(), named, inputs, load_settings(), Ended(code=0), is_strict=False)

    def test_settings_are_told_without_names_passwords_and_keys(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TMDB_API_KEY", "of-no-value")
        monkeypatch.setenv("TMDB_BASE_URL", "http://me:secret@x.example/3?api_key=of-no-value")
        monkeypatch.setenv("TREK_ETL_CONTACT", "me@x.example")
        words = settings_in_words(load_settings(concurrency=3))
        assert words["tmdb_base_url"] == "http://x.example/3?api_key=***"
        assert words["concurrency"] == 3
        assert not {"tmdb_api_key", "trek_etl_contact", "trek_etl_cache_dir"} & set(words)

    def test_a_refusal_without_a_report_has_no_hash(self, tmp_path: Path) -> None:
        ending = Ending(ExitCode.GUARD, ChangesRefused("too much"))
        assert ended_of(ending, tmp_path) == Ended(code=5)
        (tmp_path / ".refused").mkdir()
        (tmp_path / ".refused" / "changes.md").write_bytes(b"all")
        assert ended_of(ending, tmp_path) == Ended(code=5, refusal=hash_of(b"all"))


def test_other_versions_are_named() -> None:
    here = Program(trek_etl="2", python="3.12", system="Linux", libraries={"polars": "2.1", "new": "1"})
    there = Program(trek_etl="1", python="3.12", system="Darwin", libraries={"polars": "2.0", "gone": "1"})
    assert differences(there, here) == ["trek-etl 1 (here 2)", "polars 2.0 (here 2.1)", "gone 1 (here not there)"]
    now = program_of_now()
    assert {"polars", "duckdb", "requests"} <= set(now.libraries)
    assert not {"pytest", "ruff"} & set(now.libraries)
    assert differences(now, now) == []


def test_tables_come_back_as_they_were() -> None:
    """Every table with all its types, and texts that other formats trip over."""
    tables = tiny_tables()
    found = {"check_name": "year_range", "key": "tng:haven", "reason": "r"}
    tables = added(tables, "check_failures", **found, severity="warn", is_waived=True, is_new=False, first_seen_run="a")
    tables = added(tables, "waivers", **found, until=date(2027, 1, 1), failures=1)
    strange = pl.lit('\u2028"\\\x00\r\n😀 null')
    tables["links"] = tables["links"].with_columns(evidence=strange, score=pl.lit(0.1 + 0.2))
    assert [name for name, frame in tables.items() if frame.is_empty()] == []
    read = read_tables(write_tables(tables))
    assert list(read) == list(TABLES)
    assert [name for name, frame in tables.items() if not read[name].equals(frame)] == []
    assert [name for name, frame in tables.items() if read[name].schema != frame.schema] == []


def test_a_table_that_is_unknown_is_named() -> None:
    with pytest.raises(TableFault, match="no table 'zebra'"):
        read_tables({"zebra": b""})


def test_every_difference_is_named_and_not_every_request() -> None:
    a, b = hash_of(b"a"), hash_of(b"b")
    then = Ended(code=0, files={"gone.md": a, "other.md": a, "same.md": a})
    now = Ended(code=5, files={"new.md": a, "other.md": b, "same.md": a}, refusal=b)
    unknown = tuple(f"tmdb: /tv/{number}" for number in range(12))
    replayed = Replay(then, now, Ending(ExitCode.GUARD, ChangesRefused("too much")), unknown)
    assert replayed.exit_code == 1
    assert replayed.in_words().splitlines() == [
        "MISSING    gone.md",
        "NEW        new.md",
        "DIFFERENT  other.md",
        "same       same.md",
        "NEW        the report of what was refused",
        *(f"Not in the bundle: tmdb: /tv/{number}" for number in range(10)),
        "and 2 more requests",
        "The recorded run ended with 0, this one with 5: they DIFFER.",
    ]


def test_an_empty_folder_is_free_and_a_file_is_not(tmp_path: Path) -> None:
    refuse_used(tmp_path / "new")
    refuse_used(tmp_path)
    (tmp_path / "file").touch()
    for taken in (tmp_path, tmp_path / "file"):
        with pytest.raises(InputError, match="is not an empty folder"):
            refuse_used(taken)


def test_options_are_the_only_list_of_options(alone: Path) -> None:
    """An option of a run that a bundle forgot would be guessed in the replay."""
    named, inputs = gather(Options(alone, AS_OF, "breaking_bad"))
    members = pack(Recorder(), named, inputs, load_settings(), Ended(code=0), is_strict=False)
    told = json.loads(members["manifest.json"])["options"]
    assert set(told) == set(replace(named).__dataclass_fields__)
