"""How the run went, as tables and as run.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import polars as pl

from etl.asking import Asked
from etl.checks_told import checks_in_run
from etl.errors import ContractBroken
from etl.franchise import Franchise
from etl.licence import prose_left_out
from etl.options import Options
from etl.rows import Rows
from etl.source_health import append_history, health_of_run, history_of
from etl.transform import coverage
from etl.transform.identify import Identified
from etl.validate import Problem
from schemas.columns import polars_schema
from schemas.history import ROW_GONE
from schemas.runs import ERRORS, RUN_SERIES, RUNS, SOURCES
from schemas.tables import CONTRACT_VERSION

Tables = Mapping[str, pl.DataFrame]
_MOST_DRIFT = 200
_LONGEST_DRIFT = 120


def book_run(
    franchise: Franchise,
    options: Options,
    asked: Sequence[Asked],
    accounts: pl.DataFrame,
    tables: Tables,
    last: Tables,
    *,
    release: int,
    compared_with: str | None,
) -> dict[str, pl.DataFrame]:
    """Make the tables `sources`, `errors`, `runs`, `source_history` and `run_series`; history goes on.

    `release` is the number of this one, `compared_with` the run that made the one before.
    """
    errors = errors_table(asked, run_id_of(options))
    run = {
        "run_id": run_id_of(options),
        "as_of": options.as_of,
        "version": version("trek-etl"),
        "franchise": franchise.code,
        "numbering": options.numbering,
        "episodes": tables["episodes"].height,
        "movies": tables["movies"].height,
        "quality_overall": mean_quality(tables["episodes"]),
        "conflicts": tables["conflicts"].height,
        "in_review": tables["review"].height,
        "rejects": tables["rejects"].height,
        "errors": errors.height,
        "release": release,
        "compared_with": compared_with,
    }
    history = last["runs"].filter(pl.col("run_id") != run["run_id"])
    runs = pl.concat([history, pl.DataFrame([run], schema=polars_schema(RUNS))]).sort("as_of", "run_id")
    sources = sources_table(asked, accounts, tables["field_values"])
    fared = history_of(sources, run_id_of(options), options.as_of)
    return {
        "sources": sources,
        "errors": append_history(last["errors"], errors, runs, run_id_of(options)),
        "runs": runs,
        "source_history": append_history(last["source_history"], fared, runs, run_id_of(options)),
        "run_series": series_history(options, tables["episodes"], last["run_series"]),
    }


def series_history(options: Options, episodes: pl.DataFrame, last: pl.DataFrame) -> pl.DataFrame:
    """The table `run_series`: one row of this run for each series in `episodes`, behind those of the last release."""
    history = last.filter(pl.col("run_id") != run_id_of(options))
    now = episodes.group_by("series").agg(
        pl.len().cast(pl.Int64).alias("episodes"), pl.col("quality_overall", "quality_completeness").mean()
    )
    booked = now.with_columns(run_id=pl.lit(run_id_of(options)), as_of=pl.lit(options.as_of))
    return pl.concat([history, booked.select(*polars_schema(RUN_SERIES)).cast(polars_schema(RUN_SERIES))]).sort(
        "as_of", "run_id", "series"
    )


def run_id_of(options: Options) -> str:
    """The run's id: the time that ages are measured at, so that a replay has the same."""
    return f"{options.as_of:%Y%m%dT%H%M%SZ}"


def mean_quality(episodes: pl.DataFrame) -> float:
    """Mean overall quality; 0 for no episodes."""
    total = float(episodes["quality_overall"].sum())
    return total / max(episodes.height, 1)


