"""Which published episodes are not kept, because their rows turned out to be others'."""

from __future__ import annotations

from typing import Any

import polars as pl
from transform_factory import frame, link, links

from etl.transform.superseded import SUPERSEDED, find_superseded, lost_witnesses, moved_rows
from schemas.columns import polars_schema
from schemas.provenance import REJECTS

NOTHING_REJECTED = frame(polars_schema(REJECTS))


def refused(*ids: str) -> pl.DataFrame:
    usual = {"source": "tmdb", "stage": "identify", "reason": "decision: a trailer", "payload": "{}"}
    return frame(polars_schema(REJECTS), *({**usual, "source_id": one} for one in ids))


def gone(last: pl.DataFrame, now: pl.DataFrame, rejects: pl.DataFrame = NOTHING_REJECTED) -> list[tuple[Any, ...]]:
    found = find_superseded(last, now, moved_rows(last, now, rejects), ["catalogue"])
    assert found.schema == SUPERSEDED
    return found.rows()


def test_an_episode_whose_rows_are_all_anothers_goes() -> None:
    last = links(link("1", "tng:a"), link("x", "tng:a", source="tvmaze"), link("2", "tng:b"))
    now = links(link("1", "tng:b"), link("x", "tng:b", source="tvmaze"), link("2", "tng:b"))
    assert gone(last, now) == [("tng:a", "tng:b", "its rows belong to tng:b now")]


def test_most_rows_say_who_takes_its_place_and_a_tie_goes_by_key() -> None:
    last = links(*(link(one, "tng:a") for one in "1234"))
    assert gone(last, links(link("1", "tng:b"), *(link(one, "tng:c") for one in "234")))[0][1] == "tng:c"
    assert (
        gone(last, links(*(link(one, "tng:c") for one in "12"), *(link(one, "tng:b") for one in "34")))[0][1] == "tng:b"
    )


def test_an_episode_whose_rows_were_refused_goes_and_nobody_takes_its_place() -> None:
    last = links(link("1", "tng:a"))
    assert gone(last, links(), refused("1")) == [("tng:a", None, "its rows were refused (decision: a trailer)")]


def test_an_episode_that_still_has_a_row_stays() -> None:
    last = links(link("1", "tng:a"), link("x", "tng:a", source="tvmaze"))
    assert gone(last, links(link("1", "tng:b"), link("x", "tng:a", source="tvmaze"))) == []
    assert gone(last, links(link("1", "tng:b"), link("new", "tng:a", source="stapi"))) == []


def test_an_episode_of_which_a_source_is_silent_stays() -> None:
    last = links(link("1", "tng:a"), link("x", "tng:a", source="tvmaze"))
    assert gone(last, links(link("1", "tng:b"))) == []
    assert gone(last, links()) == []


def test_a_catalogue_that_has_renamed_an_episode_does_not_keep_it() -> None:
    last = links(link("1", "tng:a"), link("tng:a", "tng:a", source="catalogue"))
    now = links(link("1", "tng:b"), link("tng:b", "tng:b", source="catalogue"))
    assert gone(last, now) == [("tng:a", "tng:b", "its rows belong to tng:b now")]
    unread = find_superseded(last, now, moved_rows(last, now, NOTHING_REJECTED), [])
    assert unread.is_empty()


def test_a_reject_without_an_id_moves_nothing() -> None:
    rejects = refused("1").with_columns(source_id=pl.lit(None, pl.String))
    assert moved_rows(links(link("1", "tng:a")), links(), rejects).is_empty()


def test_a_source_whose_rows_all_moved_is_no_witness_any_more() -> None:
    last = links(link("1", "tng:a", 1), link("2", "tng:a", 2), link("x", "tng:a", source="tvmaze"), link("3", "tng:c"))
    one_part = links(link("1", "tng:b"), link("2", "tng:a"), link("3", "tng:c"))
    both_parts = links(link("1", "tng:b"), link("2", "tng:b"), link("3", "tng:c"))
    assert lost_witnesses(last, moved_rows(last, one_part, NOTHING_REJECTED)).is_empty()
    assert lost_witnesses(last, moved_rows(last, both_parts, NOTHING_REJECTED)).rows() == [("tmdb", "tng:a")]
