"""The figures of the page that are made of a release's tables and reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from etl.load.page.text import franchise_title, short_name
from etl.value_text import told_text
from schemas.episodes import WEIGHTS

Row = dict[str, Any]
Frames = Mapping[str, pl.DataFrame]


def series_names(tables: Frames) -> dict[str, str]:
    """The short name of every series by its code, in the order of the franchise; `film` for the films."""
    franchise = title_of(tables)
    rows = tables["series"].sort("position").select("series", "name").iter_rows()
    return {code: short_name(name, franchise) for code, name in rows} | {"film": "Films"}


def title_of(tables: Frames) -> str:
    """The title of the franchise, from the newest run; empty where no run is known."""
    newest = newest_run(tables)
    return franchise_title(newest["franchise"]) if newest else ""


def newest_run(tables: Frames) -> Row | None:
    """The run that made the release."""
    return next(iter(tables["runs"].sort("release").reverse().head(1).to_dicts()), None)


def headline(tables: Frames, reports: Frames, compilations: frozenset[str]) -> Row:
    """The numbers that stand at the top: the report summary, and how many values there are and agree."""
    values = tables["field_values"]
    independent = reports["agreement"].filter(
        pl.col("witnesses") > 1,
        ~pl.col("source").is_in(compilations),
        ~pl.col("other").is_in(compilations),
    )
    compared, agreeing = int(independent["compared"].sum()), int(independent["agreeing"].sum())
    grades = {row["grade"]: row["episodes"] for row in reports["grades"].to_dicts() if row["episodes"]}
    return {
        **reports["summary"].to_dicts()[0],
        "values": values.height,
        "told_by": values["source"].n_unique(),
        "compared": compared,
        "agreement": agreeing / compared if compared else None,
        "grades": grades,
    }


def completeness(tables: Frames, reports: Frames) -> Row:
    """The heat map: fields as columns, the heaviest first, one row a series, and one for all episodes at the top."""
    fields = sorted(WEIGHTS, key=lambda field: (-WEIGHTS[field], list(WEIGHTS).index(field)))
    told = reports["completeness"]
    everything = told.group_by("field").agg(share=pl.col("present").sum() / pl.col("episodes").sum())
    shares: dict[str, dict[str, float]] = {"": dict(everything.iter_rows())}
    for code, field, share in told.select("series", "field", "share").iter_rows():
        shares.setdefault(code, {})[field] = share
    counts = dict(told.select("series", "episodes").unique().iter_rows())
    names = {"": "All episodes", **series_names(tables)}
    counts[""] = sum(counts.values())
    return {
        "fields": fields,
        "rows": [
            {"name": name, "episodes": counts[code], "shares": [shares[code].get(field) for field in fields]}
            for code, name in names.items()
            if code in shares and counts[code]
        ],
    }


def seasons_by_series(tables: Frames, reports: Frames) -> list[Row]:
    """The seasons of each series with mean, lowest and highest quality, for the charts and the table beside them."""
    bounds = (
        tables["episodes"]
        .group_by("series", "season")
        .agg(low=pl.col("quality_overall").min(), high=pl.col("quality_overall").max())
    )
    seasons = reports["by_season"].join(bounds, on=["series", "season"], validate="1:1")
    rows = {
        code: part.to_dicts() for (code,), part in seasons.sort("season").partition_by("series", as_dict=True).items()
    }
    means = dict(reports["by_series"].select("series", "quality_overall").iter_rows())
    return [
        {"name": name, "mean": means[code], "seasons": rows[code]}
        for code, name in series_names(tables).items()
        if code in rows
    ]


def sources(tables: Frames, reports: Frames) -> list[Row]:
    """What each source gave in this run and how much of it is published; a person's corrections are a source, too."""
    counted = tables["sources"].select("source", "rejected", "in_review", "carried", "errors")
    given = reports["by_source"].join(counted, on="source", how="left", validate="1:1", maintain_order="left")
    return given.to_dicts()


def agreement(reports: Frames, titles: Mapping[str, str]) -> Row:
    """The matrix of sources: in each cell how often the two say the same, None where they have nothing in common."""
    pairs: dict[tuple[str, str], Row] = {}
    for row in reports["agreement"].to_dicts():
        pairs[row["source"], row["other"]] = pairs[row["other"], row["source"]] = row
    met = [source for source in titles if any(source in pair for pair in pairs)]
    return {
        "titles": [titles[source] for source in met],
        "rows": [
            {"title": titles[source], "cells": [pairs.get((source, other)) for other in met], "place": place}
            for place, source in enumerate(met)
        ],
    }


def source_titles(tables: Frames) -> dict[str, str]:
    """The name for people of every source that was asked or told a value; a person's corrections are a source, too."""
    told = dict.fromkeys(tables["field_values"]["source"].unique().sort(), "")
    known = dict(tables["sources"].select("source", "title").iter_rows())
    return {source: known.get(source) or source for source in sorted({**told, **known})}


def errors_by_kind(tables: Frames) -> list[Row]:
    """What failed, one row a source and kind of failure: the first message, what it concerns, and what to do."""
    newest = newest_run(tables)
    of_run = tables["errors"].filter(run_id=newest["run_id"]) if newest else tables["errors"].clear()
    errors = of_run.sort("source", "category", "concerns", "message", "url")
    return (
        errors.group_by("source", "category", "advice", maintain_order=True)
        .agg(
            pl.col("message").first(),
            pl.col("concerns").filter(pl.col("concerns") != "").unique(maintain_order=True).str.join(", "),
            pl.len().alias("count"),
        )
        .to_dicts()
    )


def refusals(tables: Frames) -> list[Row]:
    """Refused rows, counted by source, stage and reason, the most frequent first."""
    by = ["source", "stage", "reason"]
    counted = tables["rejects"].group_by(by).len("count")
    return counted.sort("count", *by, descending=[True, False, False, False]).to_dicts()


def conflicts(tables: Frames) -> list[Row]:
    """Conflicts in the order of the keys; who says the same stands together."""
    titles = source_titles(tables)
    rows = []
    for row in tables["conflicts"].sort("episode_key", "field").to_dicts():
        told: dict[str, list[str]] = {}
        for witness, value in zip(row["witnesses"], row["values"], strict=True):
            told.setdefault(told_text(value), []).append(titles.get(witness, witness))
        rows.append(
            {
                "episode_key": row["episode_key"],
                "field": row["field"],
                "told": [{"value": value, "by": ", ".join(by)} for value, by in told.items()],
                "chosen": "nothing" if row["chosen"] is None else told_text(row["chosen"]),
            }
        )
    return rows