def account_for_rows(asked: Sequence[Asked], rows: Rows, identified: Identified) -> pl.DataFrame:
    """Count the rows of every source: columns source, rows, linked, rejected, in_review.

    Raises ContractBroken if a row is in none of links, rejects and review, or in two of them.
    """
    refused = pl.concat([one.extracted.rejects.select("source") for one in asked])
    counted = {
        "rows": (rows.episodes, rows.movies, refused),
        "linked": (identified.links, rows.movies),
        "rejected": (identified.rejects, refused),
        "in_review": (identified.review,),
    }
    table = pl.DataFrame({"source": [one.source.name for one in asked]})
    for name, frames in counted.items():
        numbers = pl.concat([frame.select("source") for frame in frames]).group_by("source").len(name)
        table = table.join(numbers.cast({name: pl.Int64}), on="source", how="left", validate="1:1")
    table = table.fill_null(0)
    lost = table.filter(pl.col("rows") != pl.col("linked") + pl.col("rejected") + pl.col("in_review"))
    if lost.height:
        raise ContractBroken(f"Rows were lost or counted twice between reading and linking: {lost.to_dicts()}")
    return table


def sources_table(asked: Sequence[Asked], accounts: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """The table `sources`: what each gave, what it cost, and how it fares."""
    carried = values.filter("is_stale").group_by("source").agg(carried=pl.col("episode_key").n_unique().cast(pl.Int64))
    costs = [
        {
            "source": one.source.name,
            "title": one.source.title,
            "status": one.status,
            "requests": one.usage.requests,
            "cache_hits": one.usage.cache_hits,
            "tokens": one.usage.tokens,
            "retries": one.usage.retries,
            "errors": len(one.extracted.errors),
            "waited_s": round(one.usage.waited_s, 3),
            **health_of_run(one),
            "licence": one.source.licence,
            "lineage": one.source.lineage,
        }
        for one in asked
    ]
    schema = polars_schema(SOURCES)
    given = ("rows", "linked", "rejected", "in_review", "carried")
    return (
        pl.DataFrame(costs, schema={name: data_type for name, data_type in schema.items() if name not in given})
        .join(accounts, on="source", validate="1:1")
        .join(carried, on="source", how="left", validate="1:1")
        .with_columns(pl.col("carried").fill_null(0))
        .select(*schema)
    )


def errors_table(asked: Sequence[Asked], run_id: str) -> pl.DataFrame:
    """The rows of the table `errors` of one run: what failed, and what to do about it."""
    return pl.DataFrame(
        [
            {
                "run_id": run_id,
                "source": error.source,
                "category": error.category.value,
                "message": error.message,
                "concerns": error.concerns,
                "status": error.status,
                "url": error.url,
                "is_retryable": error.category.is_retryable,
                "advice": error.category.advice,
            }
            for one in asked
            for error in one.extracted.errors
        ],
        schema=polars_schema(ERRORS),
    )


def describe_run(
    franchise: Franchise, options: Options, asked: Sequence[Asked], tables: Tables, problems: Sequence[Problem]
) -> dict[str, Any]:
    """What goes into run.json: what happened, with the keys that VBS's workflow reads (vbs-behaviour.md, 21).

    Nothing here depends on the clock, on where the folder is or on what was in the cache, so that a replay writes the
    same bytes; requests, waiting and history stand in the database. `problems` are what was found in the database; the
    files are verified after run.json is written, and a release that fails is not published, so that `status` is always
    true.
    """
    episodes, threshold = tables["episodes"], threshold_of(franchise, options)
    newest = tables["runs"].sort("release").row(-1, named=True)
    average = mean_quality(episodes)
    above = episodes.filter(pl.col("quality_overall") >= threshold).height
    failed = sum(len(one.extracted.errors) for one in asked)
    return {
        "run_id": run_id_of(options),
        "as_of": f"{options.as_of:%Y-%m-%dT%H:%M:%SZ}",
        "generatedAt": f"{options.as_of:%Y-%m-%dT%H:%M:%SZ}",
        "version": version("trek-etl"),
        "contract_version": CONTRACT_VERSION,
        "franchise": franchise.code,
        "mode": "incremental" if options.is_incremental else "full",
        "dryRun": False,
        "licence_safe": {"is_on": options.is_licence_safe, "prose_left_out": list(prose_left_out(options))},
        "release": newest["release"],
        "changes": {
            "compared_with": newest["compared_with"],
            **_counted(tables["changes"]),
        },
        "numbering": {"scheme": options.numbering, "seasons_numbered_as_aired": _fallen_back(tables["gated"], options)},
        "counts": {
            "eras": tables["eras"].height,
            "items": tables["seasons"].height + tables["movies"].height,
            "episodes": episodes.height,
            "movies": tables["movies"].height,
            "series": tables["series"].height,
        },
        "quality": {
            "averageQualityScorePercent": round(100 * average, 2),
            "qualityThresholdPercent": round(100 * threshold, 2),
            "itemsAboveThreshold": above,
            "itemsBelowThreshold": episodes.height - above,
            "totalValidationIssues": sum(problem.severity != "notice" for problem in problems),
        },
        "validation": {
            "duplicateIds": _duplicate_ids(tables),
            "validationErrors": sum(problem.severity == "error" for problem in problems),
            "validationWarnings": sum(problem.severity == "warning" for problem in problems),
        },
        "checks": checks_in_run(tables),
        "status": {"fileWritten": True, "outputVerified": True},
        "errors": {
            "total": failed,
            "errorRatePercent": round(100 * failed / max(failed + sum(one.extracted.answers for one in asked), 1), 2),
        },
        "sources": {
            row["source"]: {
                **{
                    name: row[name]
                    for name in ("status", "rows", "linked", "rejected", "in_review", "carried", "errors")
                },
                "error_rate_percent": None if row["error_rate"] is None else round(100 * row["error_rate"], 2),
            }
            for row in tables["sources"].iter_rows(named=True)
        },
        "review": tables["review"].height,
        "rejects": tables["rejects"].height,
        "conflicts": tables["conflicts"].height,
        "stale_episodes": episodes.filter("is_stale").height,
        "lapsed_decisions": tables["lapsed"]["decision"].to_list(),
        "gaps": gaps_by_source(tables["coverage"], tables["sources"]),
        "drift": {one.source.name: _shown(one.extracted.drift) for one in asked if one.extracted.drift},
    }


def _counted(changes: pl.DataFrame) -> dict[str, int]:
    """How many episodes, films, public ids or series of a source changed, a kind; no kind where nothing did."""
    subjects = changes.filter(pl.col("kind") != ROW_GONE).select("kind", "series", "subject").unique()
    return dict(subjects.group_by("kind").len().sort("kind").iter_rows())


def _shown(drift: Sequence[str]) -> list[str]:
    """What a source sent that nobody expected, cut where it is no news any more but an attack or a fault."""
    shown = [name[:_LONGEST_DRIFT] for name in drift[:_MOST_DRIFT]]
    return shown + ([f"and {len(drift) - _MOST_DRIFT} more"] if len(drift) > _MOST_DRIFT else [])


def threshold_of(franchise: Franchise, options: Options) -> float:
    """The quality that an episode must reach."""
    return franchise.quality.threshold if options.threshold is None else options.threshold


def gaps_by_source(covered: pl.DataFrame, sources: pl.DataFrame) -> dict[str, list[str]]:
    """What sources that answered leave out, a few words a season or series: "titles of tng 2 (0 of 22)"."""
    answered = sources.filter(pl.col("rows") > 0)["source"].to_list()
    place = pl.concat_str("series", "season", separator=" ", ignore_nulls=True)
    words = pl.format("{} of {} ({} of {})", "what", place, "told", "episodes")
    found = coverage.gaps(covered, answered).group_by("source", maintain_order=True).agg(words=words)
    return {source: list(several) for source, several in found.iter_rows()}


def _duplicate_ids(tables: Tables) -> int:
    """How many public ids of seasons, episodes and films stand more than once."""
    columns = (tables["seasons"]["season_id"], tables["episodes"]["episode_id"], tables["movies"]["movie_id"])
    return int(pl.concat([column.rename("id") for column in columns]).value_counts().filter(pl.col("count") > 1).height)


def _fallen_back(numbered: pl.DataFrame, options: Options) -> list[str]:
    """Seasons that the chosen scheme could not number whole."""
    others = numbered.filter(pl.col("numbered_by") != options.numbering).select("series", "season").unique()
    return [f"{series}_s{season}" for series, season in others.sort("series", "season").iter_rows()]
