"""How well the linker does in hard worlds of a known truth: what it links is right, and what is not sure waits."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import combinations

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from linker_world import Habits, World, make_world, together
from transform_factory import PROPERTY, pins

from etl.transform.identify import Identified, identify

WORLDS = 64
Id = tuple[str, str]
Pair = frozenset[Id]


@cache
def worlds(seed: int) -> World:
    chance = random.Random(seed)  # noqa: S311
    return together(make_world(chance, f"w{place}") for place in range(WORLDS))


@cache
def found(seed: int, *, has_registry: bool) -> Identified:
    world = worlds(seed)
    return identify(world.rows, world.registry if has_registry else world.registry.clear(), pins())


def pairs(episode_of: Mapping[Id, str], part_of: Mapping[Id, int]) -> set[Pair]:
    """Rows of two sources that are the same story, and not two different parts of it."""
    by_episode: dict[str, list[Id]] = {}
    for row, key in episode_of.items():
        by_episode.setdefault(key, []).append(row)
    return {
        frozenset((one, other))
        for together in by_episode.values()
        for one, other in combinations(together, 2)
        if one[0] != other[0] and len({part_of.get(one), part_of.get(other)} - {None}) < 2
    }


def ids(table: pl.DataFrame) -> set[Id]:
    return set(table.select("source", "source_id").rows())


def links_of(done: Identified) -> dict[Id, str]:
    return {(source, key): episode for source, key, episode in done.links.select(
        "source", "source_id", "episode_key"
    ).rows()}  # fmt: skip


def parts_of(done: Identified) -> dict[Id, int]:
    return {(source, key): part for source, key, part in done.links.select("source", "source_id", "part").rows()}


def share(part: Iterable[object], whole: Iterable[object]) -> float:
    return len({*part}) / len({*whole})


@pytest.mark.parametrize("seed", [1, 2])
def test_without_registry_rows_of_two_sources_find_each_other(seed: int) -> None:
    world, done = worlds(seed), found(seed, has_registry=False)
    linked = pairs(links_of(done), parts_of(done))
    same_story = pairs(world.truth, {})
    true = pairs(world.truth, world.parts)
    assert share(linked & same_story, linked) >= 0.999
    assert share(linked & true, true) >= 0.98


@pytest.mark.parametrize("seed", [1, 2])
def test_with_a_registry_rows_find_their_episodes(seed: int) -> None:
    world, done = worlds(seed), found(seed, has_registry=True)
    linked, true = set(links_of(done).items()), set(world.truth.items())
    assert share(linked & true, linked) >= 0.999
    assert share(linked & true, true) >= 0.995


DRAWN = 64
SHARES = st.sampled_from([0.0, 0.02, 0.05, 0.08])
SOURCES = st.lists(
    st.builds(
        Habits,
        st.sampled_from(["stapi", "tmdb", "tvmaze"]),
        splits=st.booleans(),
        skips_number=st.booleans(),
        says_parts=st.booleans(),
        says_codes=st.booleans(),
        by_production=st.sampled_from([False, False, False, True]),
        part_style=st.sampled_from(["{} ({})", "{}, Part {}"]).map(lambda style: style.format),
        bare_first_part=st.booleans(),
        capital=st.booleans(),
        misspelt=SHARES,
        untitled=SHARES,
        misdated=SHARES,
        swapped=SHARES,
        missing=st.sampled_from([0.0, 0.01, 0.02]),
        specials=st.integers(0, 3),
    ),
    min_size=2,
    max_size=3,
    unique_by=lambda habits: habits.source,
)


@cache
def drawn_worlds() -> World:
    """Worlds whose sources have any habits in any mixture: shifts, gaps, splits, swaps, all of them or none."""
    drawn: list[World] = []

    @settings(PROPERTY, max_examples=DRAWN, phases=[Phase.generate])
    @given(st.integers(0, 2**32 - 1), SOURCES)
    def draw(seed: int, sources: list[Habits]) -> None:
        drawn.append(make_world(random.Random(seed), f"d{len(drawn)}", sources))  # noqa: S311

    draw()
    return together(drawn)


def test_worlds_of_any_habits_are_drawn() -> None:
    told = drawn_worlds().rows
    assert told["series"].n_unique() == DRAWN
    assert told.group_by("series").agg(pl.col("source").n_unique())["source"].is_between(2, 3).all()
    assert told.filter(pl.col("title").is_null()).height > 100


def test_in_drawn_worlds_rows_find_each_other_without_registry() -> None:
    world = drawn_worlds()
    done = identify(world.rows, world.registry.clear(), pins())
    linked, true = pairs(links_of(done), parts_of(done)), pairs(world.truth, world.parts)
    assert share(linked & pairs(world.truth, {}), linked) >= 0.999
    assert share(linked & true, true) >= 0.98
    assert ids(done.links) | ids(done.review) | ids(done.rejects) == ids(world.rows)


def test_in_drawn_worlds_rows_find_their_episodes() -> None:
    world = drawn_worlds()
    linked, true = set(links_of(identify(world.rows, world.registry, pins())).items()), set(world.truth.items())
    assert share(linked & true, linked) >= 0.999
    assert share(linked & true, true) >= 0.995


@pytest.mark.parametrize("has_registry", [False, True])
def test_what_is_not_sure_waits_and_nothing_is_dropped(has_registry: bool) -> None:
    world, done = worlds(1), found(1, has_registry=has_registry)
    assert ids(done.links) | ids(done.review) | ids(done.rejects) == ids(world.rows)
    assert done.links.height + done.review.height + done.rejects.height == world.rows.height
    assert not ids(done.rejects) & world.truth.keys()
    linked, true = pairs(links_of(done), parts_of(done)), pairs(world.truth, world.parts)
    untold = [pair for pair in true - linked if not pair & ids(done.review)]
    assert share(untold, true) <= 0.002


def test_no_special_is_taken_for_an_episode() -> None:
    world, done = worlds(1), found(1, has_registry=False)
    assert ids(done.links) <= world.truth.keys()


@pytest.mark.parametrize("has_registry", [False, True])
def test_a_source_is_linked_one_to_one(has_registry: bool) -> None:
    links = found(1, has_registry=has_registry).links
    assert not links.select("source", "episode_key", pl.col("part").fill_null(1)).is_duplicated().any()


def test_every_link_says_what_speaks_for_it() -> None:
    links = found(1, has_registry=False).links
    assert {"new", "title", "production_code", "assignment"} == set(links["method"])
    assert (links["evidence"].str.len_chars() > 10).all()
    assert links.filter(method="assignment")["score"].min() >= 0.85  # type: ignore[operator]
