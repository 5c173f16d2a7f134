"""Publishing, with real processes, real kills and a file system that really refuses."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from etl.errors import InputError, NothingPublished
from etl.load import publish as publishing
from etl.load.publish import locked, staged_release

REPO = Path(__file__).parents[2]
STARTED = "2026-11-23T01:00:00Z"


def current_release(out: Path) -> Path | None:
    """The folder of the release that readers see now; None where nothing was published yet."""
    link = out / ".current"
    return out / link.readlink() if link.is_dir() else None


def publish(out: Path, run_id: str, names: tuple[str, ...] = ("a.json", "b.csv")) -> None:
    """A release whose every file says which run it is of."""
    with locked(out, STARTED), staged_release(out, run_id) as staging:
        for name in names:
            (staging / name).write_text(run_id)


def visible(out: Path) -> dict[str, str]:
    """What readers see: every name that can be read, with its text."""
    return {entry.name: entry.read_text() for entry in out.iterdir() if entry.name[0] != "." and entry.exists()}


def releases(out: Path) -> list[str]:
    return sorted(entry.name for entry in (out / ".releases").iterdir())


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(REPO), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# --- one release after the other ---


def test_first_release(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "outputs"
    assert current_release(out) is None
    publish(out, "run-1")
    assert visible(out) == {"a.json": "run-1", "b.csv": "run-1"}
    assert str((out / "a.json").readlink()) == ".current/a.json"
    assert str((out / ".current").readlink()) == ".releases/run-1"
    assert current_release(out) == out / ".releases" / "run-1"


def test_next_release_switches_adds_and_removes_names(tmp_path: Path) -> None:
    publish(tmp_path, "run-1")
    publish(tmp_path, "run-2", ("b.csv", "c.md"))
    assert visible(tmp_path) == {"b.csv": "run-2", "c.md": "run-2"}
    assert not os.path.lexists(tmp_path / "a.json")


def test_one_release_before_is_kept(tmp_path: Path) -> None:
    for number in range(1, 5):
        publish(tmp_path, f"run-{number}")
    assert releases(tmp_path) == ["run-3", "run-4"]
    assert str((tmp_path / ".previous").readlink()) == ".releases/run-3"


def test_a_replay_with_the_same_run_id_publishes_again(tmp_path: Path) -> None:
    for number, name in enumerate(("run.1", "run.1.2", "run.1.3", "run.1")):
        publish(tmp_path, "run.1", (f"{number}.txt",))
        assert visible(tmp_path) == {f"{number}.txt": "run.1"}
        assert current_release(tmp_path) == tmp_path / ".releases" / name


def test_folders_in_a_release(tmp_path: Path) -> None:
    with staged_release(tmp_path, "run-1") as staging:
        (staging / "pages").mkdir()
        (staging / "pages" / "index.html").write_text("hello")
    assert (tmp_path / "pages" / "index.html").read_text() == "hello"


def test_outputs_can_be_moved_as_a_whole(tmp_path: Path) -> None:
    publish(tmp_path / "here", "run-1")
    (tmp_path / "here").rename(tmp_path / "there")
    assert visible(tmp_path / "there") == {"a.json": "run-1", "b.csv": "run-1"}


def test_a_reader_that_holds_the_old_file_keeps_it(tmp_path: Path) -> None:
    publish(tmp_path, "run-1")
    with (tmp_path / "a.json").open() as held:
        for number in range(2, 5):
            publish(tmp_path, f"run-{number}")
        assert held.read() == "run-1"
    assert visible(tmp_path)["a.json"] == "run-4"


@pytest.mark.parametrize("run_id", ["", "../up", ".hidden", "a/b", "a\n"])
def test_a_run_id_is_a_plain_name(tmp_path: Path, run_id: str) -> None:
    with pytest.raises(ValueError, match="no name of a folder"), staged_release(tmp_path, run_id):
        pass
    assert list(tmp_path.iterdir()) == []


def test_files_are_on_the_disk_before_the_switch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace

    def noted_sync(handle: int) -> None:
        steps.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        sync(handle)

    def noted_replace(self: Path, target: Path) -> Path:
        steps.append(f"-> {target.name}")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    publish(tmp_path / "outputs", "run-1")
    assert steps == ["a.json", "b.csv", "run-1.partial", ".releases", "outputs", "-> .current", "outputs"]


# --- what goes wrong inside ---


@pytest.mark.parametrize("error", [RuntimeError("no"), KeyboardInterrupt()])
def test_an_error_in_the_block_leaves_the_old_release(tmp_path: Path, error: BaseException) -> None:
    publish(tmp_path, "run-1")
    with pytest.raises(type(error)), staged_release(tmp_path, "run-2") as staging:
        (staging / "a.json").write_text("run-2")
        raise error
    assert visible(tmp_path) == {"a.json": "run-1", "b.csv": "run-1"}
    assert releases(tmp_path) == ["run-1"]


@pytest.mark.parametrize("step", ["_flush", "_sync", "_link", "_replace_link"])
def test_an_error_while_publishing_leaves_the_old_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    publish(tmp_path, "run-1")

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(publishing, step, full)
        with pytest.raises(NothingPublished, match=r"No space left.*What was published before stands"):
            publish(tmp_path, "run-2", ("a.json", "new.md"))
    assert visible(tmp_path) == {"a.json": "run-1", "b.csv": "run-1"}
    assert releases(tmp_path) == ["run-1"]
    assert not os.path.lexists(tmp_path / "new.md")


def test_a_full_disk_is_told_of_whoever_writes(tmp_path: Path) -> None:
    publish(tmp_path, "run-1")
    for write in (pl.DataFrame({"a": ["x" * 9]}).write_parquet, lambda file: Path(file).write_text("x")):
        with pytest.raises(NothingPublished, match="No space left on device"), staged_release(tmp_path, "run-2"):
            write("/dev/full")
    assert visible(tmp_path) == {"a.json": "run-1", "b.csv": "run-1"}


def test_an_error_about_another_file_passes_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(FileExistsError), staged_release(tmp_path / "outputs", "run-1"):
        (tmp_path / "elsewhere").mkdir()


def test_a_trouble_that_nobody_has_words_for_passes_as_it_is(tmp_path: Path) -> None:
    busy = OSError(errno.EBUSY, "busy", str(tmp_path / "a.json"))
    with pytest.raises(OSError, match="busy") as told, staged_release(tmp_path, "run-1"):
        raise busy
    assert told.value is busy


def test_a_file_system_without_links_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: str) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    with pytest.raises(InputError, match=r"has no symbolic links.*another file system"):
        publish(tmp_path, "run-1")
    assert visible(tmp_path) == {}
    assert releases(tmp_path) == []


def test_a_full_disk_is_not_taken_for_missing_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    with pytest.raises(NothingPublished, match="No space left on device"):
        publish(tmp_path, "run-1")


# --- what stands in the way ---


def put_file(here: Path) -> None:
    here.write_text("mine")


def put_folder(here: Path) -> None:
    here.mkdir()
    (here / "notes").write_text("mine")


def put_link(here: Path) -> None:
    here.symlink_to("/somewhere/else")


@pytest.mark.parametrize("put", [put_file, put_folder, put_link])
def test_a_foreign_thing_at_a_name_is_never_replaced(tmp_path: Path, put: Callable[[Path], None]) -> None:
    publish(tmp_path, "run-1", ("a.json",))
    put(tmp_path / "b.csv")
    before = os.lstat(tmp_path / "b.csv")
    with pytest.raises(InputError, match=r"b\.csv: is in the way.*Move or delete it"):
        publish(tmp_path, "run-2")
    assert os.lstat(tmp_path / "b.csv") == before
    assert (tmp_path / "a.json").read_text() == "run-1"
    assert releases(tmp_path) == ["run-1"]


def put_link_to_precious(here: Path) -> None:
    (here.parent.parent / "precious.txt").write_text("mine")
    here.symlink_to(here.parent.parent / "precious.txt")


OURS = (".lock", ".releases", ".current", ".previous", ".current.partial", ".previous.partial")
THINGS = (put_file, put_folder, put_link, put_link_to_precious, os.mkfifo)
# A folder is what .releases is; what is in it that we did not put there, nobody could tell.
FOREIGN = [(name, put) for name in OURS for put in THINGS if (name, put) != (".releases", put_folder)]


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(("name", "put"), FOREIGN)
def test_a_foreign_thing_at_a_name_of_ours_is_never_touched(
    tmp_path: Path, name: str, put: Callable[[Path], None], is_first: bool
) -> None:
    out, here = tmp_path / "outputs", tmp_path / "outputs" / name
    out.mkdir()
    if not is_first:
        publish(out, "run-1")
        publish(out, "run-2")
        if os.path.lexists(here):
            here.rename(tmp_path / "aside")
    put(here)
    before = everything_below(tmp_path)
    with pytest.raises(
        InputError, match=rf"{re.escape(name)}: is not a (file|folder|link) of ours\. Move or delete it"
    ):
        publish(out, "run-3")
    assert everything_below(tmp_path) == before


def everything_below(folder: Path) -> dict[str, tuple[int, str]]:
    """Kind, and text or target, of every file, link, folder and the like; what a lock says of its holder left out."""
    return {
        str(path): (
            path.lstat().st_mode,
            str(path.readlink()) if path.is_symlink() else path.read_text() if path.is_file() else "",
        )
        for path in folder.rglob("*")
        if not (path.name == ".lock" and path.is_file() and not path.is_symlink())
    }


def test_a_file_that_a_file_manager_leaves_does_not_hinder(tmp_path: Path) -> None:
    publish(tmp_path, "run-1")
    (tmp_path / ".releases" / ".DS_Store").write_text("mine")
    (tmp_path / ".releases" / "shortcut").symlink_to(tmp_path)
    for number in (2, 3):
        publish(tmp_path, f"run-{number}")
    assert releases(tmp_path) == [".DS_Store", "run-2", "run-3", "shortcut"]


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not UTF-8\. Choose another --out"):
        publish(tmp_path / os.fsdecode(b"out\xffputs"), "run-1")
    assert list(tmp_path.iterdir()) == []


# --- removed meanwhile ---


def test_a_folder_removed_before_the_release_is_written_is_made_again(tmp_path: Path) -> None:
    out = tmp_path / "outputs"
    publish(out, "run-1")
    with locked(out, STARTED):
        shutil.rmtree(out)
        with staged_release(out, "run-2") as staging:
            (staging / "a.json").write_text("run-2")
    assert visible(out) == {"a.json": "run-2"}
    publish(out, "run-3")
    assert visible(out) == {"a.json": "run-3", "b.csv": "run-3"}


@pytest.mark.parametrize("error", [FileNotFoundError(2, "No such file"), RuntimeError("IO Error: No such file")])
def test_a_folder_removed_while_it_is_written_is_told_of(tmp_path: Path, error: Exception) -> None:
    out = tmp_path / "outputs"
    publish(out, "run-1")
    with (
        pytest.raises(NothingPublished, match=r"outputs was removed while the release was being written; run again"),
        staged_release(out, "run-2"),
    ):
        shutil.rmtree(out)
        raise error
    publish(out, "run-3")
    assert visible(out) == {"a.json": "run-3", "b.csv": "run-3"}


def test_a_folder_removed_while_it_is_published_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, flush = tmp_path / "outputs", publishing._flush

    def flush_and_remove(folder: Path) -> None:
        flush(folder)
        shutil.rmtree(out)

    monkeypatch.setattr(publishing, "_flush", flush_and_remove)
    with pytest.raises(NothingPublished, match="was removed while the release was being written"):
        publish(out, "run-1")
    assert not out.exists()


def test_a_link_that_leads_nowhere_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "outputs").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="No folder can be made there; choose another --out"):
        publish(tmp_path / "outputs", "run-1")


def test_a_copy_that_followed_the_links_is_not_taken_for_ours(tmp_path: Path) -> None:
    publish(tmp_path / "real", "run-1")
    shutil.copytree(tmp_path / "real", tmp_path / "copy")
    with pytest.raises(InputError, match=r"\.current: is not a link of ours"):
        publish(tmp_path / "copy", "run-2")
    assert (tmp_path / "copy" / ".releases" / "run-1" / "a.json").read_text() == "run-1"


def test_foreign_files_beside_the_release_are_left_alone(tmp_path: Path) -> None:
    put_link(tmp_path / "elsewhere")
    put_file(tmp_path / "notes.txt")
    publish(tmp_path, "run-1")
    publish(tmp_path, "run-2")
    assert os.path.lexists(tmp_path / "elsewhere")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_out_is_a_file(tmp_path: Path) -> None:
    put_file(tmp_path / "outputs")
    with pytest.raises(InputError, match="cannot be written"):
        publish(tmp_path / "outputs", "run-1")
    with pytest.raises(InputError, match="cannot be written"):
        publish(tmp_path / "outputs" / "below", "run-1")


AS_NOBODY = """
import os, sys
from pathlib import Path
from etl.errors import TrekEtlError
from etl.load.publish import locked, staged_release
out = Path(sys.argv[1])
if os.geteuid() == 0:  # nothing is closed to root
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    if sys.argv[2] == "locked":
        with locked(out, "now"), staged_release(out, "run-2") as staging:
            (staging / "a.json").write_text("run-2")
    else:
        with staged_release(out, "run-2") as staging:
            (staging / "a.json").write_text("run-2")
