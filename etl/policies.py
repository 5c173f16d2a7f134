"""The franchise in plain values, as transforms want them: no transform knows what a franchise file is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from etl.errors import InputError
from etl.extract.shapes import Scope
from etl.franchise import Franchise, Series
from etl.options import Options
from etl.sources import SOURCES
from etl.transform.chronology import SEASON_FACTS
from schemas.episodes import MERGED_FIELDS, MOVIE_FIELDS

COMPARISONS: Mapping[str, str] = {
    name: str((column.metadata or {})["merges"]) for name, column in MERGED_FIELDS.items()
}
MOVIE_COMPARISONS: Mapping[str, str] = {"release_date": "equal", **{name: COMPARISONS[name] for name in MOVIE_FIELDS}}

LINEAGES = {source.name: source.lineage for source in SOURCES.values()}
WITNESS_LINEAGES = {source.name: source.lineage for source in SOURCES.values() if not source.is_compilation}


def scope_of(franchise: Franchise, options: Options) -> Scope:
    """What to ask for. Raises InputError for a series that the franchise does not have, or a season without series."""
    if options.season is not None and not options.series:
        raise InputError("--season needs a series.", where="--season", mend="Add --series CODE.")
    unknown = [code for code in options.series if code not in franchise.series_codes]
    if unknown:
        raise InputError(
            f"{unknown[0]!r} is no series of {franchise.name}.",
            where="--series",
            mend=f"Known are {', '.join(franchise.series_codes)}.",
        )
    if not options.series:
        return Scope(franchise.series, franchise.films)
    chosen = tuple(series for series in franchise.series if series.code in options.series)
    _refuse_unknown_season(chosen, options.season)
    return Scope(chosen, (), options.season)


def _refuse_unknown_season(chosen: Sequence[Series], season: int | None) -> None:
    """A series that still runs, or whose seasons are not listed, may have any season; an ended one may not."""
    known = [number.number for series in chosen for number in series.seasons]
    is_open = any(not series.is_ended or not series.seasons for series in chosen)
    if season is not None and season not in known and not is_open:
        raise InputError(
            f"{', '.join(series.code for series in chosen)} has no season {season}.",
            where="--season",
            mend=f"Known are {', '.join(map(str, sorted(set(known))))}.",
        )


def still_to_ask(scope: Scope, published: set[str], *, is_incremental: bool) -> Scope:
    """Leave out, in incremental mode, series that have ended and that the last release holds already."""
    if not is_incremental:
        return scope
    return Scope(tuple(s for s in scope.series if not (s.is_ended and s.code in published)), scope.films, scope.season)


def ids_of(source: str, franchise: Franchise) -> dict[str, str]:
    """The code of every series by its pinned id at a source."""
    return {series.ids[source]: series.code for series in franchise.series if source in series.ids}


def film_keys_of(source: str, franchise: Franchise) -> dict[str, str]:
    """The key of every film by its pinned id at a source."""
    return {film.ids[source]: f"film:{film.code}" for film in franchise.films if source in film.ids}


def rules_of(franchise: Franchise) -> dict[str, str]:
    """The merge rule of every field."""
    return {field: franchise.merge.policy(field).rule for field in {**COMPARISONS, **MOVIE_COMPARISONS}}


def orders_of(franchise: Franchise) -> dict[str, tuple[str, ...]]:
    """The order of sources of every field."""
    return {
        field: franchise.merge.policy(field).order or franchise.merge.order
        for field in {**COMPARISONS, **MOVIE_COMPARISONS}
    }


def half_lives(franchise: Franchise) -> pl.DataFrame:
    """Columns series and half_life_days: data of a series that has ended grow old more slowly."""
    policy = franchise.quality
    return pl.DataFrame(
        {
            "series": list(franchise.series_codes),
            "half_life_days": [
                policy.half_life_ended_days if series.is_ended else policy.half_life_running_days
                for series in franchise.series
            ],
        },
        schema={"series": pl.String, "half_life_days": pl.Float64},
    )


def eras_table(franchise: Franchise) -> pl.DataFrame:
    """The table `eras`, in the order of the franchise file."""
    columns = ("title", "years", "stardates", "description")
    return pl.DataFrame(
        [
            {"era": era.id, "position": place, **{name: getattr(era, name) for name in columns}}
            for place, era in enumerate(franchise.eras, start=1)
        ],
        schema={"era": pl.String, "position": pl.Int64, **dict.fromkeys(columns, pl.String)},
    )


def season_facts(franchise: Franchise, seasons: pl.DataFrame) -> pl.DataFrame:
    """What the franchise says of the seasons named in `seasons` (columns series, season): contract SEASON_FACTS."""
    rows = [
        _facts_of(franchise, franchise.series_by_code(code), number)
        for code, number in seasons.select("series", "season").unique(maintain_order=True).iter_rows()
    ]
    return pl.DataFrame(rows, schema=SEASON_FACTS)


def _facts_of(franchise: Franchise, series: Series, number: int) -> dict[str, object]:
    season = next((season for season in series.seasons if season.number == number), None)
    era = franchise.era_of_season(series.code, number)
    own_name = season.name if season else ""
    return {
        "series": series.code,
        "season": number,
        "era": era.id if era else None,
        "years": (season.years if season else "") or None,
        "title": f"{series.name} – {own_name}" if own_name else f"{series.name} Season {number}",
        "kind": series.kind,
    }


def film_facts(franchise: Franchise) -> pl.DataFrame:
    """Columns movie_key, movie_id, era, years of every film."""
    era_of = {code: era.id for era in franchise.eras for code in era.films}
    return pl.DataFrame(
        [
            {
                "movie_key": f"film:{film.code}",
                "movie_id": film.code,
                "era": era_of.get(film.code),
                "years": film.years or None,
            }
            for film in franchise.films
        ],
        schema={"movie_key": pl.String, "movie_id": pl.String, "era": pl.String, "years": pl.String},
    )


def series_facts(franchise: Franchise) -> pl.DataFrame:
    """Columns series, position, name, kind, is_ended, tmdb_id, imdb_id: what the franchise file says of its series."""
    return pl.DataFrame(
        [
            {
                "series": series.code,
                "position": place,
                "name": series.name,
                "kind": series.kind,
                "is_ended": series.is_ended,
                "tmdb_id": int(series.ids["tmdb"]) if "tmdb" in series.ids else None,
                "imdb_id": series.ids.get("imdb"),
            }
            for place, series in enumerate(franchise.series, start=1)
        ],
        schema={
            "series": pl.String,
            "position": pl.Int64,
            "name": pl.String,
            "kind": pl.String,
            "is_ended": pl.Boolean,
            "tmdb_id": pl.Int64,
            "imdb_id": pl.String,
        },
    )


def trust_table() -> pl.DataFrame:
    """Columns source, confidence, uptime, accuracy: how far each source is trusted, by its record."""
    # A person's correction is as sure as can be: whoever wrote it saw more than any source.
    certain = {"source": "override", "confidence": 1.0, "uptime": 1.0, "accuracy": 1.0}
    trusted = [
        {name: getattr(source, name) for name in ("confidence", "uptime", "accuracy")} for source in SOURCES.values()
    ]
    return pl.DataFrame(
        [{"source": name, **trust} for name, trust in zip(SOURCES, trusted, strict=True)] + [certain],
        schema={"source": pl.String, **dict.fromkeys(("confidence", "uptime", "accuracy"), pl.Float64)},
    )


def episodes_to_ask(scope: Scope, registry: pl.DataFrame, sources: Sequence[str]) -> pl.DataFrame:
    """Columns source, episode_key: of which known episodes and films each source was to speak."""
    wanted = registry.filter(pl.col("series").is_in([series.code for series in scope.series]))
    if scope.season is not None:
        wanted = wanted.filter(season=scope.season)
    keys = [*wanted["episode_key"], *(f"film:{film.code}" for film in scope.films)]
    return pl.DataFrame({"source": list(sources)}, schema={"source": pl.String}).join(
        pl.DataFrame({"episode_key": keys}, schema={"episode_key": pl.String}), how="cross"
    )


def episodes_wanted(franchise: Franchise, registry: pl.DataFrame, sources: Sequence[str]) -> pl.DataFrame:
    """Columns source, episode_key: which episodes and films each source can know, because it has their series.

    Unlike `episodes_to_ask`, whatever the scope of the run: a series that is not asked for again is known from before.
    """
    bundled = {source.name for source in SOURCES.values() if source.is_compilation}
    series_of = [(name, one.code) for name in sources for one in franchise.series if name in one.ids or name in bundled]
    films_of = [
        (name, f"film:{one.code}") for name in sources for one in franchise.films if name in one.ids or name in bundled
    ]
    told_of = pl.DataFrame(series_of, schema={"source": pl.String, "series": pl.String}, orient="row")
    films = pl.DataFrame(films_of, schema={"source": pl.String, "episode_key": pl.String}, orient="row")
    return pl.concat([told_of.join(registry, on="series", validate="m:m").select("source", "episode_key"), films])


def movie_links(rows: pl.DataFrame) -> pl.DataFrame:
    """The table `movie_links` for rows of films (MOVIE_ROWS), which are known by the ids the franchise file pins."""
    return rows.select(
        "source",
        "source_id",
        "movie_key",
        method=pl.when(source="catalogue").then(pl.lit("registered")).otherwise(pl.lit("pinned")),
        evidence=pl.format("the franchise file pins {} id {}", "source", "source_id"),
    )
