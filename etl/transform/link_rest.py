"""The assignment as a step between frames: the rest of a source's rows, series by series."""

from __future__ import annotations

import polars as pl

from etl.transform.assignment import Assigned, Choice, assign
from etl.transform.link_evidence import Known, Row
from schemas.columns import polars_schema
from schemas.provenance import LINKS

HINTS = pl.Schema(
    {"source_id": pl.String, "candidate": pl.String, "score": pl.Float64, "rival": pl.String, "rival_score": pl.Float64}
)
"""What an unlinked row is likeliest, and what comes next."""

_ROW = (
    "source_id",
    "season",
    "number",
    "title_key",
    "part",
    "air_date",
    "is_attested",
    "is_only_title",
    "production_codes",
)
_KNOWN = ("episode_key", "season", "place", "title_keys", "part", "parts", "air_date", "production_codes")


def link_rest(rows: pl.DataFrame, registry: pl.DataFrame, links: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add to `links` the sure ones among the rest of one source's `rows`; of the others give HINTS.

    `registry` is REGISTRY with `place`, the number by which an episode stands in its season.
    """
    own = links.join(rows.select("source", "source_id"), on=["source", "source_id"], how="semi")
    unlinked = rows.join(own, on=["source", "source_id"], how="anti")
    told = rows.with_columns(is_only_title=pl.len().over("series", "title_key") == 1)
    known = registry.join(unlinked, on="series", how="semi").sort("episode_key").partition_by("series", as_dict=True)
    asked = told.join(unlinked, on="series", how="semi").sort("source_id").partition_by("series", as_dict=True)
    taken = {source_id: (key, part) for source_id, key, part in own.select("source_id", "episode_key", "part").rows()}
    done = [
        assign(_rows(asked[series]), _known(known[series]), _of(asked[series], taken))
        for series in sorted(asked.keys() & known.keys())
    ]
    found = [_link_row(rows["source"][0], choice) for one in done for choice in one.links]
    return (
        pl.concat([links, pl.DataFrame(found, schema=polars_schema(LINKS), orient="row")]),
        pl.DataFrame([hint for one in done for hint in _hints(one)], schema=HINTS, orient="row"),
    )


def _rows(frame: pl.DataFrame) -> list[Row]:
    return [
        Row(**{**one, "production_codes": tuple(one["production_codes"] or ())})
        for one in frame.select(_ROW).to_dicts()
    ]


def _known(frame: pl.DataFrame) -> list[Known]:
    return [
        Known(**{**one, **{name: tuple(one[name] or ()) for name in ("title_keys", "production_codes")}})
        for one in frame.select(_KNOWN).to_dicts()
    ]


def _of(rows: pl.DataFrame, taken: dict[str, tuple[str, int | None]]) -> dict[str, tuple[str, int | None]]:
    return {source_id: taken[source_id] for source_id in rows["source_id"] if source_id in taken}


def _link_row(source: str, choice: Choice) -> tuple[str, str, str, int | None, str, float, str]:
    return (
        source,
        choice.source_id,
        choice.episode_key,
        choice.part,
        "assignment",
        choice.score,
        choice.evidence,
    )


def _hints(assigned: Assigned) -> list[tuple[str, str, float, str | None, float | None]]:
    return [
        (
            source_id,
            best[0].episode_key,
            best[0].score,
            best[1].episode_key if len(best) > 1 else None,
            best[1].score if len(best) > 1 else None,
        )
        for source_id, best in assigned.left.items()
    ]
