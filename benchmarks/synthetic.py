"""Made-up rows of several sources, any number of them: the same seed gives the same rows on every machine.

They have the shape that the merge takes: one row a source and episode, lists of people, gaps, and here and there a
source that is a day off, spells a name otherwise or knows fewer people.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl

from etl.transform.merge import KEY
from schemas.columns import polars_schema
from schemas.conformed import EPISODE_ROWS
from schemas.episodes import EPISODES, MERGED_FIELDS

SOURCES = ("memory_alpha", "tmdb", "stapi", "catalogue")
LINEAGES = {"memory_alpha": "memory_alpha", "tmdb": "tmdb", "stapi": "memory_alpha", "catalogue": "catalogue"}
WITNESSES = {source: lineage for source, lineage in LINEAGES.items() if source != "catalogue"}
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)

_PRIME = 2_147_483_647
_EPISODES_A_SERIES = 200
_FIRST_NAMES = ("Ada", "Boris", "Chidi", "Dara", "Émile", "Farah", "Göran", "Hana", "Ivo", "Jun", "D. C.", "Kofi")
_LAST_NAMES = ("Abara", "Brandt", "Castillo", "Dufour", "Eriksen", "Fontana", "Guerra", "Hale", "O'Brien", "Jansen")
_NOUNS = ("Arsenal", "Balance", "Children", "Devil", "Echo", "Frontier", "Ghost", "Haven", "Island", "Journey", "Knife")
_PLACES = ("of Time", "in the Dark", "at Dawn", "of the Mind", "Below", "and the Stars", "of Freedom", "Between Worlds")
_SENTENCES = (
    "The crew is called to a colony that no longer answers.",
    "A signal of unknown origin takes hold of the ship.",
    "Two worlds want peace, and each of them fears the treaty.",
    "Nobody remembers the last nineteen hours.",
    "The away team finds a city that was never finished.",
)


def source_rows(count: int, seed: int = 1701, *, first: int = 0) -> pl.DataFrame:
    """Make `count` rows from row `first` on, both multiples of 4: each episode is told by every one of SOURCES."""
    place = pl.int_range(first, first + count, dtype=pl.Int64)
    return (
        pl.select(row=place)
        .with_columns(story=pl.col("row") // len(SOURCES), teller=pl.col("row") % len(SOURCES))
        .with_columns(source=_one_of(SOURCES, pl.col("teller")))
        .select(
            _key().alias(KEY),
            "source",
            **_facts(seed),
            source_url=pl.format("https://{}.example/episodes/{}", "source", "story"),
            fetched_at=pl.lit(AS_OF) - pl.duration(days=_draw("row", seed, 90) % 60),
            is_stale=pl.lit(value=False),
        )
        .cast({name: data_type for name, data_type in EPISODE_ROWS.items() if name in MERGED_FIELDS})
    )


def registry_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Make the registry that the rows belong to: their keys with series, season, episode and parts."""
    place = pl.col(KEY).str.extract(r"(\d+)$").cast(pl.Int64) % _EPISODES_A_SERIES
    return rows.select(pl.col(KEY).unique(maintain_order=True)).select(
        KEY,
        series=pl.col(KEY).str.split(":").list.first(),
        season=place // 25 + 1,
        episode=place % 25 + 1,
        parts=pl.lit(1, pl.Int64),
    )


def merged_schema() -> pl.Schema:
    """The fields that are merged, with their types."""
    return pl.Schema({name: polars_schema(EPISODES)[name] for name in MERGED_FIELDS})


def _key() -> pl.Expr:
    return pl.format("s{}:story-{}", pl.col("story") // _EPISODES_A_SERIES, "story")


def _facts(seed: int) -> dict[str, pl.Expr]:
    """All fields of an episode; what a story is comes from `story`, what a source gets wrong from `row`."""
    first_day, slip = date(1966, 9, 8), _draw("row", seed, 1) % 25
    day = pl.lit(first_day) + pl.duration(days=pl.col("story") % 20_000)
    stardate = 1000.0 + (_draw("story", seed, 2) % 900_000) / 10.0
    year = 2151 + pl.col("story") % 250
    people = {name: _people(place, most, seed) for place, (name, most) in enumerate(_MOST_PEOPLE.items(), start=30)}
    from_wiki, from_tmdb = pl.col("source").is_in(["memory_alpha", "catalogue"]), pl.col("source") == "tmdb"
    prose = " ".join(["{}"] * 3)
    facts = {
        "title": pl.format(
            "{} {} {}", _one_of(_NOUNS, _draw("story", seed, 3)), _one_of(_PLACES, _draw("story", seed, 4)), "story"
        ),
        "air_date": pl.when(slip == 0).then(day + timedelta(days=1)).otherwise(day),
        "stardate_from": _known(stardate, 70, seed, 10),
        "stardate_to": _known(stardate + 2.5, 70, seed, 10),
        "year_from": _known(year, 60, seed, 11),
        "year_to": _known(year, 60, seed, 11),
        "synopsis": _known(
            pl.format(prose, *(_one_of(_SENTENCES, _draw("row", seed, n)) for n in (5, 6, 7))), 80, seed, 12
        ),
        "production_codes": _known(pl.concat_list(pl.format("4027{}-{}", pl.col("story") % 7, "story")), 60, seed, 13),
        **people,
        "plot_points": pl.when(from_wiki).then(
            pl.concat_list(_one_of(_SENTENCES, _draw("story", seed, n)) for n in (8, 9))
        ),
        "connections": pl.lit(None),
        "runtime_min": _known(44 + pl.col("story") % 4, 70, seed, 14),
        "tmdb_id": pl.when(from_tmdb).then(pl.col("story") + 100_000),
        "imdb_id": _known(pl.format("tt{}", pl.col("story") + 1_000_000), 60, seed, 15),
        "memory_alpha_url": pl.when(from_wiki).then(pl.format("https://wiki.example/Story_{}", "story")),
    }
    return {name: facts[name] for name in MERGED_FIELDS}


_MOST_PEOPLE = {"directors": 1, "writers": 2, "story_by": 1, "guest_stars": 6}


def _people(place: int, most: int, seed: int) -> pl.Expr:
    """The same people for a story whoever tells it, but now and then the last one is missing."""
    names = [
        pl.format(
            "{} {}",
            _one_of(_FIRST_NAMES, _draw("story", seed, place * 10 + one)),
            _one_of(_LAST_NAMES, _draw("story", seed, place * 10 + one + 5)),
        )
        for one in range(most)
    ]
    kept = pl.when(_draw("row", seed, place) % 10 == 0).then(max(1, most - 1)).otherwise(most)
    return _known(pl.concat_list(names).list.head(kept), 85, seed, place + 1)


def _known(value: pl.Expr, percent: int, seed: int, purpose: int) -> pl.Expr:
    return pl.when(_draw("row", seed, purpose) % 100 < percent).then(value)


def _one_of(values: tuple[str, ...], number: pl.Expr) -> pl.Expr:
    return (number % len(values)).replace_strict(dict(enumerate(values)), return_dtype=pl.String)


def _draw(of: str, seed: int, purpose: int) -> pl.Expr:
    """A number from 0 to 2^31 - 2 that looks drawn at random: plain arithmetic, so that no library's hash matters."""
    mixed = (pl.col(of) * 48_271 + (seed * 7_919 + purpose) * 69_621 + 1) % _PRIME
    return (mixed * mixed + purpose) % _PRIME
