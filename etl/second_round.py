"""The second round: STAPI's full objects of the episodes whose people no other source names, one request each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

import polars as pl

from etl import policies
from etl.asking import Asked, Listener, OpenClient, OpenedClient, status_of
from etl.extract import stapi
from etl.franchise import Franchise
from etl.options import Options
from etl.settings import Settings
from etl.transform import keep, merge
from etl.transform.conform_stapi import conform_stapi_people
from etl.transform.decide import holding_overrides, override_values
from etl.transform.lacking import rows_to_ask
from schemas.corrections import Overrides
from schemas.episodes import WEIGHTS

PEOPLE = {name: policies.COMPARISONS[name] for name in ("directors", "writers", "story_by")}
"""What a full object adds, and how its values compare."""
_WORTHS = {name: WEIGHTS[name] for name in PEOPLE if name in WEIGHTS}


def ask_for_people(
    franchise: Franchise,
    asked: Sequence[Asked],
    tables: Mapping[str, pl.DataFrame],
    overrides: Overrides,
    settings: Settings,
    options: Options,
    listen: Listener,
    open_client: OpenClient,
) -> list[Asked]:
    """Ask STAPI, if it gave anything, for the people that nobody else tells; what comes joins what it gave before.

    `tables` has `told` (the values of all sources), `links` and `registry`. At most as many requests go over the wire
    as the franchise file allows, the most valuable first; what the cache has is free. A budget of 0 asks for nobody.
    """
    if not franchise.sources.stapi.people_budget:
        return list(asked)
    corrected = override_values(holding_overrides(overrides, tables["told"]), options.as_of)
    wanted = rows_to_ask(
        pl.concat([tables["told"], corrected]),
        tables["links"],
        tables["registry"],
        source=stapi.SOURCE,
        worths=_WORTHS,
        running=[series.code for series in franchise.series if not series.is_ended],
    )["source_id"].to_list()
    return [
        _with_people(franchise, one, wanted, settings, options, listen, open_client)
        if one.source.name == stapi.SOURCE and one.extracted.rows and wanted
        else one
        for one in asked
    ]


def _with_people(
    franchise: Franchise,
    first: Asked,
    wanted: Sequence[str],
    settings: Settings,
    options: Options,
    listen: Listener,
    open_client: OpenClient,
) -> Asked:
    with open_client(first.source, settings, options, listen) as client:
        uids = _affordable(client, wanted, franchise.sources.stapi.people_budget)
        second = stapi.extract_people(franchise, client, uids)
        usage, vitals = first.usage + client.usage, client.vitals
    extracted = first.extracted.followed_by(second)
    return replace(first, extracted=extracted, usage=usage, status=status_of(extracted), vitals=vitals)


def _affordable(client: OpenedClient, wanted: Sequence[str], budget: int) -> list[str]:
    """Those that the cache answers, and the first of the others."""
    outlooks = {uid: client.foresight.outlook(stapi.people_request(uid)) for uid in wanted}
    sent = set(islice((uid for uid, outlook in outlooks.items() if outlook == "sent"), budget))
    return [uid for uid, outlook in outlooks.items() if outlook == "cached" or uid in sent]


def add_people(
    asked: Sequence[Asked], tables: Mapping[str, pl.DataFrame], last: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """All values (`told`), with those of the second round.

    What full objects said in the last release stays for the episodes that were not asked for again, and stale for those
    that were asked for in vain.
    """
    told, links = tables["told"], tables["links"]
    frames = [one.extracted.frames["people"] for one in asked if "people" in one.extracted.frames]
    failed = {error.concerns for one in asked if one.source.name == stapi.SOURCE for error in one.extracted.errors}
    fresh = [merge.candidates(conform_stapi_people(people, links), PEOPLE) for people in frames]
    now = pl.concat([told, *fresh])
    before = last["field_values"].filter(pl.col("field").is_in(list(PEOPLE)), source=stapi.SOURCE)
    of_stapi = links.filter(source=stapi.SOURCE)
    in_vain = [uid for uid in of_stapi["source_id"] if stapi.people_of(uid) in failed]
    asked_in_vain = of_stapi.filter(pl.col("source_id").is_in(in_vain)).select("source", keep.KEY).unique()
    kept = keep.values_to_keep(before, pl.concat([now.clear(), *fresh]), asked_in_vain)
    return keep.add_unknown(now, kept, [keep.KEY, "field", "source"])
