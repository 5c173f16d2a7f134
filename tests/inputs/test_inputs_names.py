"""By which names an episode, a season, a film or an era is known."""

from __future__ import annotations

import pytest

from etl.franchise import load_franchise
from etl.known_names import KnownNames, known_names
from schemas.columns import empty
from schemas.tables import TABLES


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("tng:the-naked-now", "tng:the-naked-now"),
        ("tng_s1_e02", "tng:the-naked-now"),
        ("tng_s1_e02_655", "tng:the-naked-now"),
        # TMDB's Emissary takes two numbers, ours one.
        ("ds9_s1_e02_580", "ds9:emissary"),
        ("ds9_s1_e02", "ds9:past-prologue"),
        ("disc_s1_e01", "dis:the-vulcan-hello"),
        ("prodigy_s1_e02_106393", "pro:starstruck"),
        # An id of a show that nobody has: the code is all there is.
        ("pro_s1_e02_85950", "pro:starstruck"),
        # TMDB's id says more than the code.
        ("tos_1992_s1_e01", "tas:beyond-the-farthest-star"),
        ("tos_s1_e01_1992", "tas:beyond-the-farthest-star"),
        ("tng_s1_e99", None),
        ("tng_s1_e99_655", None),
        ("xyz_s1_e01", None),
        ("tng_s1", None),
        ("tng:no-such-episode", None),
        ("", None),
        ("tng_s1_e01\n", None),
        ("../tng_s1_e01", None),
    ],
)
def test_episodes(names: KnownNames, name: str, key: str | None) -> None:
    assert names.episode(name) == key


@pytest.mark.parametrize(
    ("name", "season"),
    [
        *(("ent_s1", "ent_s1"), ("ent_314_s1", "ent_s1"), ("tos_1992_s2", "tas_s2"), ("low_s1", "ld_s1")),
        *(("tng_s9", None), ("tng_s1_e01", None), ("tng", None)),
    ],
)
def test_seasons(names: KnownNames, name: str, season: str | None) -> None:
    assert names.season(name) == season


@pytest.mark.parametrize(
    ("name", "key"), [("fc", "film:fc"), ("st_fc", "film:fc"), ("film:twok", "film:twok"), ("tng_s1", None)]
)
def test_films(names: KnownNames, name: str, key: str | None) -> None:
    assert names.film(name) == key


def test_eras(names: KnownNames) -> None:
    assert (names.era("tng_era"), names.era("tng")) == ("tng_era", None)


def test_titles(names: KnownNames) -> None:
    assert names.is_called("tng:the-naked-now", "THE NAKED NOW!")
    assert not names.is_called("tng:the-naked-now", "Haven")
    assert not names.is_called("tng:nothing", "The Naked Now")


def test_the_episodes_of_a_season(names: KnownNames) -> None:
    keys = names.episodes_of("ent_s1")
    assert len(keys) == 25
    assert {key.partition(":")[0] for key in keys} == {"ent"}
    assert names.episodes_of("ent_s") == []


@pytest.mark.parametrize(
    ("name", "title", "key", "number"),
    [
        ("snw_s9_e01", "The Très New One", "snw:the-tres-new-one", 1),
        ("snw_s9_e01_103516", "New", "snw:new", None),
        ("snw_s9", "New", None, None),
        ("xyz_s1_e01", "New", None, None),
        ("snw_s9_e01", "…", None, None),
        ("snw_s9_e01", "Новая", None, None),
    ],
)
def test_what_an_id_and_a_title_say_of_a_new_episode(
    names: KnownNames, name: str, title: str, key: str | None, number: int | None
) -> None:
    new = names.new_episode(name, title)
    assert (new and new.key, new and new.number) == (key, number)
    assert new is None or (new.season, new.said) == (9, {"id": name, "season": 9, "episode": 1})


def test_public_ids_follow_the_numbering() -> None:
    tables = {name: empty(one) for name, one in TABLES.items()}
    franchise = load_franchise("star_trek")
    assert known_names(franchise, tables, "parts").episode("tng_s1_e03") == "tng:the-naked-now"
    assert known_names(load_franchise("star_trek", has_catalogue=False), tables, "aired").keys == frozenset()
