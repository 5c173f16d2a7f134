"""Adopting a guide: rows are found by title, hand-made values become corrections, and all the rest is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from etl.adopt import Adopted, adopt_guide
from etl.errors import InputError
from etl.franchise import load_franchise
from etl.inputs.literal_file import read_json
from etl.known_names import KnownNames
from etl.our_values import OurValues, values_of_franchise


@pytest.fixture(scope="module")
def ours() -> OurValues:
    return values_of_franchise(load_franchise("star_trek"))


def episode(episode_id: str, title: str, **values: Any) -> dict[str, Any]:
    usual = {"season": 1, "episode": 1, "airDate": "", "stardate": "None", "synopsis": ""}
    return {"id": episode_id, "title": title, **usual, **values}


def item(item_id: str, *episodes: dict[str, Any], **values: Any) -> dict[str, Any]:
    usual = {"title": "Star Trek: Enterprise Season 1", "type": "series", "year": "TBD", "stardate": "None"}
    return {"id": item_id, **usual, "episodes": len(episodes), "notes": "", "episodeData": list(episodes), **values}


def adopted(folder: Path, names: KnownNames, ours: OurValues, *items: dict[str, Any], **era: Any) -> Adopted:
    usual = {"id": "enterprise", "title": "22nd Century – Enterprise Era", "years": "2151–2161"}
    whole = [{**usual, **era, "items": list(items)}]
    file = folder / "guide.json"
    file.write_text(json.dumps(whole, indent=1, ensure_ascii=False), "utf-8")
    return adopt_guide(read_json(file), names, ours)


def values(adopted: Adopted) -> dict[tuple[str, str], Any]:
    return {
        **{(one.episode, one.field): one.value for one in adopted.overrides.override},
        **{(one.season, one.field): one.value for one in adopted.overrides.season},
    }


def told(adopted: Adopted) -> list[str]:
    """What is told, without file, line and place."""
    return [line.split(": ", 2)[2] if line.startswith("guide.json:") else line for line in adopted.told]


BROKEN_BOW = episode("ent_s1_e01", "Broken Bow", airDate="2001-09-26")


def test_hand_made_values_become_corrections_with_their_line(
    tmp_path: Path, names: KnownNames, ours: OurValues
) -> None:
    row = {
        **BROKEN_BOW,
        "plotPoints": ["A Klingon crashes."],
        "guestStars": ["Vaughn Armstrong"],
        "stardate": "41153.7",
        "connections": [{"episodeId": "ent_s1_e02", "connectionType": "event", "description": "It goes on."}],
    }
    found = adopted(tmp_path, names, ours, item("ent_s1", row, notes="By hand", year="2150-2152"))
    assert values(found) == {
        ("ent:broken-bow", "plot_points"): ["A Klingon crashes."],
        ("ent:broken-bow", "guest_stars"): ["Vaughn Armstrong"],
        ("ent:broken-bow", "stardate_from"): 41153.7,
        ("ent:broken-bow", "stardate_to"): 41153.7,
        ("ent:broken-bow", "connections"): [
            {"episode_key": "ent:fight-or-flight", "connection_type": "event", "description": "It goes on."}
        ],
        ("ent_s1", "notes"): "By hand",
        ("ent_s1", "years"): "2150-2152",
    }
    assert told(found) == []
    (points,) = [one for one in found.overrides.override if one.field == "plot_points"]
    line = next(n for n, text in enumerate((tmp_path / "guide.json").read_text().splitlines(), 1) if "plotP" in text)
    assert points.reason == f"taken over from guide.json, line {line}"


def test_what_is_the_same_here_is_no_correction(tmp_path: Path, names: KnownNames, ours: OurValues) -> None:
    row = {**BROKEN_BOW, "director": ["James L. Conway"], "imdbId": "tt0572195", "tmdbId": None}
    ours_alone = {**row, "guestStars": [], "plotPoints": None, "connections": []}
    found = adopted(tmp_path, names, ours, item("ent_s1", ours_alone, year="2151–2152"))
    assert values(found) == {}
    assert found.same >= 3


@pytest.mark.parametrize(
    ("row", "key"),
    [
        # The number is of another season and the title of this one.
        (episode("ent_s1_e23", "Shockwave, Part II", airDate="2002-09-18"), "ent:shockwave-part-ii"),
        (episode("ent_s1_e26", "Shockwave", airDate="2002-05-22"), "ent:shockwave-part-i"),
        (episode("ent_314_s1_e01", "BROKEN BOW (1)"), "ent:broken-bow"),
        (episode("ent_s1_e02", "Another title", airDate="2001-10-03"), "ent:fight-or-flight"),
        (episode("ent_s1_e02_314", "Episode 2", airDate="2001-10-03"), None),
        (episode("ent_s1_e02", "Another title", airDate="2001-10-04"), None),
        (episode("ent_s1_e02", "Another title"), None),
        (episode("whatever", "Broken Bow"), "ent:broken-bow"),
    ],
)
def test_a_row_is_found_by_title_or_by_number_and_day_together(
    tmp_path: Path, names: KnownNames, ours: OurValues, row: dict[str, Any], key: str | None
) -> None:
    found = adopted(tmp_path, names, ours, item("ent_s1", {**row, "plotPoints": ["p"]}))
    assert [target for target, _ in values(found)] == ([key] if key else [])
    assert (found.rows, found.mapped) == (2, 2 if key else 1)
    assert len([line for line in told(found) if "is not mapped" in line]) == (0 if key else 1)


def test_the_same_season_twice_gives_what_was_made_by_hand(tmp_path: Path, names: KnownNames, ours: OurValues) -> None:
    generated = item(
        "ent_314_s1",
        episode("ent_s1_e01_314", "Broken Bow", plotPoints=["b"], stardate="1.5", synopsis="generated"),
        notes="TMDB's words",
        year="2001",
        stardate="~1.1-1.25",
    )
    by_hand = item("ent_s1", {**BROKEN_BOW, "plotPoints": ["a", "b"], "stardate": "2.5"}, notes="By hand")
    found = adopted(tmp_path, names, ours, generated, by_hand)
    assert values(found) == {
        ("ent_s1", "notes"): "By hand",
        ("ent:broken-bow", "plot_points"): ["a", "b"],
        ("ent:broken-bow", "stardate_from"): 2.5,
        ("ent:broken-bow", "stardate_to"): 2.5,
    }
    lines = told(found)
    assert "season notes differs from ours in 1 row: it was generated there, and is not taken over." in lines
    assert "episode synopsis differs from ours in 1 row: it was generated there, and is not taken over." in lines
    (conflict,) = [line for line in lines if "stardate_from" in line]
    assert conflict.startswith("ent_s1_e01_314 'Broken Bow' says 1.5 for stardate_from of ent:broken-bow")
    assert conflict.endswith("an earlier row 2.5, which is kept.")


def test_nothing_is_dropped_in_silence(tmp_path: Path, names: KnownNames, ours: OurValues) -> None:
    row = {
        **BROKEN_BOW,
        "title": "Broken Bow, Part I",
        "airDate": "2001-09-27",
        "stardate": "soon",
        "rating": 5,
        "connections": [{"episodeId": "xyz", "connectionType": "event"}],
    }
    found = adopted(
        tmp_path,
        names,
        ours,
        item("ent_s1", row, year="3188+", mood="blue"),
        item("st_fc", title="First Contact", type="movie", year="2373", stardate="50893.5", notes="N"),
        item("nothing", title="Nothing", type="movie"),
        item("ent_s77", episode("xyz_s1_e01", "Lost")),
        id="unknown_era",
        colour="red",
    )
    assert values(found)["film:fc", "synopsis"] == "N"
    titled = "ent_s1 'Star Trek: Enterprise Season 1'"
    assert set(told(found)) == {
        "nothing 'Nothing' is not mapped: no film of the franchise has this id.",
        "ent_s77 'Star Trek: Enterprise Season 1' is not mapped: no season that is known has this id.",
        "xyz_s1_e01 'Lost' is not mapped: ent has no known episode of this title, nor one of this number and date.",
        "there is no era 'unknown_era'; its items are looked at all the same.",
        f"{titled} gives nothing for year: it is no in-universe year and no range of two.",
        "ent_s1_e01 'Broken Bow, Part I' gives nothing for connections: it leads to 'xyz', which is no known episode.",
        "ent_s1_e01 'Broken Bow, Part I' gives nothing for stardate: it is no stardate and no range of two: 'soon'.",
        "ent_s1_e01: not taken over: 'Broken Bow, Part I' there, 'Broken Bow' here.",
        "ent_s1_e01: not taken over: '2001-09-27' there, datetime.date(2001, 9, 26) here.",
        "st_fc: not taken over: 'First Contact' there, 'Star Trek: First Contact' here.",
        "era colour: nothing is known of this key, found in 1 row.",
        "episode rating: nothing is known of this key, found in 1 row.",
        "season mood: nothing is known of this key, found in 1 row.",
    }


@pytest.mark.parametrize(
    ("year", "adopted_years"),
    [("2001", None), ("TBD", None), ("2002", "2002"), ("2063-2151", "2063-2151"), ("1987", None)],
)
def test_a_year_of_the_broadcast_is_no_in_universe_year(
    tmp_path: Path, names: KnownNames, ours: OurValues, year: str, adopted_years: str | None
) -> None:
    found = adopted(tmp_path, names, ours, item("ent_s1", year=year))
    assert values(found).get(("ent_s1", "years")) == adopted_years
    assert len(told(found)) == (year == "1987")
    film = adopted(tmp_path, names, ours, item("stb", type="movie", title="x", year="2016"))
    assert values(film) == {}


def test_texts_of_an_era_are_the_franchises(tmp_path: Path, names: KnownNames, ours: OurValues) -> None:
    found = adopted(tmp_path, names, ours, item("ent_s1"), stardates="none at all", description="Another sentence.")
    assert told(found) == [
        "not taken over: 'none at all' there, 'Earth years & simple logs' here.",
        "era description differs from ours in 1 row: it was generated there, and is not taken over.",
    ]


def test_an_id_that_names_no_series_cannot_be_mapped(tmp_path: Path, names: KnownNames, ours: OurValues) -> None:
    found = adopted(tmp_path, names, ours, item("ent_s1"), item("x", episode("y", "Broken Bow")))
    assert "y 'Broken Bow' is not mapped: its id names no series of the franchise." in told(found)


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (episode("x", "The Best of Both Worlds, Part II"), "tng:the-best-of-both-worlds-part-ii"),
        (episode("x", "The Best of Both Worlds", airDate="1990-06-18"), "tng:the-best-of-both-worlds-part-i"),
        (episode("tng_s3_e26", "The Best of Both Worlds"), "tng:the-best-of-both-worlds-part-i"),
        (episode("x", "The Best of Both Worlds"), None),
    ],
)
def test_two_parts_are_told_apart_by_title_day_or_number(
    tmp_path: Path, names: KnownNames, ours: OurValues, row: dict[str, Any], key: str | None
) -> None:
    found = adopted(tmp_path, names, ours, item("tng_s3", {**row, "plotPoints": ["p"]}))
    assert [target for target, _ in values(found)] == ([key] if key else [])
    reason = "tng has several episodes of this title, and neither date nor number decides."
    assert [line.endswith(reason) for line in told(found) if "is not mapped" in line] == ([] if key else [True])


def test_the_same_value_twice_is_one_value(tmp_path: Path, names: KnownNames, ours: OurValues) -> None:
    row = {**BROKEN_BOW, "stardate": "2.5"}
    found = adopted(tmp_path, names, ours, item("ent_s1", row, {**row, "id": "ent_s1_e02"}))
    assert values(found) == {("ent:broken-bow", "stardate_from"): 2.5, ("ent:broken-bow", "stardate_to"): 2.5}
    assert told(found) == []


def test_another_franchises_guide_is_refused(tmp_path: Path, names: KnownNames, ours: OurValues) -> None:
    with pytest.raises(InputError, match=r"guide\.json: None of its 2 rows is known as Star Trek\. Name another --fr"):
        adopted(tmp_path, names, ours, item("got_s1", episode("got_s1_e01", "Winter Is Coming")))


def test_an_empty_guide_gives_nothing(tmp_path: Path, names: KnownNames, ours: OurValues) -> None:
    found = adopted(tmp_path, names, ours)
    assert (found.rows, found.mapped, values(found)) == (0, 0, {})
    assert found.summary.startswith("0 of 0 rows are known here; 0 values are taken over")


@pytest.mark.parametrize(
    ("change", "place"),
    [({"title": 5}, "[0].items[0].title"), ({"episodeData": [{"id": "x"}]}, "[0].items[0].episodeData[0].title")],
)
def test_what_is_no_guide_is_told_with_its_line(
    tmp_path: Path, names: KnownNames, ours: OurValues, change: dict[str, Any], place: str
) -> None:
    with pytest.raises(InputError) as refusal:
        adopted(tmp_path, names, ours, item("ent_s1", **change))
    assert f": {place}: " in str(refusal.value)
