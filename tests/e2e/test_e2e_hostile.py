"""A source whose texts want to be more than text: a release all the same, and nothing in it that acts or hides."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from e2e_kit import Workplace
from fake_tmdb import OUTER_BEACON, FakeTmdb, changed

from etl.plain_text import HIDDEN

pytest_plugins = ["e2e_fixtures"]

TITLE = "=cmd|'/C calc'!A0 </script><b>\u202eDark\u2066 @octocat `x` \x1b[31m\x00 '); drop table episodes; --"
LONGEST = 10 * 2**20


def spoil(payload: dict[str, Any]) -> None:
    rows = payload["season/1"]["episodes"]
    rows[0]["overview"] = TITLE
    rows[1]["guest_stars"] = [{"name": TITLE, "character": "x"}]
    rows[3]["name"] = TITLE
    rows[2]["name"] = "x" * LONGEST
    rows[4]["name"] = "half \ud83d"
    payload[TITLE] = {"key": "unknown"}


@pytest.fixture
def spoilt(place: Workplace, tmdb: FakeTmdb) -> Workplace:
    place.use(tmdb)
    tmdb.break_at(OUTER_BEACON, changed(spoil))
    ran = place.generate("-v")
    assert ran.code == 0, ran.said[-2000:]
    assert "\x1b[31m" not in ran.said
    assert "\u202e" not in ran.out
    return place


def test_hostile_texts_are_published_as_texts(spoilt: Workplace) -> None:
    (key,) = spoilt.query("select episode_key from episodes where title like '%octocat%'")[0]
    assert spoilt.query("select title from episodes where episode_key = ?", key) == [(" ".join(TITLE.split()),)]
    rejected = spoilt.query("select reason, length(payload) from rejects where source = 'tmdb' order by 1")
    assert [reason for reason, _ in rejected] == [
        "name: Value error, has 10,485,760 characters, 1,000 at most are expected",
        "name: Value error, holds half of a character",
    ]
    assert max(length for _, length in rejected) < 101_000
    assert max(map(len, spoilt.json("run.json")["drift"]["tmdb"])) <= 120

    for path in spoilt.out.iterdir():
        if path.suffix in (".json", ".ts", ".csv", ".md"):
            text = path.read_text("utf-8")
            assert not HIDDEN.search(text), path.name
            assert len(text) < 2_000_000, path.name
    assert "</script" not in (spoilt.out / "harbour-watch-data.ts").read_text("utf-8").lower()

    rows = list(csv.DictReader(io.StringIO((spoilt.out / "episodes.csv").read_text("utf-8"), newline=""), strict=True))
    (row,) = [row for row in rows if row["episode_key"] == key]
    assert row["title"].startswith("'=cmd|")
    published = {one["episode_key"]: one for one in spoilt.json("episodes.json")}
    assert published[key]["title"] == " ".join(TITLE.split())
    assert json.dumps(spoilt.json("harbour-watch-data.json")).count("octocat") >= 3

    for command in (("why", key), ("review", spoilt.out), ("report", spoilt.out)):
        ran = spoilt.run(*command, *(("--out", spoilt.out) if command[0] == "why" else ()))
        assert ran.code == 0, ran.said
        assert not HIDDEN.search(ran.said)
    assert spoilt.run("validate", spoilt.out).code == 0