except TrekEtlError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that another user may enter, which pytest's own is not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize("way", ["locked", "unlocked"])
def test_a_folder_closed_to_us_is_told_of(shared_folder: Path, way: str) -> None:
    publish(shared_folder, "run-1", ("a.json",))
    if os.geteuid() != 0:
        shared_folder.chmod(0o555)
        (shared_folder / ".lock").chmod(0o444)
    process = python(AS_NOBODY, shared_folder, way)
    _, told = process.communicate(timeout=20)
    shared_folder.chmod(0o755)
    assert process.returncode == 1
    assert told.startswith(f"InputError: {shared_folder}: cannot be written: ")
    assert told.rstrip().endswith("Give write permission, or choose another --out.")
    assert visible(shared_folder) == {"a.json": "run-1"}


# --- two at once ---

HOLDER = """
import sys, time
from pathlib import Path
from etl.load.publish import locked
with locked(Path(sys.argv[1]), "2026-11-23T02:03:04Z"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    holder = python(HOLDER, tmp_path)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    expected = rf"\(pid {holder.pid} on \S+, since 2026-11-23T02:03:04Z\) is writing to .* choose another --out"
    with pytest.raises(NothingPublished, match=expected), locked(tmp_path, STARTED):
        pass
    holder.kill()
    holder.communicate()
    publish(tmp_path, "run-1")
    assert visible(tmp_path) == {"a.json": "run-1", "b.csv": "run-1"}


def test_a_lock_that_says_nothing_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "_write_holder", lambda *_: None)
    with locked(tmp_path, STARTED), pytest.raises(NothingPublished, match="just started"), locked(tmp_path, STARTED):
        pass


def test_a_file_system_without_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(InputError, match=r"cannot be locked: No locks available\. Choose an --out on a local disk"):
        publish(tmp_path, "run-1")


def test_the_lock_is_let_go_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), locked(tmp_path, STARTED):
        raise RuntimeError
    publish(tmp_path, "run-1")


# --- killed ---

ENDLESS = """
import itertools, sys
from pathlib import Path
from etl.load.publish import locked, staged_release
out, start = Path(sys.argv[1]), int(sys.argv[2])
with locked(out, "now"):
    for number in itertools.count(start):
        names = ["a.json", "b.csv", f"{'odd' if number % 2 else 'even'}.md", *(f"{i}.txt" for i in range(5))]
        with staged_release(out, f"run-{number}") as staging:
            for name in names:
                (staging / name).write_text(f"run-{number}")
        if number == start:
            print("first", flush=True)
