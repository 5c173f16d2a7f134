"""From somebody's guide to corrections that hold: adopt, generate with them, check them, prune them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from e2e_kit import FRANCHISE, Workplace

pytest_plugins = ["e2e_fixtures"]

HAND_MADE = """\
import type { Era } from './types'

// Made by hand over the years.
export const harbourWatchData: Era[] = [
  {
    id: 'coast', title: 'The Coast', years: '2210–2212', stardates: 'Four digits', description: 'By hand.',
    items: [
      {
        id: 'harbour_s1', title: 'Harbour Lights Season 1', type: 'series', year: '2209-2210', stardate: 'None',
        episodes: 2, notes: 'Where it all begins', episodeData: [
          { id: 'hl_s1_e02', title: 'Fog Signal', season: 1, episode: 2, airDate: '2001-09-17', stardate: 'None',
            synopsis: '', plotPoints: ['It\\'s fog.'], guestStars: [], connections: [] },
          { id: 'hl_s1_e07', title: 'The Drowned Bell', season: 1, episode: 7, airDate: '2001-09-24', stardate: 'None',
            synopsis: '', connections: [
              { episodeId: 'hl_s1_e02', connectionType: 'storyline' as const, description: 'The fog' },
            ] },
          { id: 'hl_s1_e09', title: 'Nobody Knows', season: 1, episode: 9, airDate: '2001-12-17', stardate: 'None',
            synopsis: '' },
        ],
      },
      { id: 'hw_keep', title: 'The Last Keeper', type: 'movie', year: '2003', stardate: '1300.5', notes: 'Seen twice' },
    ],
  },
]
"""


def command(place: Workplace, *arguments: str | Path) -> Any:
    return place.run(*arguments, "--out", place.out, "--franchise", FRANCHISE)


def test_a_guide_becomes_corrections_that_hold(warm: Workplace) -> None:
    guide, corrections = warm.folder / "guide.ts", warm.folder / "own.toml"
    guide.write_text(HAND_MADE, "utf-8")
    ran = command(warm, "adopt", guide, "-o", corrections)
    assert ran.code == 0, ran.said
    assert ran.out == ""
    assert "4 of 5 rows are known here; 5 values are taken over" in ran.err
    assert "hl_s1_e09 'Nobody Knows' is not mapped" in ran.err
    assert "# Not taken over: guide.ts:" in corrections.read_text("utf-8")

    again = command(warm, "adopt", guide, "-o", corrections)
    assert again.code == 3
    assert "own.toml: --output: cannot be written (File exists). Name a new file." in again.err
    assert command(warm, "adopt", guide).out == corrections.read_text("utf-8")

    ran = warm.generate("--offline", "--overrides", corrections)
    assert ran.code == 0, ran.said
    assert warm.json("run.json")["lapsed_decisions"] == []
    published = {item["id"]: item for era in warm.json("harbour-watch-data.json") for item in era["items"]}
    assert (published["hl_s1"]["notes"], published["hl_s1"]["year"]) == ("Where it all begins", "2209-2210")
    assert published["keep"]["notes"] == "Seen twice"
    (fog,) = [row for row in published["hl_s1"]["episodeData"] if row["title"] == "Fog Signal"]
    assert fog["plotPoints"] == ["It's fog."]
    (bell,) = [row for row in published["hl_s1"]["episodeData"] if row["title"] == "The Drowned Bell"]
    assert bell["connections"][0]["episodeId"] == fog["id"]

    ran = command(warm, "overrides", "check", corrections)
    assert (ran.code, ran.out) == (0, f"All corrections in {corrections} are in use.\n"), ran.said
    # What we publish says the same as the guide now.
    ran = command(warm, "adopt", warm.out / "harbour-watch-data.ts")
    assert "0 values are taken over" in ran.out, ran.said


IDLE = """\
# Mine.

# Everybody says so now.
[[override]]
episode = "hl:lamp-oil"
field = "title"
value = "Lamp Oil"
reason = "r"

[[override]]
episode = "hl:no-such-tide"
field = "title"
value = "A typing error"
reason = "r"

[[add]]
episode = "hl:neap-tide"
season = 2
title = "Neap Tide"
air_date = 2002-09-16
reason = "r"

[[season]]
season = "hl_s9"
field = "notes"
value = "N"
reason = "r"
"""


def test_what_says_nothing_is_named_and_what_is_needless_is_cut_out(warm: Workplace) -> None:
    file = warm.folder / "own.toml"
    file.write_text(IDLE, "utf-8")
    file.chmod(0o640)
    ran = command(warm, "overrides", "check", file)
    assert ran.code == 3, ran.said
    assert ran.out.splitlines() == [
        "own.toml:4: override hl:lamp-oil title: all sources say the same now; remove the correction.",
        "own.toml:10: override hl:no-such-tide title: no source knows this episode any more; remove the correction.",
        "own.toml:23: season hl_s9 notes: there is no such season; remove the correction.",
        "own.toml:16: add hl:neap-tide: a source knows it now; remove the addition.",
    ]
    ran = command(warm, "overrides", "prune", file)
    assert ran.code == 0, ran.said
    assert (
        ran.out
        == IDLE[IDLE.index("# Everybody") : IDLE.index('[[override]]\nepisode = "hl:no')]
        + (IDLE[IDLE.index("[[add]]") : IDLE.index("[[season]]")])
    )
    assert "2 needless corrections were taken out of" in ran.err
    assert file.read_text("utf-8") == IDLE.replace(ran.out[: ran.out.index("[[add]]")], "").replace(
        ran.out[ran.out.index("[[add]]") :], ""
    )
    assert file.stat().st_mode & 0o777 == 0o640
    ran = command(warm, "overrides", "prune", file)
    assert (ran.code, ran.out) == (0, "")


def test_a_patch_becomes_corrections(warm: Workplace) -> None:
    file = warm.folder / "patches.json"
    patch = {"id": "p", "description": "d", "targetType": "episode", "targetId": "hl_s1_e02", "operation": "update"}
    patch |= {"fields": {"title": "T", "mood": "x"}, "createdAt": "2026-01-01T00:00:00Z"}
    file.write_text(json.dumps({"version": "1", "description": "d", "patches": [patch]}), "utf-8")
    ran = command(warm, "adopt", file)
    assert ran.code == 0, ran.said
    assert 'episode = "hl:fog-signal"\nfield = "title"\nvalue = "T"\nreason = "d [patch p]"' in ran.out
    ran = command(warm, "overrides", "check", file)
    assert (ran.code, "patches[0].fields.mood: not applied" in ran.out) == (3, True)
    ran = command(warm, "overrides", "prune", file)
    assert (ran.code, "Only TOML is pruned" in ran.err) == (3, True)


def test_without_a_release_there_is_nothing_to_check(place: Workplace) -> None:
    file = place.folder / "own.toml"
    file.write_text(IDLE, "utf-8")
    for name in ("check", "prune"):
        ran = command(place, "overrides", name, file)
        assert ran.code == 3
        assert "holds no release. Run trek-etl generate first." in ran.err
    guide = place.folder / "guide.ts"
    guide.write_text(HAND_MADE, "utf-8")
    ran = command(place, "adopt", guide)
    assert (ran.code, "Compared with the catalogue, because no release is there." in ran.out) == (0, True)


@pytest.mark.parametrize(
    ("name", "text"), [("guide.ts", "export const x = run()"), ("guide.json", "{}"), ("no.json", None)]
)
def test_what_is_no_guide_ends_with_3(place: Workplace, name: str, text: str | None) -> None:
    file = place.folder / name
    if text is not None:
        file.write_text(text, "utf-8")
    ran = command(place, "adopt", file)
    assert ran.code == 3
    assert f"Error: {file}" in ran.err


def test_a_file_that_cannot_be_replaced_stays(warm: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    file = warm.folder / "own.toml"
    file.write_text(IDLE, "utf-8")
    (warm.folder / "own.toml.partial").mkdir()
    ran = command(warm, "overrides", "prune", file)
    assert ran.code == 3
    assert "cannot be written" in ran.err
    assert file.read_text("utf-8") == IDLE
