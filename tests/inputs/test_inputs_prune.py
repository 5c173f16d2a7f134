"""Cutting entries out of a file of corrections, with their comments and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.errors import InputError
from etl.inputs.toml_file import read_toml
from etl.prune import refuse_other_forms, without_entries

TEXT = """\
# The head of the file.

# Above the first.
[[override]]
episode = "tng:a"
field = "title"  # Beside it.
value = "A"
reason = "r"
expects = { source = "tmdb", value = "B" }

# Above the second,
# in two lines.
[[override]]
episode = "tng:b"
field = "title"
value = '''
[[override]] in a text
'''
reason = "r"
[override.expects]
source = "tmdb"
value = "x"
[[season]]
season = "tng_s1"
field = "notes"
value = "N"
reason = "r"

# The end.
"""


def cut(folder: Path, *entries: tuple[str | int, ...], text: str = TEXT) -> tuple[str, str]:
    file = folder / "own.toml"
    file.write_bytes(text.encode())
    return without_entries(read_toml(file), entries)


def test_an_entry_goes_with_its_comment_and_its_tables(tmp_path: Path) -> None:
    kept, gone = cut(tmp_path, ("override", 1))
    assert gone == TEXT[TEXT.index("# Above the second") : TEXT.index("[[season]]")]
    assert kept == TEXT.replace(gone, "")


def test_the_first_and_the_last_entry(tmp_path: Path) -> None:
    kept, gone = cut(tmp_path, ("override", 0), ("season", 0))
    assert gone.startswith('# Above the first.\n[[override]]\nepisode = "tng:a"')
    assert kept.startswith("# The head of the file.\n\n# Above the second,")
    assert "[[season]]" not in kept
    assert len(kept) + len(gone) == len(TEXT)


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    kept, gone = cut(tmp_path, ("override", 0), text=TEXT.replace("\n", "\r\n"))
    assert gone.startswith("# Above the first.\r\n[[override]]\r\n")
    assert kept == TEXT.replace(gone.replace("\r\n", "\n"), "").replace("\n", "\r\n")


def test_other_line_ends_in_texts_are_no_lines(tmp_path: Path) -> None:
    text = TEXT.replace('"A"', '"A\u2028B\x85C"')
    kept, gone = cut(tmp_path, ("season", 0), text=text)
    assert gone == TEXT[TEXT.index("[[season]]") : TEXT.index("# The end.")]
    assert kept == text.replace(gone, "")


def test_an_entry_that_is_no_block_is_refused(tmp_path: Path) -> None:
    inline = "override = [{ episode = 'tng:a', field = 'title', value = 'A', reason = 'r' }]\n"
    with pytest.raises(InputError, match=r"own\.toml:1: override\[0\]: It is no block that begins with"):
        cut(tmp_path, ("override", 0), text=inline)


def test_another_programs_file_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("", "utf-8")
    refuse_other_forms(read_toml(file))
    json_file = tmp_path / "own.JSON"
    json_file.write_text("", "utf-8")
    with pytest.raises(InputError, match="Turn it into TOML with trek-etl adopt first"):
        refuse_other_forms(read_toml(json_file))
