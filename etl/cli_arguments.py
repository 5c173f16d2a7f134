"""Arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

CacheDir = Annotated[Path | None, typer.Option("--cache-dir", help="Where answers are kept (TREK_ETL_CACHE_DIR).")]
Published = Annotated[Path, typer.Option("--out", help="The folder that generate published into.")]
FranchiseName = Annotated[
    str, typer.Option("--franchise", help="A bundled franchise, or the path of a franchise file.")
]
DEFAULT_FRANCHISE = "star_trek"
Folder = Annotated[Path, typer.Argument(help="The folder that generate published into.")]
