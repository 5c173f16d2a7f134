"""The page as a whole: what a release says, put into the templates."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from etl.load.page import changes, charts, figures, numbering, text, values
from etl.sources import SOURCES
from schemas.episodes import MERGED_FIELDS

_TEMPLATES = Path(__file__).parent / "templates"
_COMPILATIONS = {source.name: source.title for source in SOURCES.values() if source.is_compilation}
_FILTERS = (
    text.minute,
    text.label,
    text.whole,
    text.counted,
    text.percent,
    text.score,
    text.change,
    text.level,
    text.near_level,
    text.day,
)
_MOST_ROWS = 300

Frames = Mapping[str, pl.DataFrame]
Content = dict[str, Any]


def page_html(tables: Frames, reports: Frames) -> str:
    """The page of a release as one HTML document, from its tables and its reports (etl/load/reports.py).

    It asks the network for nothing, and a Content-Security-Policy in it forbids that anything does. All text of the
    tables is foreign: the templates escape it, and the script writes it as text only. Where `tables` has `changes`
    (columns kind, subject, field, old, new, title), they are shown. The same frames give the same document.
    """
    names = figures.series_names(tables)
    content = {
        **_summary(tables, reports),
        **_quality(tables, reports, names),
        **_sources(tables, reports),
        **_open_questions(tables, reports),
        **_stories(tables, names),
        **_code(),
    }
    return _environment().get_template("report.html.j2").render(content)


def _summary(tables: Frames, reports: Frames) -> Content:
    return {
        "franchise": figures.title_of(tables),
        "run": figures.newest_run(tables),
        "headline": figures.headline(tables, reports, frozenset(_COMPILATIONS)),
        "completeness": figures.completeness(tables, reports),
        "missing": reports["missing_fields"].filter(pl.col("missing") > 0).to_dicts(),
    }


def _quality(tables: Frames, reports: Frames, names: Mapping[str, str]) -> Content:
    seasons = figures.seasons_by_series(tables, reports)
    trends = changes.trends(tables["runs"], tables["run_series"], names)
    lowest = charts.floor_of([season["low"] for series in seasons for season in series["seasons"]])
    least = charts.floor_of([release["quality"] for trend in trends for release in trend["releases"]])
    return {
        "seasons": [{**series, "chart": charts.seasons_chart(series["seasons"], lowest)} for series in seasons],
        "trends": [{**trend, "chart": charts.trend_chart(trend["releases"], least)} for trend in trends],
        "beside_last": changes.beside_last(tables["runs"]),
        "changes": changes.single_changes(tables["changes"]),
    }


def _sources(tables: Frames, reports: Frames) -> Content:
    titles = figures.source_titles(tables)
    return {
        "sources": figures.sources(tables, reports),
        "titles": titles,
        "errors": figures.errors_by_kind(tables),
        "agreement": figures.agreement(reports, titles),
        "compilations": list(_COMPILATIONS.values()),
        "notices": [source.notice for source in SOURCES.values() if source.name in titles],
    }


def _open_questions(tables: Frames, reports: Frames) -> Content:
    return {
        "conflicts": figures.conflicts(tables),
        "disputed_fields": reports["disagreements"].filter(pl.col("disagreements") > 0).to_dicts(),
        "review": tables["review"].sort("series", "source", "source_id").to_dicts(),
        "refusals": figures.refusals(tables),
        "most_rows": _MOST_ROWS,
    }


def _stories(tables: Frames, names: Mapping[str, str]) -> Content:
    listed = values.listed(tables)
    run = figures.newest_run(tables)
    fields = {field: text.label(field) for field in ("release_date", *MERGED_FIELDS)}
    return {
        "names": names,
        "numbering": numbering.numbering_map(tables, names, run["numbering"] if run else ""),
        "stories": listed.to_dicts(),
        "story_titles": dict(listed.select("key", "title").iter_rows()),
        "values": values.packed_values(tables, listed["key"]),
        "words": {"fields": fields, "sources": figures.source_titles(tables)},
    }


def _code() -> Content:
    """Style and script with the hashes by which the policy knows them."""
    parts = {"style": "page.css", "script": "page.js"}
    content: Content = {}
    for name, file in parts.items():
        code = (_TEMPLATES / file).read_text("utf-8")
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        content |= {name: Markup(code), f"{name}_hash": f"sha256-{digest}"}  # noqa: S704 - files of ours
    return content


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {function.__name__: function for function in _FILTERS}
    return environment
