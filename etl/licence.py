"""`--licence-safe`: whose sentences a release must not hold, and what is done about it."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from etl import policies
from etl.franchise import Franchise
from etl.options import Options
from etl.sources import SOURCES
from etl.transform import merge, prose
from schemas.episodes import MOVIE_WEIGHTS, PROSE_FIELDS, WEIGHTS


def prose_left_out(options: Options) -> tuple[str, ...]:
    """The names of the sources whose sentences stay out of the release."""
    return tuple(name for name, source in SOURCES.items() if options.is_licence_safe and not source.is_prose_free)


def limit_release(franchise: Franchise, options: Options, last: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables of the last release as they would be if it had been made with these options."""
    if not options.is_licence_safe:
        return dict(last)
    values, lost = prose.choose_again(
        last["field_values"],
        PROSE_FIELDS,
        prose_left_out(options),
        lambda left: merge.choose(
            left, policies.rules_of(franchise), policies.orders_of(franchise), policies.WITNESS_LINEAGES
        ),
    )
    return {
        **last,
        "field_values": values,
        "episodes": prose.fill_again(last["episodes"], "episode_key", values, lost, WEIGHTS),
        "movies": prose.fill_again(last["movies"], "movie_key", values, lost, MOVIE_WEIGHTS),
    }


def limit_values(options: Options, values: pl.DataFrame) -> pl.DataFrame:
    """What the sources say (FIELD_VALUES), without sentences that must stay out."""
    return prose.without_prose(values, PROSE_FIELDS, prose_left_out(options))


def limit_rejects(options: Options, rejects: pl.DataFrame) -> pl.DataFrame:
    """Refused rows (REJECTS), without the text of those whose sentences must stay out."""
    return prose.without_payloads(rejects, prose_left_out(options))
