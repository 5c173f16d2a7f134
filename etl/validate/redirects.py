"""redirects.json: its contract, and whether it says the same as the database."""

from __future__ import annotations

from pathlib import Path

from etl.validate.database import DatabaseContent
from etl.validate.problems import Problem
from etl.validate.structure import read_model
from schemas.redirects_json import Redirects
from schemas.tables import CONTRACT_VERSION

REDIRECTS_FILE = "redirects.json"


def inspect_redirects(path: Path, content: DatabaseContent | None) -> list[Problem]:
    """What is wrong with the file; it is compared with the database where the content of that is known."""
    file, problems = read_model(path, Redirects)
    if file is None:
        return problems
    expected: dict[str, tuple[object, object]] = {"contract_version": (file.contract_version, CONTRACT_VERSION)}
    if content:
        found = frozenset((one.old_id, one.since_release, one.new_id, one.new_key) for one in file.redirects)
        expected |= {
            "release": (file.release, content.release),
            "run_id": (file.run_id, content.run_id),
            "redirects": (found, content.redirects),
            "tombstones": (frozenset(one.episode_key for one in file.tombstones), content.tombstones),
        }
    return [
        Problem("error", str(path), place, _difference(has, should))
        for place, (has, should) in expected.items()
        if has != should
    ]


def _difference(has: object, should: object) -> str:
    if isinstance(has, frozenset) and isinstance(should, frozenset):
        return f"{len(has - should)} are not in the database, and {len(should - has)} of it are not here"
    return f"is {has}, should be {should}"
