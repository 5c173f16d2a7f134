"""Patches and overrides of the older generator hold in every run, and what cannot be applied is told with its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from e2e_kit import Workplace

pytest_plugins = ["e2e_fixtures"]

TITLE = "select title from episodes where episode_key = ?"
RULE = "select rule from field_values where episode_key = ? and field = ? and is_chosen"


def patch(number: int, operation: str, kind: str, target: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"p{number}",
        "description": f"Why of {number}",
        "targetType": kind,
        "targetId": target,
        "operation": operation,
        "fields": fields,
        "createdAt": "2026-11-01T10:00:00Z",
        "author": "Ada",
    }


def override(kind: str, target: str, *, is_kept: bool, **fields: Any) -> dict[str, Any]:
    return {
        "targetId": target,
        "targetType": kind,
        "fields": fields,
        "reason": "seen",
        "preserveOnRegeneration": is_kept,
    }


PATCHES = [
    patch(1, "update", "episode", "hl_s1_e03_9101", title="Fog Horn", guestStars=["Nobody"], stardate="1205.5"),
    patch(
        2, "update", "season", "harbour_s1", notes="By hand", year="2209–2210", stardate="1200-1300", type="animated"
    ),
    patch(3, "update", "movie", "hw_keep", notes="The end of it", year="2213"),
    patch(4, "update", "era", "coast", description="Another sentence.", years="2209–2213"),
    patch(5, "add", "episode", "ob_s1_e05", id="ob_s1_e05", title="Long Watch", airDate="2026-10-01", episode=5),
    patch(6, "remove", "episode", "hl_s2_e02"),
    patch(7, "update", "episode", "hl_s9_e01", title="Nothing"),
    patch(9, "add", "episode", "ob_s1_e04", title="Another Watch", airDate="2026-09-24"),
    patch(
        8,
        "update",
        "episode",
        "hl_s1_e01",
        connections=[{"episodeId": "ob_s1_e01", "connectionType": "event", "description": "A light seen twice"}],
    ),
]
OVERRIDES = [
    override("episode", "hl:fog-signal", is_kept=True, title="Fog Bell"),
    override("episode", "hl_s1_e02", is_kept=False, synopsis="For want of a better one", plotPoints=["One", "Two"]),
]


@pytest.fixture
def files(warm: Workplace) -> list[str | Path]:
    patches, overrides = warm.folder / "patches.json", warm.folder / "overrides.json"
    head = {"version": "1.0", "description": "Mended by hand"}
    patches.write_text(json.dumps({**head, "patches": PATCHES}, indent=2), "utf-8")
    overrides.write_text(json.dumps({**head, "overrides": OVERRIDES, "lastApplied": None}, indent=2), "utf-8")
    return ["--patch", patches, "--overrides", overrides]


def test_patches_and_overrides_hold_in_every_run_and_end_with_their_files(
    warm: Workplace, files: list[str | Path]
) -> None:
    for _ in range(2):  # A second run merges with what the first one published, and must not undo it.
        ran = warm.generate("--offline", *files)
        assert ran.code == 0, ran.said
        the_values_are_those_of_the_files(warm)
        the_guide_shows_them(warm)
        what_was_not_applied_is_told(warm)
    ran = warm.generate("--offline")
    assert ran.code == 0, ran.said
    assert warm.query(TITLE, "hl:fog-signal") == [("Fog Signal",)]
    assert warm.query(TITLE, "ob:long-watch") == []
    assert warm.query("select is_stale from episodes where episode_key = 'hl:neap-tide'") == [(False,)]
    assert warm.query("select notes, years from seasons where season_id = 'hl_s1'")[0][1] == "2210"
    assert warm.query("select count(*) from field_values where source = 'override'") == [(0,)]


def the_values_are_those_of_the_files(place: Workplace) -> None:
    assert place.query(TITLE, "hl:fog-signal") == [("Fog Bell",)]
    assert place.query(RULE, "hl:fog-signal", "title") == [("override: seen",)]
    assert place.query(RULE, "hl:fog-signal", "stardate_from") == [("override: Why of 1 [patch p1] (Ada)",)]
    read = "select guest_stars, stardate_from, plot_points, synopsis from episodes where episode_key = 'hl:fog-signal'"
    guests, stardate, points, synopsis = place.query(read)[0]
    assert (guests, stardate, points) == (["Nobody"], 1205.5, ["One", "Two"])
    assert synopsis != "For want of a better one"
    assert place.query("select notes, years, stardate_from, stardate_to from seasons where season_id = 'hl_s1'") == [
        ("By hand", "2209-2210", 1200.0, 1300.0)
    ]
    assert place.query("select synopsis, years, year_from from movies") == [("The end of it", "2213", 2213)]
    assert place.query("select description, years from eras where era = 'coast'") == [
        ("Another sentence.", "2209–2213")
    ]
    added = "select episode_id, title, sources, is_stale from episodes where episode_key = 'ob:long-watch'"
    assert place.query(added) == [("ob_s1_e05", "Long Watch", ["override"], False)]
    assert place.query(TITLE, "hl:neap-tide") == []
    assert place.query("select stage, reason from rejects where source_id = 'hl:neap-tide'") == [
        ("override", "override: Why of 6 [patch p6] (Ada)")
    ]


def the_guide_shows_them(place: Workplace) -> None:
    guide = place.json("harbour-watch-data.json")
    items = {item["id"]: item for era in guide for item in era["items"]}
    assert (items["hl_s1"]["notes"], items["hl_s1"]["year"]) == ("By hand", "2209-2210")
    assert items["hl_s1"]["stardate"] == "1200.0-1300.0"
    assert (items["keep"]["notes"], items["keep"]["year"]) == ("The end of it", "2213")
    assert items["hl_s1"]["episodeData"][0]["connections"] == [
        {
            "episodeId": "ob_s1_e01",
            "seriesId": "ob_s1",
            "connectionType": "event",
            "description": "A light seen twice",
        }
    ]
    assert [episode["id"] for episode in items["ob_s1"]["episodeData"]][-1] == "ob_s1_e05"


def what_was_not_applied_is_told(place: Workplace) -> None:
    told = place.json("run.json")["lapsed_decisions"]
    assert [line.partition(":")[0] for line in told if "patches" in line] == ["patches.json"] * 3
    assert any("patches[7].targetId: not added: ob_s1_e04 is another episode, ob:dark-water." in line for line in told)
    assert any("patches[1].fields.type: not applied: type comes from the franchise file." in line for line in told)
    assert any("patches[6].targetId: not applied: there is no episode 'hl_s9_e01'." in line for line in told)
    assert any("override hl:fog-signal synopsis: not applied, because a source says it now" in line for line in told)


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        ({"airDate": "soon"}, "patches[0].fields.airDate", "a day like"),
        ({"guestStars": ["One", 2]}, "patches[0].fields.guestStars", "a text"),
        ({"tmdbId": "5"}, "patches[0].fields.tmdbId", "whole number"),
    ],
)
def test_a_value_of_the_wrong_type_ends_the_run_before_anything_is_asked(
    warm: Workplace, change: dict[str, Any], where: str, words: str
) -> None:
    file = warm.folder / "patches.json"
    broken = [patch(1, "update", "episode", "hl_s1_e02", **change)]
    file.write_text(json.dumps({"version": "1", "description": "d", "patches": broken}, indent=1), "utf-8")
    ran = warm.generate("--patch", file)
    assert ran.code == 3
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if next(iter(change)) in text)
    assert f"{file}:{line}: {where}: " in ran.err
    assert words in ran.err
    assert warm.server.log == []
