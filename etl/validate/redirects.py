"""redirects.json: its contract, and whether it says the same as the database."""

from __future__ import annotations

from pathlib import Path

from etl.published.redirects import redirects_of
from etl.validate.database import DatabaseContent
from etl.validate.differences import compare_documents
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
    if content is None:
        has, knows = file.contract_version, CONTRACT_VERSION
        message = f"is {has}; this trek-etl knows {knows}"
        return [] if has == knows else [Problem("error", str(path), "contract_version", message)]
    expected = Redirects.model_validate(redirects_of(content.tables), strict=False)
    return compare_documents(path, file.model_dump(mode="json"), expected.model_dump(mode="json"), "the database")
