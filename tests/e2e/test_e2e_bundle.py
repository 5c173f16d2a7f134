"""A recorded run gives the same bytes anywhere, from its bundle alone, and the bundle tells nobody's secrets."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
from e2e_kit import FRANCHISE, TREK_ETL, Ran, Workplace, ended, files_below, hashes, spellings
from fake_sources import franchise_file as loom_file
from fake_sources import running_sources as running_loom
from fake_tmdb import LAST_KEEPER, V4_TOKEN, reset, status
from harbour_sources import PATHS, franchise_of_six, running_sources, use_all

from etl.bundle.archive import read_archive, write_archive
from etl.bundle.bundle import hash_of

pytest_plugins = ["e2e_fixtures"]

CONTACT, HOME, MACHINE = "keeper@harbour.example.org", "home-of-the-keeper", "lighthouse-7"
NEXT = ("--as-of", "2026-11-21T12:00:00Z")
SHUT = """
import os, pathlib, socket, sys

def refuse(*_, **__):
    with pathlib.Path(os.environ["HOME"], "tried").open("a") as file:
        file.write(sys._getframe(1).f_code.co_name + "\\n")
    raise OSError("a socket was used")

class Refused(socket.socket):
    __init__ = refuse

socket.socket = socket.SocketType = Refused
for name in ("create_connection", "getaddrinfo", "gethostbyname", "socketpair"):
    setattr(socket, name, refuse)
