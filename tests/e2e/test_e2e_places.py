"""Where a release is published: through a link, under a name with everything in it, and where the disk is full."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from e2e_kit import Workplace, files_below, hashes

pytest_plugins = ["e2e_fixtures"]

NEXT = ("--offline", "--as-of", "2026-11-21T12:00:00Z")
ODD = "Sternenflotte: Ausgabe Ä 日本 'x\" $HOME;%s {0}"
LARGEST_FILE = 400_000
WITH_LITTLE_SPACE = """
import resource, sys
from etl.cli import run
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.exit(run(sys.argv[2:]))
"""


def test_a_relative_path_through_a_link_with_an_odd_name(warm: Workplace) -> None:
    real = warm.folder / "elsewhere" / ODD
    real.mkdir(parents=True)
    (warm.folder / "link").symlink_to(Path("elsewhere"))
    for hour in (13, 14):
        ran = warm.generate("--offline", "--as-of", f"2026-11-20T{hour}:00:00Z", out=Path("link") / ODD)
        assert ran.code == 0, ran.said
    assert (warm.folder / "link").is_symlink()
    assert warm.json("run.json", real)["run_id"] == "20261120T140000Z"
    assert warm.query("select count(*) from runs", out=real) == [(2,)]
    assert warm.run("validate", Path("link") / ODD).code == 0
    assert {path.name for path in (warm.folder / "elsewhere").iterdir()} == {ODD}
    os.chdir(warm.folder / "elsewhere")
    replay = warm.generate("--offline", "--as-of", "2026-11-20T14:00:00Z", out=Path(ODD))
    assert replay.code == 0, replay.said
    assert hashes(Path(ODD)) == hashes(real)


@pytest.fixture
def published(warm: Workplace) -> dict[str, str]:
    """The hash of every file below the folder, hidden ones too, but for the lock."""
    return bytes_below(warm.out)


def bytes_below(out: Path) -> dict[str, str]:
    files = [path for path in files_below(out) if path.name != ".lock"]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_full_disk_leaves_the_last_release_as_it_was(warm: Workplace, published: dict[str, str]) -> None:
    """No file may grow beyond a size here, which the system tells a writer much as it tells of a full disk."""
    ran = subprocess.run(
        [sys.executable, "-c", WITH_LITTLE_SPACE, str(LARGEST_FILE), *warm.arguments(*NEXT)],
        check=False,
        cwd=warm.folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 4, ran.stdout + ran.stderr
    assert f"{warm.out} could not take the release: " in ran.stderr
    assert "What was published before stands; see to the disk and run again." in ran.stderr
    assert "Traceback" not in ran.stderr
    assert bytes_below(warm.out) == published
    again = warm.generate(*NEXT)
    assert again.code == 0, again.said


def test_a_foreign_file_in_the_way_is_named_and_stays(warm: Workplace, published: dict[str, str]) -> None:
    mine = warm.out / "quality.json"
    mine.unlink()
    mine.write_text("mine")
    ran = warm.generate(*NEXT)
    assert ran.code == 3
    assert f"{mine}: is in the way" in ran.err
    assert mine.read_text() == "mine"
    mine.unlink()
    assert bytes_below(warm.out) == published
