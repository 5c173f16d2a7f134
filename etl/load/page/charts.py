"""The charts of the page: Vega specifications, drawn as SVG when the page is made, so that no script draws them later.

Colours are CSS variables of the page, so that one drawing serves light and dark. All sizes are fixed: nothing depends
on the fonts of the machine that draws.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import vl_convert
from markupsafe import Markup

_SPECIFICATIONS = Path(__file__).parent / "templates" / "charts"
_WIDTH, _FIRST, _STEP = 222, 14, 32
_HIGHEST_FLOOR = 0.9

Row = dict[str, Any]


def seasons_chart(seasons: Sequence[Row], floor: float) -> Markup:
    """Draw a dot a season at its mean quality, on a line from its weakest to its best episode.

    `seasons` have season, quality_overall, low and high; `floor` is the lowest quality on the axis.
    """
    last = min(_FIRST + _STEP * (len(seasons) - 1), _WIDTH - _FIRST)
    values = [
        {"season": str(row["season"]), "mean": row["quality_overall"], "low": row["low"], "high": row["high"]}
        for row in seasons
    ]
    return _draw("seasons", "seasons", values, width=_WIDTH, signals={"floor": floor, "last": last})


def trend_chart(releases: Sequence[Row], floor: float) -> Markup:
    """Draw a line through the qualities of all releases, with a dot at the newest.

    `releases` have as_of and quality; `floor` is the lowest quality on the axis.
    """
    values = [{"at": row["as_of"].timestamp() * 1000, "quality": row["quality"]} for row in releases]
    return _draw("trend", "releases", values, width=_WIDTH, signals={"floor": floor})


def floor_of(lowest: Sequence[float]) -> float:
    """The tenth below the lowest quality; charts that share it can be compared."""
    return min([_HIGHEST_FLOOR, *(math.floor(quality * 10) / 10 for quality in lowest)])


def _draw(name: str, data: str, values: list[Row], *, width: int, signals: dict[str, float]) -> Markup:
    specification = json.loads(_specification(name))
    specification["width"] = width
    next(part for part in specification["data"] if part["name"] == data)["values"] = values
    for signal in specification["signals"]:
        signal["value"] = signals[signal["name"]]
    return Markup(vl_convert.vega_to_svg(specification))  # noqa: S704 - Vega escapes the texts it draws


@cache
def _specification(name: str) -> str:
    return (_SPECIFICATIONS / f"{name}.vg.json").read_text("utf-8")
