"""Texts that want to be more than text, through every export: each reads back as it was, and does nothing till then."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from export_factory import FIXES, episode, frame, release
from test_typescript import TSC, node

from etl.load.flat import write_flat
from etl.load.json_text import to_json
from etl.load.review_page import review_markdown
from etl.load.typescript import guide_to_typescript
from etl.markdown_text import escaped, link
from etl.plain_text import HIDDEN, one_line, visible
from etl.published.guide import build_guide
from etl.toml_text import toml_comment, toml_string

HOSTILE = [
    "'quotes\" `back` \\ ${process.exit(1)}",
    "</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)>",
    "\x00\x07\x1b[31mred\x1b[0m\x7f\x85\x9b",
    "right\u202eleft\u2066isolate\u2069\u200f\u061c",
    "line\u2028paragraph\u2029end\r\nreturn\ttab",
    '=HYPERLINK("http://evil.example","click")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "'); drop table episodes; --",
    "\ufeffmark\u200bzero\U000e0041tag 👩\u200d🚀",
    "# heading\n* list\n```\n[link](javascript:alert(1)) ![image](x) <b> &amp; | a | @octocat #17 www.evil.example",
    "x" * 100_000,
]


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    rows = [
        episode(f"tng:t{at}", 1, at + 1, title=text, synopsis=text, directors=[text], guest_stars=[text, "B"])
        for at, text in enumerate(HOSTILE)
    ]
    rows.append(episode("tas:calm", 1, 1))
    rows.append(episode("tng:two", 2, 1))
    return release() | {"episodes": frame("episodes", rows)}


def test_typescript_reads_back_through_the_compiler(tmp_path: Path, tables: dict[str, pl.DataFrame]) -> None:
    guide = build_guide(tables)
    source = guide_to_typescript(guide, HOSTILE, franchise="star_trek")
    assert not HIDDEN.search(source)
    assert "</script" not in source.lower()
    node()
    (tmp_path / "guide.mts").write_text(source, "utf-8")
    command = [str(TSC), "--strict", "--target", "es2022", "--module", "es2022", "guide.mts"]
    compiled = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert compiled.returncode == 0, compiled.stdout
    code = "import('./guide.mjs').then(m => process.stdout.write(JSON.stringify(m.starTrekData)))"
    read = subprocess.run([node(), "-e", code], cwd=tmp_path, capture_output=True, timeout=60, check=True)
    assert json.loads(read.stdout) == guide


def test_json_and_parquet_hold_the_texts_themselves(tmp_path: Path, tables: dict[str, pl.DataFrame]) -> None:
    write_flat(tmp_path, tables, FIXES)
    text = (tmp_path / "episodes.json").read_text("utf-8")
    assert not HIDDEN.search(text)
    rows = {row["episode_key"]: row for row in json.loads(text)}
    parquet = {row["episode_key"]: row for row in pl.read_parquet(tmp_path / "episodes.parquet").to_dicts()}
    for at, hostile in enumerate(HOSTILE):
        for row in (rows[f"tng:t{at}"], parquet[f"tng:t{at}"]):
            assert (row["title"], row["directors"], row["guest_stars"]) == (hostile, [hostile], [hostile, "B"])


def test_csv_has_its_columns_and_no_cell_that_a_spreadsheet_runs(
    tmp_path: Path, tables: dict[str, pl.DataFrame]
) -> None:
    write_flat(tmp_path, tables, FIXES)
    text = (tmp_path / "episodes.csv").read_bytes().decode()
    assert not HIDDEN.search(text)
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert len(rows) == len(HOSTILE) + 2
    for row in rows:
        assert None not in row
        assert not [cell for cell in row.values() if re.match(r"\s*[=+@＝＋＠]|[\t\r\n]", cell)]
    titles = {row["episode_key"]: row["title"] for row in rows}
    for at, hostile in enumerate(HOSTILE):
        seen = HIDDEN.sub("\ufffd", hostile)
        assert titles[f"tng:t{at}"] in (seen, f"'{seen}")


def conflicts(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """A release in which every hostile title is disputed and every hostile row waits."""
    disputed: list[dict[str, Any]] = [
        {
            "episode_key": f"tng:t{at}",
            "field": "title",
            "values": [text, "another"],
            "witnesses": ["tmdb", "tvmaze"],
            "chosen": text,
            "rule": text,
        }
        for at, text in enumerate(HOSTILE)
    ]
    waiting: list[dict[str, Any]] = [
        {
            "source": "tmdb",
            "source_id": f"{at} {text[:200]}",
            "series": "tng",
            "title": text,
            "candidate": None,
            "score": None,
            "reason": text,
            "source_url": f"https://x.example/{text}",
        }
        for at, text in enumerate(HOSTILE)
    ]
    return tables | {
        "conflicts": frame("conflicts", disputed),
        "review": frame("review", waiting),
        "field_values": frame("field_values", []),
        "number_shifts": frame("number_shifts", []),
        "waivers": frame("waivers", []),
    }


def test_the_review_page_stays_a_checklist(tables: dict[str, pl.DataFrame]) -> None:
    page = review_markdown(conflicts(tables))
    assert not HIDDEN.search(page)
    assert len(page) < 200_000
    lines = page.splitlines()
    assert [line for line in lines if line.startswith("#")] == [
        "# Review",
        f"## Rows that wait: {len(HOSTILE)}",
        f"## Conflicts: {len(HOSTILE)}",
    ]
    assert sum(line.startswith("* [ ] ") for line in lines) == 2 * len(HOSTILE)
    assert sum(line == "  ```toml" for line in lines) == sum(line == "  ```" for line in lines) == 2 * len(HOSTILE)
    told = "\n".join(line for line in lines if not re.match(r"  \w+ = ", line))
    outside = re.sub(r"(?<!\\)<https?://[^\s<>]*>", "", told)
    assert not re.search(r"(?<!\\)<(?!!-- -->)", outside)
    assert not re.search(r"@(?=\w)|(?<!\\)\]\(|www\.", outside)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a_b*c", r"a\_b\*c"),
        ("<b>&amp;", r"\<b\>\&amp;"),
        ("@octocat and a@b.example", "@<!-- -->octocat and a@<!-- -->b.example"),
        ("#17, #", r"\#<!-- -->17, \#"),
        ("http://x www.x WWW.x", r"http\://x www\.x WWW\.x"),
        ("two\nlines\u202e", "two lines"),
        ("y" * 2001, "y" * 2000 + " ... (2,001 characters)"),
    ],
)
def test_markdown(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_only_a_web_address_is_a_link() -> None:
    assert link("https://x.example/a?b=(c)") == "<https://x.example/a?b=(c)>"
    for other in (
        "javascript:alert(1)",
        "https://x.example/\u202e",
        "https://a b",
        "https://x/`",
        "http://" + "x" * 3000,
    ):
        assert not link(other).startswith("<")


@pytest.mark.parametrize("text", HOSTILE)
def test_toml_reads_back_and_shows_what_stands_there(text: str) -> None:
    written = toml_string(text)
    assert tomllib.loads(f"a = {written}")["a"] == text
    assert not HIDDEN.search(written)
    assert "\n" not in written
    assert tomllib.loads(f"{toml_comment(text)}\na = 1") == {"a": 1}


def test_half_of_a_character_becomes_a_question_mark_in_toml() -> None:
    assert toml_string("a\ud800") == '"a?"'


@pytest.mark.parametrize("text", HOSTILE)
def test_a_terminal_obeys_nothing(text: str) -> None:
    assert one_line(text).isprintable()
    assert not HIDDEN.search(visible(text))
    assert "\r" not in visible(text)


def test_what_cannot_be_seen_is_written_out() -> None:
    assert visible("a\x1b[0m\u202eb\ud800\n\tc\r") == "a\\x1b[0m\\u202eb\\ud800\n\tc\\r"


def test_json_is_escaped_where_it_hides_something() -> None:
    assert to_json(["a\u202e\U000e0041é"]) == '[\n  "a\\u202e\\udb40\\udc41é"\n]\n'
