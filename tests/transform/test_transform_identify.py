"""Which row of which source is which episode."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transform_factory import PROPERTY, Row, day, frame, known, pin, pins, registry, row, rows

from etl.transform.identify import Identified, identify
from etl.transform.numbering import complete_registry
from schemas.checks import broken_rules
from schemas.columns import polars_schema
from schemas.conformed import EPISODE_ROWS, REGISTRY
from schemas.provenance import LINKS, REJECTS, REVIEW

NO_PINS = pins()


def link_of(found: Identified) -> dict[str, Any]:
    """The only link, and that there is nothing else."""
    assert (found.links.height, found.review.height, found.rejects.height) == (1, 0, 0)
    return found.links.row(0, named=True)


def linked(found: Identified) -> list[tuple[str, str, int | None, str]]:
    return sorted(found.links.select("source_id", "episode_key", "part", "method").rows())


def waiting(found: Identified) -> list[tuple[str, str | None, str]]:
    return sorted(found.review.select("source_id", "candidate", "reason").rows())


# Pinned ids


def test_a_pinned_id_wins_over_title_code_and_date() -> None:
    known_episodes = registry(
        known("tng:the-survivors", "The Survivors"),
        known("tng:the-bonding", "The Bonding", production_codes=["151"], air_date=day("1989-10-23")),
    )
    told = row("37100", "The Bonding", production_codes=["151"], air_date=day("1989-10-23"))
    assert link_of(identify(rows(told), known_episodes, pins(pin("37100", "tng:the-survivors")))) == {
        "source": "tmdb",
        "source_id": "37100",
        "episode_key": "tng:the-survivors",
        "part": None,
        "method": "pinned",
        "score": 1.0,
        "evidence": "the catalogue pins tmdb id 37100",
    }


def test_a_pin_tells_how_it_was_found_before() -> None:
    before = {"method": "title", "score": 0.9, "evidence": "title is the same, a date is missing"}
    found = identify(
        rows(row("1", "Haven")), registry(known("tng:haven", "Haven")), pins(pin("1", "tng:haven") | before)
    )
    assert {name: link_of(found)[name] for name in before} == before


def test_a_pin_gives_the_part_whatever_the_title_says() -> None:
    found = identify(
        rows(row("2", "Emissary (1)")),
        registry(known("tng:emissary", "Emissary", parts=2)),
        pins(pin("2", "tng:emissary", 2)),
    )
    assert link_of(found)["part"] == 2


def test_a_pinned_placeholder_is_linked() -> None:
    found = identify(rows(row("1", None)), registry(known("tng:haven", "Haven")), pins(pin("1", "tng:haven")))
    assert link_of(found)["episode_key"] == "tng:haven"


def test_a_pinned_special_is_linked() -> None:
    found = identify(
        rows(row("1", "Haven", season=0)), registry(known("tng:haven", "Haven")), pins(pin("1", "tng:haven"))
    )
    assert link_of(found)["method"] == "pinned"


def test_a_pin_of_an_episode_that_the_registry_does_not_have_is_not_followed() -> None:
    found = identify(rows(row("1", "Haven")), registry(known("tng:haven", "Haven")), pins(pin("1", "tng:gone")))
    assert link_of(found)["episode_key"] == "tng:haven"


def test_a_pin_of_another_source_is_not_followed() -> None:
    found = identify(
        rows(row("1", "Haven")),
        registry(known("tng:haven", "Haven"), known("tng:justice", "Justice")),
        pins(pin("1", "tng:justice", None, "stapi")),
    )
    assert linked(found) == [("1", "tng:haven", None, "title")]


# Production codes


def test_a_code_that_is_unique_in_the_series_links_with_the_same_title() -> None:
    found = identify(
        rows(row("1", "Haven", production_codes=["105"])),
        registry(known("tng:haven", "Haven", production_codes=["105"])),
        NO_PINS,
    )
    assert {**link_of(found), "source": "", "source_id": ""} == {
        "source": "",
        "source_id": "",
        "episode_key": "tng:haven",
        "part": None,
        "method": "production_code",
        "score": 0.98,
        "evidence": "production code 105 is unique in the series",
    }


@pytest.mark.parametrize(("told", "is_linked"), [("1987-12-14", True), ("1987-11-16", True), ("1987-12-15", False)])
def test_a_code_links_another_title_only_within_two_weeks(told: str, is_linked: bool) -> None:
    found = identify(
        rows(row("1", "A Wedding Feast", production_codes=["105"], air_date=day(told))),
        registry(known("tng:haven", "Haven", production_codes=["105"], air_date=day("1987-11-30"))),
        NO_PINS,
    )
    assert ("production_code" in found.links["method"].to_list()) == is_linked


def test_a_code_without_title_and_without_date_does_not_link() -> None:
    found = identify(
        rows(row("1", "A Wedding Feast", production_codes=["105"])),
        registry(known("tng:haven", "Haven", production_codes=["105"])),
        NO_PINS,
    )
    assert linked(found) == [("1", "tng:a-wedding-feast", None, "new")]


def test_a_code_with_a_date_links_a_row_without_title() -> None:
    found = identify(
        rows(row("1", None, production_codes=["105"], air_date=day("1987-11-30"))),
        registry(known("tng:haven", "Haven", production_codes=["105"], air_date=day("1987-11-30"))),
        NO_PINS,
    )
    assert link_of(found)["method"] == "production_code"


def test_a_code_shared_by_two_known_episodes_does_not_link() -> None:
    found = identify(
        rows(row("1", "A Wedding Feast", production_codes=["105"], air_date=day("1987-11-30"))),
        registry(
            known("tng:haven", "Haven", production_codes=["105"], air_date=day("1987-11-30")),
            known("tng:justice", "Justice", production_codes=["105"], air_date=day("1987-11-09")),
        ),
        NO_PINS,
    )
    assert waiting(found) == [("1", "tng:haven", "looks like tng:haven, but not surely")]


def test_a_code_shared_by_two_rows_does_not_link() -> None:
    found = identify(
        rows(row("1", "Haven", production_codes=["105"]), row("2", "A Wedding Feast", production_codes=["105"])),
        registry(known("tng:haven", "Haven", production_codes=["105"])),
        NO_PINS,
    )
    assert linked(found) == [("1", "tng:haven", None, "title"), ("2", "tng:a-wedding-feast", None, "new")]


def test_a_code_of_another_series_does_not_link() -> None:
    found = identify(
        rows(row("1", "A Wedding Feast", series="ds9", production_codes=["105"], air_date=day("1987-11-30"))),
        registry(known("tng:haven", "Haven", production_codes=["105"], air_date=day("1987-11-30"))),
        NO_PINS,
    )
    assert linked(found) == [("1", "ds9:a-wedding-feast", None, "new")]


def test_the_same_code_in_two_sources_links_both() -> None:
    found = identify(
        rows(row("1", "Haven", production_codes=["105"]), row("x", "Haven", source="stapi", production_codes=["105"])),
        registry(known("tng:haven", "Haven", production_codes=["105"])),
        NO_PINS,
    )
    assert found.links["method"].to_list() == ["production_code", "production_code"]


def test_two_codes_of_one_story_link_once() -> None:
    found = identify(
        rows(row("1", "The Cage", production_codes=["A", "B"])),
        registry(known("tng:the-cage", "The Cage", production_codes=["A", "B"])),
        NO_PINS,
    )
    assert link_of(found)["evidence"] == "production code A is unique in the series"


def test_codes_that_lead_to_two_episodes_do_not_link() -> None:
    found = identify(
        rows(row("1", "Something Else", production_codes=["A", "B"], air_date=day("1987-11-30"))),
        registry(
            known("tng:haven", "Haven", production_codes=["A"], air_date=day("1987-11-30")),
            known("tng:justice", "Justice", production_codes=["B"], air_date=day("1987-11-30")),
        ),
        NO_PINS,
    )
    assert linked(found) == [("1", "tng:something-else", None, "new")]


def test_parts_with_a_code_each_are_linked_as_parts() -> None:
    found = identify(
        rows(row("1", "Endgame (1)", production_codes=["271"]), row("2", "Endgame (2)", production_codes=["272"])),
        registry(known("tng:endgame", "Endgame", parts=2, production_codes=["271", "272"])),
        NO_PINS,
    )
    assert linked(found) == [("1", "tng:endgame", 1, "production_code"), ("2", "tng:endgame", 2, "production_code")]


def test_a_code_gives_no_part_to_a_whole_story() -> None:
    found = identify(
        rows(row("1", "Descent (2)", production_codes=["253"])),
        registry(known("tng:descent-part-ii", "Descent, Part II", production_codes=["253"])),
        NO_PINS,
    )
    assert link_of(found)["part"] is None


def test_a_misfiled_code_does_not_fold_two_rows_into_one_episode() -> None:
    found = identify(
        rows(
            row("1", "Foo Fighters", production_codes=["A"]),
            row("2", "Quux", production_codes=["B"], air_date=day("2000-01-02")),
        ),
        registry(known("tng:foo-fighters", "Foo Fighters", production_codes=["A", "B"], air_date=day("2000-01-01"))),
        NO_PINS,
    )
    assert linked(found) == [("1", "tng:foo-fighters", None, "title"), ("2", "tng:quux", None, "new")]


# Titles


@pytest.mark.parametrize(
    ("told", "score", "evidence"),
    [
        ("1987-09-28", 0.99, "title is the same, dates are 0 days apart"),
        ("1987-10-12", 0.99, "title is the same, dates are 14 days apart"),
        ("1987-09-14", 0.99, "title is the same, dates are 14 days apart"),
        ("1987-10-13", 0.9, "title is the same, dates are 15 days apart"),
        ("2012-01-01", 0.9, "title is the same, dates are 8861 days apart"),
        (None, 0.9, "title is the same, a date is missing"),
    ],
)
def test_a_title_links_and_the_date_supports_it(told: str | None, score: float, evidence: str) -> None:
    found = link_of(
        identify(
            rows(row("1", "Encounter At Farpoint", air_date=day(told) if told else None)),
            registry(known("tng:encounter-at-farpoint", "Encounter at Farpoint", air_date=day("1987-09-28"))),
            NO_PINS,
        )
    )
    assert (found["method"], found["score"], found["evidence"]) == ("title", score, evidence)


def test_an_alias_links_like_a_title() -> None:
    found = identify(
        rows(row("1", "Requiem for Methuselah's Son")),
        registry(known("tng:requiem", "Requiem", "Requiem for Methuselahs Son")),
        NO_PINS,
    )
    assert link_of(found)["episode_key"] == "tng:requiem"


def test_a_title_key_that_an_episode_has_twice_links_like_once() -> None:
    twice = registry(known("tng:haven", "Haven")).with_columns(title_keys=pl.lit(["haven", "haven"]))
    assert link_of(identify(rows(row("1", "Haven")), twice, NO_PINS))["method"] == "title"


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Descent (1)", "tng:descent-part-i"),
        ("Descent (2)", "tng:descent-part-ii"),
        ("Descent Part II", "tng:descent-part-ii"),
        ("Descent", "tng:descent-part-i"),
    ],
)
def test_parts_of_different_days_are_told_apart(title: str, key: str) -> None:
    known_episodes = registry(
        known("tng:descent-part-i", "Descent, Part I"), known("tng:descent-part-ii", "Descent, Part II")
    )
    found = link_of(identify(rows(row("1", title)), known_episodes, NO_PINS))
    assert (found["episode_key"], found["part"]) == (key, None)


def test_a_part_that_the_registry_does_not_know_waits() -> None:
    found = identify(rows(row("1", "Descent (3)")), registry(known("tng:descent", "Descent", parts=2)), NO_PINS)
    assert waiting(found) == [("1", "tng:descent", "looks like tng:descent, but not surely")]


def test_a_story_in_two_rows_takes_each_part() -> None:
    found = identify(
        rows(row("2", "Emissary (2)"), row("1", "Emissary (1)")),
        registry(known("tng:emissary", "Emissary", parts=2)),
        NO_PINS,
    )
    assert linked(found) == [("1", "tng:emissary", 1, "title"), ("2", "tng:emissary", 2, "title")]


def test_the_bare_name_may_stand_for_part_one() -> None:
    found = identify(
        rows(row("1", "Emissary"), row("2", "Emissary (2)")),
        registry(known("tng:emissary", "Emissary", parts=2)),
        NO_PINS,
    )
    assert linked(found) == [("1", "tng:emissary", None, "title"), ("2", "tng:emissary", 2, "title")]


@pytest.mark.parametrize("titles", [("Emissary", "Emissary (1)"), ("Emissary", "Emissary"), ("Emissary (1)",) * 2])
def test_two_rows_for_one_part_both_wait(titles: tuple[str, str]) -> None:
    found = identify(
        rows(*(row(str(place), title) for place, title in enumerate(titles))),
        registry(known("tng:emissary", "Emissary", parts=2)),
        NO_PINS,
    )
    assert found.links.is_empty()
    assert found.review["source_id"].to_list() == ["0", "1"]


def test_the_same_title_in_two_sources_links_both() -> None:
    found = identify(
        rows(row("1", "Haven"), row("x", "Haven", source="stapi")), registry(known("tng:haven", "Haven")), NO_PINS
    )
    assert found.links.select("source", "episode_key").rows() == [("stapi", "tng:haven"), ("tmdb", "tng:haven")]


def test_a_title_that_two_known_episodes_have_does_not_link() -> None:
    found = identify(
        rows(row("1", "Anomaly")),
        registry(known("tng:anomaly", "Anomaly"), known("tng:the-rift", "The Rift", "Anomaly")),
        NO_PINS,
    )
    assert waiting(found) == [("1", "tng:anomaly", "looks like tng:anomaly and like tng:the-rift")]


def test_one_title_in_two_series_links_inside_its_series() -> None:
    known_episodes = registry(known("ent:anomaly", "Anomaly"), known("dis:anomaly", "Anomaly"))
    found = identify(
        rows(row("1", "Anomaly", series="dis"), row("2", "Anomaly", series="ent")), known_episodes, NO_PINS
    )
    assert linked(found) == [("1", "dis:anomaly", None, "title"), ("2", "ent:anomaly", None, "title")]


def test_a_row_with_the_title_of_a_pinned_one_does_not_link_twice() -> None:
    found = identify(
        rows(row("1", "Haven"), row("2", "Haven")), registry(known("tng:haven", "Haven")), pins(pin("1", "tng:haven"))
    )
    assert linked(found) == [("1", "tng:haven", None, "pinned")]
    assert waiting(found) == [("2", "tng:haven", "looks like tng:haven, but not surely")]


def test_a_part_does_not_join_a_pinned_whole() -> None:
    found = identify(
        rows(row("1", "Emissary"), row("2", "Emissary (2)")),
        registry(known("tng:emissary", "Emissary", parts=2)),
        pins(pin("1", "tng:emissary")),
    )
    assert linked(found) == [("1", "tng:emissary", None, "pinned")]


def test_a_bare_title_does_not_join_a_pinned_first_part() -> None:
    found = identify(
        rows(row("1", "Emissary (1)"), row("2", "Emissary")),
        registry(known("tng:emissary", "Emissary", parts=2)),
        pins(pin("1", "tng:emissary", 1)),
    )
    assert linked(found) == [("1", "tng:emissary", 1, "pinned")]


def test_the_other_part_joins_a_pinned_one() -> None:
    found = identify(
        rows(row("1", "Emissary (1)"), row("2", "Emissary (2)")),
        registry(known("tng:emissary", "Emissary", parts=2)),
        pins(pin("1", "tng:emissary", 1)),
    )
    assert linked(found) == [("1", "tng:emissary", 1, "pinned"), ("2", "tng:emissary", 2, "title")]


def test_a_whole_of_one_source_leaves_the_episode_free_for_another() -> None:
    found = identify(
        rows(row("1", "Haven"), row("2", "Haven", source="stapi")),
        registry(known("tng:haven", "Haven")),
        pins(pin("1", "tng:haven")),
    )
    assert linked(found) == [("1", "tng:haven", None, "pinned"), ("2", "tng:haven", None, "title")]


# Specials


def test_a_special_that_nobody_knows_is_refused_whole() -> None:
    found = identify(
        rows(row("9", "A Look Back", season=0, number=3, air_date=day("1994-05-16"))),
        registry(known("tng:haven", "Haven")),
        NO_PINS,
    )
    refused = found.rejects.row(0, named=True)
    assert json.loads(refused.pop("payload")) == {
        "series": "tng",
        "season": 0,
        "number": 3,
        "title": "A Look Back",
        "air_date": "1994-05-16",
    }
    assert refused == {
        "source": "tmdb",
        "source_id": "9",
        "stage": "identify",
        "reason": "a special that the registry does not know",
    }
    assert (found.links.height, found.review.height) == (0, 0)


@pytest.mark.parametrize(("told", "is_linked"), [("1988-10-04", True), ("1988-10-05", False), (None, False)])
def test_a_special_links_by_title_only_on_the_same_day(told: str | None, is_linked: bool) -> None:
    found = identify(
        rows(row("9", "The Cage", season=0, air_date=day(told) if told else None)),
        registry(known("tng:the-cage", "The Cage", air_date=day("1988-10-04"))),
        NO_PINS,
    )
    assert (found.links.height, found.rejects.height) == ((1, 0) if is_linked else (0, 1))


# What is left


@pytest.mark.parametrize(
    ("fields", "candidate", "reason"),
    [
        ({}, None, "has no title yet, and a number alone never links"),
        (
            {"air_date": day("1987-11-30")},
            "tng:haven",
            "has no title yet; it may be tng:haven, but no neighbours prove it",
        ),
    ],
)
def test_a_number_alone_never_links(fields: Row, candidate: str | None, reason: str) -> None:
    known_episodes = registry(known("tng:haven", "Haven", air_date=day("1987-11-30")))
    found = identify(rows(row("1", None, number=1, **fields)), known_episodes, NO_PINS)
    assert waiting(found) == [("1", candidate, reason)]


def test_a_near_title_waits_with_its_candidate() -> None:
    found = identify(
        rows(row("1", "Encounter at Fairpoint", source_url="https://example.org/1")),
        registry(known("tng:haven", "Haven"), known("tng:encounter-at-farpoint", "Encounter at Farpoint")),
        NO_PINS,
    )
    waits = found.review.row(0, named=True)
    assert waits.pop("score") == 0.84
    assert waits == {
        "source": "tmdb",
        "source_id": "1",
        "series": "tng",
        "title": "Encounter at Fairpoint",
        "candidate": "tng:encounter-at-farpoint",
        "reason": "looks like tng:encounter-at-farpoint, but not surely",
        "source_url": "https://example.org/1",
    }


@pytest.mark.parametrize(("title", "is_near"), [("Abce", True), ("Abef", False)])
def test_a_title_is_near_from_three_letters_of_four(title: str, is_near: bool) -> None:
    found = identify(rows(row("1", title)), registry(known("tng:abcd", "Abcd")), NO_PINS)
    assert (found.review.height, found.links.height) == ((1, 0) if is_near else (0, 1))


def test_a_near_title_of_another_series_is_no_candidate() -> None:
    found = identify(rows(row("1", "Havens", series="ds9")), registry(known("tng:haven", "Haven")), NO_PINS)
    assert linked(found) == [("1", "ds9:havens", None, "new")]


def test_an_unknown_title_is_a_new_episode() -> None:
    told = row("1", "Kids These Days!", season=2, number=7, air_date=day("2026-01-15"), production_codes=["107"])
    found = identify(rows(told), registry(known("tng:haven", "Haven")), NO_PINS)
    assert {**link_of(found), "evidence": ""} == {
        "source": "tmdb",
        "source_id": "1",
        "episode_key": "tng:kids-these-days",
        "part": None,
        "method": "new",
        "score": 1.0,
        "evidence": "",
    }
    assert found.registry.row(1, named=True) == {
        "episode_key": "tng:kids-these-days",
        "series": "tng",
        "season": 2,
        "episode": None,
        "parts": 1,
        "title": "Kids These Days!",
        "title_keys": ["kidsthesedays"],
        "part": None,
        "air_date": day("2026-01-15"),
        "production_codes": ["107"],
    }


def test_a_new_episode_says_how_near_the_nearest_title_came() -> None:
    found = identify(rows(row("1", "Xyz")), registry(known("tng:haven", "Haven")), NO_PINS)
    assert link_of(found)["evidence"] == "no known title of the series comes near (0.0 at best)"


def test_without_any_registry_every_title_is_a_new_episode() -> None:
    told = rows(row("1", "Haven", number=2), row("2", "Justice", number=1), row("3", None))
    found = identify(told, registry(), NO_PINS)
    assert linked(found) == [("1", "tng:haven", None, "new"), ("2", "tng:justice", None, "new")]
    assert found.registry["episode_key"].to_list() == ["tng:justice", "tng:haven"]
    assert found.registry["production_codes"].to_list() == [[], []]
    assert found.review["source_id"].to_list() == ["3"]


def test_one_new_title_in_two_sources_is_one_new_episode() -> None:
    told = rows(row("x", "Kids", source="tmdb", air_date=day("2026-01-15")), row("1", "Kids", source="stapi"))
    found = identify(told, registry(), NO_PINS)
    assert linked(found) == [("1", "tng:kids", None, "new"), ("x", "tng:kids", None, "title")]
    assert found.registry.height == 1


def test_two_new_rows_of_one_source_with_the_same_title_wait() -> None:
    found = identify(rows(row("1", "Kids"), row("2", "KIDS!")), registry(), NO_PINS)
    reason = "another row of the source in this series has the same title"
    assert waiting(found) == [("1", None, reason), ("2", None, reason)]


def test_one_new_title_in_two_series_is_two_new_episodes() -> None:
    found = identify(rows(row("1", "Kids"), row("2", "Kids", series="ds9")), registry(), NO_PINS)
    assert linked(found) == [("1", "tng:kids", None, "new"), ("2", "ds9:kids", None, "new")]


@pytest.mark.parametrize("title", ["?!", "Øre", "宇宙"])
def test_a_new_title_that_makes_no_key_waits(title: str) -> None:
    found = identify(rows(row("1", title)), registry(), NO_PINS)
    assert waiting(found) == [("1", None, "its title makes no key: it has letters other than a to z, or none")]
    assert found.registry.is_empty()


def test_a_new_title_whose_key_another_episode_keeps_waits() -> None:
    found = identify(rows(row("1", "Old Title")), registry(known("tng:old-title", "Renamed")), NO_PINS)
    assert waiting(found) == [
        ("1", "tng:old-title", "its key would be tng:old-title, which another episode has")
    ]  # fmt: skip
    assert found.registry.height == 1


def test_a_new_title_in_no_season_waits() -> None:
    found = identify(rows(row("1", "Kids", season=None)), registry(), NO_PINS)
    assert waiting(found) == [("1", None, "it is in no season")]


def test_a_known_title_in_no_season_links() -> None:
    found = identify(rows(row("1", "Haven", season=None)), registry(known("tng:haven", "Haven")), NO_PINS)
    assert link_of(found)["method"] == "title"


def test_no_rows_give_empty_tables_of_their_contracts() -> None:
    found = identify(rows(), registry(), NO_PINS)
    assert found.links.schema == polars_schema(LINKS)
    assert found.review.schema == polars_schema(REVIEW)
    assert found.rejects.schema == polars_schema(REJECTS)
    assert found.registry.schema == REGISTRY


# Any rows

REGISTERED = registry(
    known("tng:haven", "Haven", production_codes=["105"], air_date=day("1987-11-30")),
    known("tng:descent-part-i", "Descent, Part I", season=6, production_codes=["252"]),
    known("tng:descent-part-ii", "Descent, Part II", season=7, production_codes=["253"]),
    known("tng:emissary", "Emissary", parts=2, production_codes=["401", "402"], air_date=day("1993-01-03")),
    known("ent:anomaly", "Anomaly", production_codes=["105"]),
    known("dis:anomaly", "Anomaly", air_date=day("2021-11-25")),
)
PINNED = pins(
    pin("tng 0", "tng:haven"),
    pin("tng 1", "tng:emissary", 1),
    pin("tng 2", "tng:emissary", 2),
    pin("ent 3", "ent:anomaly"),
)
TITLES = [
    None, "Haven", "Havens", "Descent", "Descent (1)", "Descent, Part II", "Descent (3)", "Emissary", "Emissary (1)",
    "Emissary (2)", "Anomaly", "Kids", "Kids, Part I", "KIDS!", "Something New", "?!", "Øre",
]  # fmt: skip
ANY_ROW = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["tmdb", "stapi"]),
        "series": st.sampled_from(["tng", "ent", "dis"]),
        "title": st.sampled_from(TITLES),
        "season": st.sampled_from([None, 0, 1, 2]),
        "number": st.sampled_from([None, 1, 2]),
        "production_codes": st.sampled_from([None, [], ["105"], ["253"], ["401"], ["402"], ["401", "402"], ["999"]]),
        "air_date": st.sampled_from([None, day("1987-11-30"), day("1993-01-10"), day("2021-11-25")]),
    }
)
ANY_ROWS = st.lists(ANY_ROW, max_size=12).map(
    lambda told: rows(*(row(f"{fields['series']} {place}", **fields) for place, fields in enumerate(told)))
)
ANY_PINS = st.lists(st.sampled_from(range(PINNED.height)), unique=True).map(lambda places: PINNED[sorted(places)])
ROW_KEY = ["source", "source_id"]


@PROPERTY
@given(ANY_ROWS, ANY_PINS)
def test_every_row_ends_in_exactly_one_place(told: pl.DataFrame, pinned: pl.DataFrame) -> None:
    found = identify(told, REGISTERED, pinned)
    ends = pl.concat([found.links.select(ROW_KEY), found.review.select(ROW_KEY), found.rejects.select(ROW_KEY)])
    assert sorted(ends.rows()) == sorted(told.select(ROW_KEY).rows())


@PROPERTY
@given(ANY_ROWS, ANY_PINS)
def test_whatever_comes_the_contracts_are_kept(told: pl.DataFrame, pinned: pl.DataFrame) -> None:
    found = identify(told, REGISTERED, pinned)
    assert [*broken_rules(LINKS, found.links), *broken_rules(REVIEW, found.review)] == []
    assert broken_rules(REJECTS, found.rejects) == []
    assert found.registry["episode_key"].is_unique().all()
    assert set(found.links["episode_key"]) <= set(found.registry["episode_key"])


@PROPERTY
@given(ANY_ROWS, ANY_PINS)
def test_no_two_rows_of_a_source_are_the_same_part_of_an_episode(told: pl.DataFrame, pinned: pl.DataFrame) -> None:
    found = identify(told, REGISTERED, pinned)
    assert not found.links.select("source", "episode_key", pl.col("part").fill_null(1)).is_duplicated().any()


@PROPERTY
@given(ANY_ROWS, ANY_PINS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(told: pl.DataFrame, pinned: pl.DataFrame, chance: Any) -> None:
    places = list(range(told.height))
    chance.shuffle(places)
    assert _sorted(identify(told[places], REGISTERED, pinned)) == _sorted(identify(told, REGISTERED, pinned))


@PROPERTY
@given(ANY_ROWS, ANY_PINS)
def test_every_series_can_be_identified_apart(told: pl.DataFrame, pinned: pl.DataFrame) -> None:
    apart = [
        identify(told.filter(series=series), REGISTERED.filter(series=series), pinned)
        for series in ("tng", "ent", "dis")
    ]
    together = Identified(
        *(pl.concat([getattr(one, name) for one in apart]) for name in ("links", "review", "rejects", "registry"))
    )
    assert _sorted(together) == _sorted(identify(told, REGISTERED, pinned))


def _sorted(found: Identified) -> list[list[tuple[Any, ...]]]:
    numbered = complete_registry(found.registry)
    return [
        *(table.sort(ROW_KEY).rows() for table in (found.links, found.review, found.rejects)),
        numbered.sort("episode_key").rows(),
    ]


def test_the_frame_of_rows_is_the_contract() -> None:
    assert rows(row("1", "Haven")).schema == frame(EPISODE_ROWS).schema
