"""Which row of which source is which episode.

Sources are taken one after the other, those first that keep a double-length story in one row. Of each source's rows,
in this order: an id pinned by the catalogue or by the last release; a production code; a title that is unique once its
part is told apart; then the rest against what is left free, with all evidence weighed together. A number alone never
links. A row that comes near nothing known is a new episode, to which the next source can link; what is not sure waits
for a person. Then all sources are asked once more, because a later source may have the title that an earlier one
lacks. Every link says how it was found and what speaks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from etl.transform.link_exact import link_exactly
from etl.transform.link_new import judge, new_episodes, new_links, refused, waiting
from etl.transform.link_places import places_of
from etl.transform.link_rest import link_rest
from etl.transform.link_stories import stories_in_parts, with_whole_titles
from etl.transform.nearest import nearest_episode
from schemas.columns import empty
from schemas.conformed import REGISTRY
from schemas.provenance import LINKS, REVIEW

ORDER = ("catalogue", "memory_alpha", "stapi", "trekcore", "tmdb", "tvmaze")
"""Sources that keep a double-length story in one row come first, so that those that split it can link to it."""

_ROW = ["source", "source_id"]


@dataclass(frozen=True)
class Identified:
    """Where every row went: `links`, `review` or `rejects`. `registry` has the known episodes and the new ones."""

    links: pl.DataFrame
    review: pl.DataFrame
    rejects: pl.DataFrame
    registry: pl.DataFrame


@dataclass(frozen=True)
class _State:
    links: pl.DataFrame
    registry: pl.DataFrame
    review: pl.DataFrame


def identify(
    rows: pl.DataFrame, registry: pl.DataFrame, pins: pl.DataFrame, *, order: Sequence[str] = ORDER
) -> Identified:
    """Link `rows` (contract EPISODE_ROWS) to `registry` (REGISTRY), helped by `pins` (PINS).

    Every row ends in exactly one of links, review and rejects. Sources that `order` does not name come last.
    """
    told = with_whole_titles(rows)
    stories = stories_in_parts(told)
    sources = sorted(rows["source"].unique(), key=lambda name: (_rank(name, order), name))
    state = _State(empty(LINKS), registry.with_columns(place=pl.col("episode").cast(pl.Float64)), empty(REVIEW))
    for source in sources:
        state = _identify_source(told.filter(source=source), state, pins, stories)
    waiting_for = set(state.review["source"].unique())
    for source in [name for name in sources if name in waiting_for]:
        state = _identify_source(told.filter(source=source), state, pins, stories)
    unlinked = told.join(state.links, on=_ROW, how="anti")
    return Identified(
        links=state.links,
        review=state.review,
        rejects=refused(unlinked.filter(_is_special())),
        registry=_in_place(state.registry),
    )


def _rank(source: str, order: Sequence[str]) -> int:
    return order.index(source) if source in order else len(order)


def _in_place(registry: pl.DataFrame) -> pl.DataFrame:
    """The known episodes as they were, then the new ones in the order of their seasons."""
    is_new = pl.col("episode").is_null()
    new = registry.filter(is_new).sort("series", "season", "place", "episode_key", nulls_last=True)
    return pl.concat([registry.filter(~is_new), new]).select(*REGISTRY)


def _is_special() -> pl.Expr:
    return pl.col("season").eq_missing(0)


def _identify_source(rows: pl.DataFrame, state: _State, pins: pl.DataFrame, stories: pl.DataFrame) -> _State:
    """Link the rows of one source, register what is new, and let the others wait."""
    links = link_exactly(rows, state.registry, pins, state.links)
    links, hints = link_rest(rows, state.registry, links)
    unlinked = rows.join(links, on=_ROW, how="anti").filter(~_is_special())
    waited = state.review.join(rows, on=_ROW, how="anti")
    if unlinked.is_empty():
        return _State(links, state.registry, waited)
    named = hints.rename({"candidate": "hint", "score": "hint_score"})
    rest = nearest_episode(unlinked, state.registry).join(named, on="source_id", how="left", validate="1:1")
    judged = judge(rest, state.registry, links, stories)
    places = places_of(rows, state.registry, links)
    new = judged.filter(pl.col("reason").is_null()).join(places, on="source_id", how="left", validate="1:1")
    return _State(
        pl.concat([links, new_links(new)]),
        pl.concat([state.registry, new_episodes(new)]),
        pl.concat([waited, waiting(judged.filter(pl.col("reason").is_not_null()))]),
    )
