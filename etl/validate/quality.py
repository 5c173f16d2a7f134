"""quality.json: its contract, and whether it speaks of the episodes of the database."""

from __future__ import annotations

from pathlib import Path

from etl.validate.database import DatabaseContent
from etl.validate.differences import compare_documents
from etl.validate.problems import Problem
from etl.validate.structure import read_model
from schemas.quality_json import QualityFile

QUALITY_FILE = "quality.json"
_DECIMALS = 6


def inspect_quality(path: Path, content: DatabaseContent | None) -> list[Problem]:
    """What is wrong with the file; it is compared with the database where the content of that is known."""
    file, problems = read_model(path, QualityFile)
    if file is None or content is None:
        return problems
    episodes = content.tables["episodes"]
    found = {
        "episodes": file.episodes,
        "average": {"overall": file.average.overall},
        "series": {one.series: one.episodes for one in file.series},
        "grades": {name: one.episodes for name, one in file.grades if one.episodes},
    }
    mean = episodes["quality_overall"].mean()
    expected = {
        "episodes": episodes.height,
        "average": {"overall": None if mean is None else round(float(str(mean)), _DECIMALS)},
        "series": dict.fromkeys(content.tables["series"]["series"], 0) | dict(episodes["series"].value_counts().rows()),
        "grades": dict(episodes["grade"].value_counts().rows()),
    }
    return compare_documents(path, found, expected, "the database")