"""
"""Is run by Python before anything else: every use of a socket fails, and who tried it is written down."""

DECISIONS = '[[link]]\nsource = "tmdb"\nid = "70305"\nepisode = "none"\nreason = "a trailer"\n'
OVERRIDES = '[[override]]\nepisode = "hl:fog-signal"\nfield = "synopsis"\nvalue = "Fog, again."\nreason = "seen"\n'
PATCHES = {
    "version": "1.0",
    "description": "By hand",
    "patches": [
        {
            "id": f"p{season}",
            "description": "Why",
            "targetType": "episode",
            "targetId": f"hl_s{season}_e01",
            "operation": "update",
            "fields": {"title": "First Lamp"},
            "createdAt": "2026-11-01T10:00:00Z",
            "author": "Ada",
        }
        for season in (2, 9)
    ],
}


# As text: DuckDB gives a time with its zone only where pytz is installed.
ABOUT_THE_RUN = (
    "select columns(*)::varchar from sources order by all",
    "select columns(*)::varchar from errors order by all",
    "select columns(*)::varchar from runs order by all",
)


@dataclass(frozen=True)
class Recorded:
    """A run of the second day, after which nobody changes anything."""

    place: Workplace
    bundle: Path
    ran: Ran


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """After a first release: one source is dead, one answers from an old cache only, a film is gone, people decided."""
    with running_sources() as server, pytest.MonkeyPatch.context() as monkeypatch:
        place = Workplace(tmp_path_factory.mktemp("bundle"), monkeypatch)
        use_all(place, server)
        place.set(TREK_ETL_CONTACT=CONTACT, HOME=str(place.folder / HOME))
        monkeypatch.setattr(socket, "gethostname", lambda: MACHINE)
        franchise = franchise_of_six(place.folder)
        server.break_at(LAST_KEEPER, status(404))
        first = place.generate("--franchise", franchise, "--source", "tmdb,stapi,memory_alpha,tvmaze,catalogue")
        assert first.code == 0, first.said
        server.break_at(PATHS["trekcore"], reset)
        server.break_at(PATHS["tvmaze"], status(503))
        (place.folder / "decisions.toml").write_text(DECISIONS, "utf-8")
        (place.folder / "my corrections.toml").write_text(OVERRIDES, "utf-8")
        (place.folder / "patches.json").write_text(json.dumps(PATCHES, indent=2), "utf-8")
        corrections = ("--overrides", "my corrections.toml", "--patch", "patches.json")
        arguments = place.arguments("--franchise", franchise, "--refresh", "--strict", *corrections, *NEXT)[1:]
        bundle = place.folder / "night" / "run.zip"
        yield Recorded(place, bundle, place.run("record", bundle, *arguments))


@pytest.fixture(scope="module")
def replayed(recorded: Recorded, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, Ran]]:
    """Two replays at once, in other places of the world, where nothing is known and every socket fails."""
    folder = tmp_path_factory.mktemp("elsewhere")
    started = []
    for zone, seed in (("Pacific/Kiritimati", "1"), ("America/St_Johns", "4711")):
        home = folder / seed
        (home / "work").mkdir(parents=True)
        (home / "sitecustomize.py").write_text(SHUT, "utf-8")
        surroundings = {"HOME": str(home), "TZ": zone, "LANG": "C", "PYTHONHASHSEED": seed, "PYTHONPATH": str(home)}
        command = [TREK_ETL, "replay", recorded.bundle, "--out", home / "outputs"]
        process = subprocess.Popen(
            command,
            cwd=home / "work",
            env={**surroundings, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append((home, process))
    return [(home, ended(process)) for home, process in started]


def told(ran: Ran) -> dict[str, str]:
    """What is said of each file."""
    lines = [line.split(maxsplit=1) for line in ran.out.splitlines()]
    return {line[1]: line[0] for line in lines if len(line) == 2 and line[0] in ("same", "DIFFERENT", "NEW", "MISSING")}


def test_the_recorded_run_is_a_run_like_any_other(recorded: Recorded) -> None:
    assert recorded.ran.code == 2, recorded.ran.said
    assert f"All that the run heard is in {recorded.bundle}" in recorded.ran.err
    run = recorded.place.json("run.json")
    statuses = {name: source["status"] for name, source in run["sources"].items()}
    assert (statuses["trekcore"], statuses["tvmaze"], statuses["tmdb"]) == ("failed", "stale", "partial")
    assert run["release"] == 2
    assert any(lapsed.startswith("patches.json:") for lapsed in run["lapsed_decisions"])
    assert run["review"] == 0


def test_a_replay_in_an_empty_world_gives_the_same_bytes(recorded: Recorded, replayed: list[tuple[Path, Ran]]) -> None:
    expected = hashes(recorded.place.out)
    assert len(expected) >= 11
    for home, ran in replayed:
        assert ran.code == 2, ran.said
        assert ran.err == ""
        assert hashes(home / "outputs") == expected
        assert told(ran) == dict.fromkeys([*expected, "episodes.duckdb"], "same")
        assert ran.out.splitlines()[-1] == "The recorded run ended with 2, this one with 2: nothing differs."


def test_a_replay_asks_nobody_and_leaves_nothing_behind(replayed: list[tuple[Path, Ran]]) -> None:
    for home, _ in replayed:
        assert {path.name for path in home.iterdir()} == {"outputs", "work", "sitecustomize.py", "tried"}
        # urllib3 wants to know at its import whether there is IPv6; that it failed shows that sockets are shut.
        assert (home / "tried").read_text("utf-8").split() == ["_has_ipv6"]
        assert list((home / "work").iterdir()) == []


def test_the_database_of_a_replay_says_the_same_of_the_sources(
    recorded: Recorded, replayed: list[tuple[Path, Ran]]
) -> None:
    for sql in ABOUT_THE_RUN:
        rows = recorded.place.query(sql)
        assert rows
        assert recorded.place.query(sql, out=replayed[0][0] / "outputs") == rows


def test_a_bundle_holds_all_that_the_run_heard_and_began_with(recorded: Recorded) -> None:
    members = read_archive(recorded.bundle)
    assert members["decisions/decisions.toml"].decode() == DECISIONS
    assert members["overrides/my corrections.toml"].decode() == OVERRIDES
    assert {name for name in members if name.startswith(("patch/", "franchise/"))} == {
        "patch/patches.json",
        *(f"franchise/{file.name}" for file in FRANCHISE.parent.iterdir()),
    }
    assert len(members["last/episodes.ndjson"].splitlines()) == 10
    lines = {name: members[f"answers/{name}.ndjson"].decode().splitlines() for name in PATHS}
    heard = {name: [json.loads(line) for line in several] for name, several in lines.items()}
    maze, trek = heard["tvmaze"][0]["answer"], heard["trekcore"][0]["error"]
    assert (maze["is_stale"], maze["error"]["category"]) == (True, "service-unavailable")
    assert trek["category"] == "network"
    assert [one["error"]["status"] for one in heard["tmdb"] if "error" in one] == [404]


def test_a_bundle_tells_no_secret_and_nothing_of_the_machine(recorded: Recorded) -> None:
    members = read_archive(recorded.bundle)
    private = {CONTACT, HOME, MACHINE, str(recorded.place.folder), sys.prefix}
    forbidden = spellings(V4_TOKEN) | {text.encode() for text in private}
    assert {name for name, data in members.items() for text in forbidden if text in data} == set()
    assert (recorded.bundle.stat().st_mode & 0o777) == 0o600
    assert [path.name for path in recorded.bundle.parent.iterdir()] == [recorded.bundle.name]


def rewritten(recorded: Recorded, to: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> Path:
    """The bundle with a change in its members or in its manifest, and hashes that fit."""
    members = read_archive(recorded.bundle)
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    manifest["members"] = {name: hash_of(content) for name, content in members.items()}
    write_archive(to, {**members, "manifest.json": json.dumps(manifest).encode()})
    return to


def test_another_answer_gives_other_files_and_that_is_said(recorded: Recorded, tmp_path: Path) -> None:
    def lie(members: dict[str, bytes], _: dict[str, Any]) -> None:
        name = "answers/memory_alpha.ndjson"
        members[name] = members[name].replace(b"Tomas Reef", b"Tomas Rief")

    ran = recorded.place.run("replay", rewritten(recorded, tmp_path / "b.zip", lie))
    assert ran.code == 1, ran.said
    assert (told(ran)["episodes.csv"], told(ran)["redirects.json"]) == ("DIFFERENT", "same")
    assert ran.out.splitlines()[-1] == "The recorded run ended with 2, this one with 2: they DIFFER."


def test_a_request_that_was_not_recorded_is_named(recorded: Recorded, tmp_path: Path) -> None:
    def forget(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        del members["answers/tvmaze.ndjson"]
        manifest["program"]["trek_etl"] = "0.0.1"

    ran = recorded.place.run("replay", rewritten(recorded, tmp_path / "b.zip", forget))
    assert ran.code == 1, ran.said
    assert "Not in the bundle: tvmaze: /shows/11/episodes?specials=1" in ran.out.splitlines()
    assert "! Recorded by trek-etl 0.0.1 (here 0.1.0): other bytes may come of that." in ran.err


def test_what_is_published_already_is_not_replaced_by_a_replay(recorded: Recorded) -> None:
    before = hashes(recorded.place.out)
    ran = recorded.place.run("replay", recorded.bundle, "--out", recorded.place.out)
    assert (ran.code, "is not an empty folder" in ran.err) == (3, True)
    assert hashes(recorded.place.out) == before


def test_a_bundle_is_never_overwritten(recorded: Recorded) -> None:
    before = recorded.bundle.read_bytes()
    ran = recorded.place.run("record", recorded.bundle, *recorded.place.arguments()[1:])
    assert (ran.code, "exists already" in ran.err) == (3, True)
    assert recorded.bundle.read_bytes() == before


# --- runs that fail ---


def record(place: Workplace, *arguments: str) -> tuple[Ran, Path]:
    bundle = place.folder / "failed.zip"
    return place.run("record", bundle, *place.arguments(*arguments)[1:]), bundle


def test_what_the_guard_refused_is_refused_again(warm: Workplace) -> None:
    season = warm.server.world.season(9102, 1)
    third, fourth = season["episodes"][2:4]
    third["episode_number"], fourth["episode_number"] = 4, 3
    ran, bundle = record(warm, "--refresh", "--numbering", "tmdb", *NEXT)
    assert ran.code == 5, ran.said
    replay = warm.run("replay", bundle)
    assert replay.code == 5, replay.said
    assert replay.out.splitlines() == [
        "same       the report of what was refused",
        "The recorded run ended with 5, this one with 5: nothing differs.",
    ]
    assert "ob_s1_e03" in replay.err


def test_what_was_too_poor_is_too_poor_again(warm: Workplace) -> None:
    ran, bundle = record(warm, "--quality-threshold", "0.99")
    assert ran.code == 2, ran.said
    replay = warm.run("replay", bundle)
    assert (replay.code, replay.out) == (2, "The recorded run ended with 2, this one with 2: nothing differs.\n")
    assert "below the threshold 0.99" in replay.err


def test_a_failure_that_nobody_foresaw_comes_again_until_it_is_mended(warm: Workplace) -> None:
    def fail(*_: object) -> NoReturn:
        raise RuntimeError("the lamp went out")

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("etl.pipeline.account_for_rows", fail)
        ran, bundle = record(warm)
        assert ran.code == 4
        assert "the lamp went out" in ran.err
        replay = warm.run("replay", bundle)
        assert (replay.code, "the lamp went out" in replay.err) == (4, True)
    mended = warm.run("replay", bundle)
    assert mended.code == 1
    assert set(told(mended).values()) == {"NEW"}
    assert "The recorded run ended with 4, this one with 0: they DIFFER." in mended.out


@pytest.mark.parametrize(
    ("wrong", "said"),
    [(("--series", "nope"), "nope"), (("--overrides", "nowhere.toml"), "nowhere.toml"), (("--dry-run",), "to record")],
)
def test_wrong_input_names_itself_and_needs_no_bundle(place: Workplace, wrong: tuple[str, ...], said: str) -> None:
    ran, bundle = record(place, "--offline", *wrong)
    assert (ran.code, said in ran.err, bundle.exists()) == (3, True, False)


@pytest.mark.parametrize(("threshold", "code"), [("0.1", 3), ("0.99", 2)])
def test_a_key_in_a_file_of_a_persons_goes_into_no_bundle(place: Workplace, threshold: str, code: int) -> None:
    """The run ends as it would have; where nothing else failed, that there is no bundle is the failure."""
    place.set(TMDB_API_KEY=V4_TOKEN)
    decisions = DECISIONS.replace("a trailer", f"asked with {V4_TOKEN}")
    (place.folder / "decisions.toml").write_text(decisions, "utf-8")
    ran, bundle = record(place, "--offline", "--quality-threshold", threshold)
    assert ran.code == code, ran.said
    assert "decisions/decisions.toml: holds a key, so no bundle was written" in ran.err
    assert [path for path in files_below(place.folder) if "failed.zip" in path.name] == []
    assert not bundle.exists()


def test_the_options_come_behind_the_file(place: Workplace) -> None:
    ran = place.run("record", "--offline", "run.zip")
    assert (ran.code, "comes first" in ran.err) == (3, True)


def test_the_second_round_is_replayed_too(place: Workplace) -> None:
    """Whom STAPI is asked for depends on what the cache has: that is recorded like an answer."""
    with running_loom() as server:
        place.set(**server.variables)
        arguments = ("--franchise", str(loom_file(place.folder, budget=2)), "--source", "tmdb,stapi")
        ran, bundle = record(place, *arguments, "--quality-threshold", "0.1")
        assert ran.code == 0, ran.said
        assert len(server.people_asked) == 2
    again = place.folder / "again"
    replay = place.run("replay", bundle, "--out", again)
    assert replay.code == 0, replay.said
    assert hashes(again) == hashes(place.out)
    costs = "select source, requests, cache_hits from sources order by source"
    assert place.query(costs, out=again) == place.query(costs)