"""


def test_a_reader_never_finds_a_name_missing_or_an_older_text(tmp_path: Path) -> None:
    process = python(ENDLESS, tmp_path, 1)
    assert process.stdout is not None
    assert process.stdout.readline() == "first\n"
    begins_at, seen = time.monotonic(), [0]
    # On a busy machine half a second holds few publications.
    while time.monotonic() < begins_at + 0.5 or (seen[-1] <= 5 and time.monotonic() < begins_at + 20.0):
        seen.extend(int((tmp_path / name).read_text().removeprefix("run-")) for name in ("a.json", "b.csv"))
    process.kill()
    process.communicate(timeout=20)
    assert seen == sorted(seen)
    assert seen[-1] > 5


def test_a_kill_at_any_moment_leaves_one_whole_release(tmp_path: Path) -> None:
    seen = set()
    for attempt in range(15):
        process = python(ENDLESS, tmp_path, attempt * 10_000)
        assert process.stdout is not None
        assert process.stdout.readline() == "first\n"
        time.sleep(secrets.randbelow(30_000) / 1e6)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=20)
        release = current_release(tmp_path)
        assert release is not None
        files = {entry.name: entry.read_text() for entry in release.iterdir()}
        assert len(files) == 8
        assert set(files.values()) == {release.name}
        assert visible(tmp_path) == files
        seen.add(release.name)
    assert len(seen) == 15
    publish(tmp_path, "last")
    assert visible(tmp_path) == {"a.json": "last", "b.csv": "last"}
    assert len(releases(tmp_path)) == 2
    assert {entry.name for entry in tmp_path.iterdir()} == {
        ".current", ".lock", ".previous", ".releases", "a.json", "b.csv",
    }  # fmt: skip


KILLED_AT_STEP = """
import os, signal, sys
from pathlib import Path
from etl.load import publish as publishing
out, step, after = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
owner = publishing if step == "_flush" else Path
real, calls = getattr(owner, step), []
def deadly(*arguments):
    calls.append(step)
    if len(calls) > after:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments)
