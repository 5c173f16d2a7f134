from __future__ import annotations

import pytest

from etl.franchise import load_franchise
from etl.known_names import KnownNames, known_names
from schemas.columns import empty
from schemas.tables import TABLES


@pytest.fixture(scope="session")
def names() -> KnownNames:
    """What the bundled catalogue knows."""
    return known_names(load_franchise("star_trek"), {name: empty(one) for name, one in TABLES.items()}, "aired")
