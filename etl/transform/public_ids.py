"""What every public id means and has meant, and from it the redirects from old ids to those of this release."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from etl.transform.changes import Published
from schemas.columns import polars_schema
from schemas.history import PUBLIC_ID, PUBLIC_IDS, REDIRECTS

KEY = "episode_key"
_MEANING = ["id", KEY]


@dataclass(frozen=True)
class Release:
    """A release: its number, the run that made it, and the scheme of its public ids."""

    number: int
    run_id: str
    numbering: str


def book_public_ids(
    last: pl.DataFrame, now: Published, changes: pl.DataFrame, *, release: Release, before: Release | None
) -> pl.DataFrame:
    """Go on with the book of public ids (contract PUBLIC_IDS): meanings that ended are closed, new ones begun.

    `last` is the book of the release `before`, which is None for a first one; `now` says what this `release` publishes
    and who is gone, `changes` (CHANGES) who let the guard pass a change.
    """
    meanings = pl.concat(
        [
            now.episodes.select(KEY, id="episode_id"),
            now.movies.select(pl.col("movie_key").alias(KEY), id="movie_id"),
        ]
    )
    is_open = pl.col("until_release").is_null()
    going_on = last.filter(is_open)
    ended = (
        going_on.join(meanings, on=_MEANING, how="anti")
        .drop("why", "accepted")
        .join(_reasons(now, changes), on=KEY, how="left", validate="m:1")
        .with_columns(
            until_release=pl.lit(before.number if before else None, pl.Int64),
            ended_by=pl.lit(release.run_id),
            why=pl.col("why").fill_null(_renumbered(release, before)),
        )
    )
    begun = meanings.join(going_on, on=_MEANING, how="anti").with_columns(
        numbering=pl.lit(release.numbering),
        since_release=pl.lit(release.number, pl.Int64),
        since_run=pl.lit(release.run_id),
        until_release=pl.lit(None, pl.Int64),
        ended_by=pl.lit(None, pl.String),
        why=pl.lit(None, pl.String),
        accepted=pl.lit(None, pl.String),
    )
    columns = list(polars_schema(PUBLIC_IDS))
    parts = [last.filter(~is_open), going_on.join(meanings, on=_MEANING, how="semi"), ended, begun]
    return pl.concat([part.select(columns) for part in parts]).sort("id", "since_release")


def _renumbered(release: Release, before: Release | None) -> str:
    if before is None or before.numbering == release.numbering:
        return "renumbered"
    return f"public ids count as {release.numbering} now, not as {before.numbering}"


def _reasons(now: Published, changes: pl.DataFrame) -> pl.DataFrame:
    """Columns episode_key, why (null for a mere renumbering), accepted: of every id that changed."""
    accepted = changes.filter(field=PUBLIC_ID).select("accepted", episode_key="subject")
    gone = now.tombstones.select(KEY, why=pl.format("removed: {}", "reason"))
    return accepted.join(gone, on=KEY, how="left", validate="1:1")


def find_redirects(ids: pl.DataFrame, tombstones: pl.DataFrame) -> pl.DataFrame:
    """Every old public id that leads elsewhere now: contract REDIRECTS.

    `ids` is PUBLIC_IDS, `tombstones` is TOMBSTONES. Chains are resolved by key: an old id leads to what its episode
    is called today. Where an id came back to its episode there is nothing to redirect.
    """
    is_open = pl.col("until_release").is_null()
    here = ids.filter(is_open).select(new_key=KEY, new_id="id")
    led = ids.filter(~is_open).join(_heirs(tombstones), on=KEY, how="left", validate="m:1")
    return (
        led.with_columns(new_key=pl.coalesce("heir", KEY))
        .join(here, on="new_key", how="left", validate="m:1")
        .filter(pl.col("new_id").ne_missing(pl.col("id")))
        .with_columns(new_key=pl.when(pl.col("new_id").is_not_null()).then("new_key"))
        .rename({"id": "old_id", KEY: "old_key"})
        .select(*polars_schema(REDIRECTS))
        .sort("old_id", "since_release")
    )


def _heirs(tombstones: pl.DataFrame) -> pl.DataFrame:
    """Columns episode_key, heir: who has the place of a removed episode, through any number of removals."""
    heirs = tombstones.select(KEY, heir="replaced_by")
    # Each round doubles the length of the chains that are resolved.
    for _ in range(tombstones.height.bit_length()):
        further = heirs.rename({KEY: "heir", "heir": "further"})
        heirs = heirs.join(further, on="heir", how="left", validate="m:1").select(
            KEY, heir=pl.coalesce("further", "heir")
        )
    return heirs