setattr(owner, step, deadly)
with publishing.locked(out, "now"), publishing.staged_release(out, "run-2") as staging:
    for name in ("a.json", "c.md"):
        (staging / name).write_text("run-2")
"""


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    ("step", "after"),
    [("_flush", 0), ("rename", 0), ("symlink_to", 0), ("symlink_to", 1), ("replace", 0), ("replace", 1)],
)
def test_a_kill_at_each_step_leaves_nothing_to_clean_by_hand(
    tmp_path: Path, step: str, after: int, is_first: bool
) -> None:
    if not is_first:
        publish(tmp_path, "run-1")
    process = python(KILLED_AT_STEP, tmp_path, step, after)
    process.communicate(timeout=20)
    was_killed = process.returncode == -signal.SIGKILL
    assert was_killed or (is_first and (step, after) == ("replace", 1))
    if was_killed:
        assert visible(tmp_path) == ({} if is_first else {"a.json": "run-1", "b.csv": "run-1"})
    publish(tmp_path, "run-3", ("d.txt",))
    assert visible(tmp_path) == {"d.txt": "run-3"}
    left = {entry.name for entry in tmp_path.iterdir()} - {".current", ".previous", ".lock", ".releases", "d.txt"}
    assert left == set()
    assert len(releases(tmp_path)) <= 2
