"""How well the linker does in hard worlds of a known truth: what it links is right, and what is not sure waits."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import combinations

import polars as pl
import pytest
from linker_world import World, make_world
from transform_factory import pins

from etl.transform.identify import Identified, identify

WORLDS = 64
Id = tuple[str, str]
Pair = frozenset[Id]


@cache
def worlds(seed: int) -> World:
    """Many worlds as so many series, because what is correct in a series is correct in all together."""
    chance = random.Random(seed)  # noqa: S311
    made = [make_world(chance, f"w{place}") for place in range(WORLDS)]
    return World(
        pl.concat([world.rows for world in made]),
        {row: key for world in made for row, key in world.truth.items()},
        {row: part for world in made for row, part in world.parts.items()},
        pl.concat([world.registry for world in made]),
    )


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
    # Two rows that both have no title have nothing but a number and a day in common: they wait.
    untitled = ids(world.rows.filter(pl.col("title").is_null()))
    true = {pair for pair in pairs(world.truth, world.parts) if not pair <= untitled}
    assert share(linked & same_story, linked) >= 0.999
    assert share(linked & true, true) >= 0.98


@pytest.mark.parametrize("seed", [1, 2])
def test_with_a_registry_rows_find_their_episodes(seed: int) -> None:
    world, done = worlds(seed), found(seed, has_registry=True)
    linked, true = set(links_of(done).items()), set(world.truth.items())
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
