from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from etl.errors import InputError
from etl.waivers import read_waivers

WAIVER = """
[[waiver]]
check = "stardate_outlier"
key = "pro:time-amok"
reason = "the point slipped"
until = 2027-03-31
"""


def file(folder: Path, text: str) -> Path:
    path = folder / "waivers.toml"
    path.write_text(text, "utf-8")
    return path


def test_without_a_file_nothing_is_waived(tmp_path: Path) -> None:
    assert read_waivers(tmp_path / "waivers.toml").is_empty()
    assert read_waivers(file(tmp_path, "")).is_empty()


def test_a_waiver_is_read(tmp_path: Path) -> None:
    other = WAIVER.replace("time-amok", "kobayashi")
    assert read_waivers(file(tmp_path, WAIVER + other)).rows() == [
        ("stardate_outlier", "pro:time-amok", "the point slipped", date(2027, 3, 31), 0),
        ("stardate_outlier", "pro:kobayashi", "the point slipped", date(2027, 3, 31), 0),
    ]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (WAIVER.replace("stardate_outlier", "stardate_outliers"), 3, "Did you mean stardate_outlier?"),
        (WAIVER.replace("stardate_outlier", "zzz"), 3, "docs/checks.md lists the checks."),
        (WAIVER.replace("stardate_outlier", "public_id"), 3, "a check of the contract, which nobody can waive"),
        (WAIVER + WAIVER, 8, "It decides the same as waiver[0] on line 2."),
        (WAIVER.replace('reason = "the point slipped"', 'reason = " "'), 5, "waiver[0].reason"),
        (WAIVER.replace("until = 2027-03-31", ""), 2, "waiver[0].until: Field required. Add it."),
        (WAIVER.replace("2027-03-31", '"soon"'), 6, "waiver[0].until"),
        (WAIVER + "for_ever = true\n", 7, "waiver[0].for_ever"),
        (WAIVER.replace("[[waiver]]", "[[waivers]]"), 1, "waivers: Extra inputs"),
        (WAIVER + "x = \n", 7, "This is no TOML"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_waivers(file(tmp_path, text))
    assert str(caught.value).startswith(f"{tmp_path / 'waivers.toml'}:{line}: ")
    assert said in str(caught.value)
