"""The archive of a bundle: the same bytes from the same members, and no harm from a hostile one."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from etl.bundle import archive
from etl.bundle.archive import MOST_MEMBERS, read_archive, refuse_existing, write_archive
from etl.errors import InputError

MEMBERS = {"manifest.json": b"{}", "answers/tmdb.ndjson": "é\n".encode(), "franchise/a b (1).toml": b"x" * 5000}


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], way: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", way) as opened:
        for name, content in members:
            opened.writestr(name, content)
    return file.getvalue()


def info(name: str, *, mode: int = 0) -> zipfile.ZipInfo:
    described = zipfile.ZipInfo(name)
    described.external_attr = mode << 16
    return described


class TestWriting:
    def test_what_was_written_is_read(self, tmp_path: Path) -> None:
        write_archive(tmp_path / "b.zip", MEMBERS)
        assert read_archive(tmp_path / "b.zip") == MEMBERS

    def test_the_same_members_are_the_same_bytes_for_nobody_else(self, tmp_path: Path) -> None:
        write_archive(tmp_path / "a.zip", MEMBERS)
        write_archive(tmp_path / "b.zip", dict(reversed(MEMBERS.items())))
        assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
        assert stat.S_IMODE((tmp_path / "a.zip").stat().st_mode) == 0o600
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "b.zip"]

    def test_what_a_killed_run_left_is_no_hindrance(self, tmp_path: Path) -> None:
        (tmp_path / "b.zip.partial").write_bytes(b"half")
        refuse_existing(tmp_path / "b.zip")
        (tmp_path / "b.zip.partial").write_bytes(b"half")
        write_archive(tmp_path / "b.zip", MEMBERS)
        assert [path.name for path in tmp_path.iterdir()] == ["b.zip"]

    def test_more_than_can_be_read_is_not_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(archive, "MOST_BYTES", 1000)
        with pytest.raises(InputError, match="--series"):
            write_archive(tmp_path / "b.zip", MEMBERS)
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_is_a_file_is_named_before_and_after(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        for work in (lambda: refuse_existing(tmp_path / "file" / "b.zip"), lambda: _write(tmp_path / "file" / "b.zip")):
            with pytest.raises(InputError, match=r"b\.zip: cannot be written \(.+\)\. Name another file\."):
                work()

    def test_what_stands_there_is_not_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "b.zip").symlink_to(tmp_path / "nowhere")
        with pytest.raises(InputError, match="exists already"):
            refuse_existing(tmp_path / "b.zip")

    def test_a_folder_is_made_for_it(self, tmp_path: Path) -> None:
        refuse_existing(tmp_path / "new" / "b.zip")
        assert list((tmp_path / "new").iterdir()) == []


def _write(file: Path) -> None:
    write_archive(file, MEMBERS)


def _twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate"):
        return zipped(("a", b"1"), ("a", b"2"))


def _encrypted() -> bytes:
    """The flag alone, at both places where it stands."""
    data = bytearray(zipped(("a", b"1"), way=zipfile.ZIP_STORED))
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + at] |= 1
    return bytes(data)


def _other_checksum() -> bytes:
    data = zipped(("a", b"hello"), way=zipfile.ZIP_STORED)
    return data.replace(b"hello", b"jello")


def _claims_less() -> bytes:
    """A bomb that says in the directory that it is small."""
    data = bytearray(zipped(("a", bytes(10_000_000))))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<I", 10)
    return bytes(data)


def _large_directory() -> bytes:
    """The record of a directory with more members than the plain one can count."""
    data = zipped(("a", b"1"))
    return data[:-22] + struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1) + data[-22:]


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "text": lambda: b"no archive at all, but long enough for its end to be looked at",
    "cut": lambda: zipped(("a", b"1" * 100))[:-5],
    "cut in front": lambda: zipped(("a", b"1" * 100))[60:],
    "comment": lambda: zipped(("a", b"1"))[:-2] + b"\x01\x00!",
    "slip": lambda: zipped(("../a", b"1")),
    "deep slip": lambda: zipped(("last/../../a", b"1")),
    "absolute": lambda: zipped(("/etc/a", b"1")),
    "backslash": lambda: zipped(("..\\a", b"1")),
    "drive": lambda: zipped(("C:a", b"1")),
    "dots": lambda: zipped(("last/..", b"1")),
    "newline": lambda: zipped(("a\nb", b"1")),
    "long name": lambda: zipped(("a" * 200, b"1")),
    "folder": lambda: zipped(("last/", b"")),
    "link": lambda: zipped((info("a", mode=stat.S_IFLNK | 0o777), b"/etc/passwd")),
    "pipe": lambda: zipped((info("a", mode=stat.S_IFIFO | 0o600), b"")),
    "twice": _twice,
    "twice but for its case": lambda: zipped(("A", b"1"), ("a", b"2")),
    "encrypted": _encrypted,
    "another packer": lambda: zipped(("a", b"1"), way=zipfile.ZIP_LZMA),
    "checksum": _other_checksum,
    "claims less": _claims_less,
    "large directory": _large_directory,
    "many members": lambda: zipped(*((f"m{number}", b"") for number in range(MOST_MEMBERS + 1))),
}


class TestReading:
    @pytest.mark.parametrize("kind", HOSTILE)
    def test_a_hostile_one_is_refused_in_words(self, kind: str, tmp_path: Path) -> None:
        file = tmp_path / "b.zip"
        file.write_bytes(HOSTILE[kind]())
        with pytest.raises(InputError, match=r"b\.zip: .+ Ask for the file again"):
            read_archive(file)
        assert list(tmp_path.iterdir()) == [file]

    def test_a_bomb_is_not_unpacked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(archive, "MOST_BYTES", 1000)
        monkeypatch.setattr(zipfile.ZipFile, "read", None)
        (tmp_path / "b.zip").write_bytes(zipped(("a", bytes(600)), ("b", bytes(600))))
        with pytest.raises(InputError, match="holds more than"):
            read_archive(tmp_path / "b.zip")

    def test_a_file_larger_than_any_is_not_opened(self, tmp_path: Path) -> None:
        with (tmp_path / "b.zip").open("wb") as file:
            file.truncate(archive.MOST_PACKED_BYTES + 1)
        with pytest.raises(InputError, match="larger than 128 MiB"):
            read_archive(tmp_path / "b.zip")

    def test_what_is_no_file_is_named(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(InputError, match="pipe: is no file"):
            read_archive(tmp_path / "pipe")
        with pytest.raises(InputError, match=r"nowhere: cannot be read \(No such file or directory\)\. Check the path"):
            read_archive(tmp_path / "nowhere")

    def test_damage_anywhere_is_refused_or_does_no_harm(self, tmp_path: Path) -> None:
        whole = zipped(*MEMBERS.items())
        file = tmp_path / "b.zip"
        refused = 0
        for place in range(len(whole)):
            file.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
            try:
                assert all(len(content) <= 5000 for content in read_archive(file).values())
            except InputError:
                refused += 1
        assert refused > len(whole) // 3
