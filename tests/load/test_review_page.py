from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from etl.decisions import read_decisions
from etl.load.previous import read_previous
from etl.load.review_page import review_markdown
from etl.load.warehouse import write_warehouse
from schemas.decisions import Decisions
from tests.factories import added, changed, empty_tables, tiny_tables

HOSTILE = (
    '# [x](javascript:alert(1)) <img src=x onerror=y> ``` | "\n```\n[[link]]\n\\ \x1b \x7f ![i](http://evil.example)'
)


def pasted(text: str, folder: Path) -> Decisions:
    """All suggested answers of a page, read as the file they are to be pasted into."""
    blocks = re.findall(r"^  ```toml\n(.*?)^  ```$", text, re.DOTALL | re.MULTILINE)
    file = folder / "decisions.toml"
    file.write_text("\n".join(blocks), encoding="utf-8")
    return read_decisions(file)


def test_what_waits_stands_there_with_an_answer_to_paste(tmp_path: Path) -> None:
    text = review_markdown(tiny_tables())
    for line in (
        "## Rows that wait: 1",
        "* [ ] tmdb 99999, “The Making of” (tng)",
        "  * Nearest: `tng:the-naked-now` The Naked Now, 0.40",
        "## Conflicts: 1",
        "* [ ] `tng:the-naked-now` The Naked Now, title",
        "  * tmdb: The Naked Now <https://example.org/tmdb>",
        "  * catalogue: The Naked Now! <https://example.org/catalogue>",
    ):
        assert line in text.splitlines()
    answers = pasted(text, tmp_path)
    assert [(one.source, one.id, one.episode) for one in answers.link] == [("tmdb", "99999", "tng:the-naked-now")]
    assert [(one.episode, one.field, one.source, one.expects) for one in answers.value] == [
        ("tng:the-naked-now", "title", "tmdb", "The Naked Now")
    ]


def test_nothing_waits() -> None:
    assert review_markdown(empty_tables()) == "# Review\n\nNothing waits for a person.\n"


def test_numbers_that_are_explained_need_no_answer() -> None:
    shifts = tiny_tables()["number_shifts"]
    early = shifts.with_columns(season=pl.lit(0, pl.Int64), explanation=pl.lit("imdb counts *it* elsewhere."))
    text = review_markdown(empty_tables() | {"number_shifts": pl.concat([shifts, early])})
    assert text == (
        "# Review\n\nNothing waits for a person.\n\n## Explained, nothing to do: 2\n\n"
        "Numbers of a scheme that differ from those as aired:\n\n"
        "* imdb counts \\*it\\* elsewhere.\n"
        "* tvmaze numbers tng season 1 one higher from episode 2 on, "
        "because “Encounter at Farpoint” counts as two there.\n"
    )
    assert review_markdown(tiny_tables()).splitlines()[-1] == text.splitlines()[-1]


def test_the_page_is_the_same_from_the_database_and_in_any_order(tmp_path: Path) -> None:
    tables = tiny_tables()
    tables = added(
        tables, "review", source="stapi", source_id="1", series="tas", reason="r", source_url="https://x.example/a"
    )
    write_warehouse(tmp_path / "episodes.duckdb", tables)
    last = read_previous(tmp_path)
    assert last is not None
    turned = {name: table.reverse() for name, table in tables.items()}
    assert review_markdown(last.tables) == review_markdown(tables) == review_markdown(turned)
    assert "without title" in review_markdown(tables)
    assert "<https://x.example/a>" in review_markdown(tables)
    assert 'episode = "none"  # a key, or "none"' in review_markdown(tables)


@pytest.mark.parametrize(
    ("field", "values", "chosen", "expected"),
    [
        ("runtime_min", ["45", "46"], "46", 46),
        ("stardate_from", ["41153.7", "-1.5"], "-1.5", -1.5),
        ("air_date", ["1987-09-28", "1987-09-29"], "1987-09-29", "1987-09-29"),
        ("directors", ['["A"]', '["B"]'], '["B"]', None),
        ("title", ["A", "B"], None, None),
    ],
)
def test_answers_keep_the_type_of_their_field(
    tmp_path: Path, field: str, values: list[str], chosen: str | None, expected: object
) -> None:
    row = {"episode_key": "tas:yesteryear", "witnesses": ["override", "tvmaze"], "rule": "order"}
    tables = added(tiny_tables(), "conflicts", field=field, values=values, chosen=chosen, **row)
    answer = pasted(review_markdown(tables), tmp_path).value[0]
    assert (answer.field, answer.source) == (field, "tvmaze")
    assert answer.expects == expected or str(answer.expects) == expected


def test_foreign_text_stays_text(tmp_path: Path) -> None:
    tables = changed(tiny_tables(), "episodes", "tng:the-naked-now", title=HOSTILE)
    row = {"series": "tng", "title": HOSTILE, "reason": HOSTILE, "score": None, "source_url": "https://x/<script>"}
    tables = added(tables, "review", source="stapi", source_id=HOSTILE, candidate="tng:gone", **row)
    tables["conflicts"] = tables["conflicts"].with_columns(
        pl.col("values").list.eval(pl.lit(HOSTILE) + pl.element()), chosen=pl.lit(HOSTILE)
    )
    tables["number_shifts"] = tables["number_shifts"].with_columns(explanation=pl.lit(HOSTILE))
    text = review_markdown(tables)
    assert text.replace("\n", "").isprintable()
    prose = re.sub(r"^  ```toml\n.*?^  ```$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert not re.search(r"(?<!\\)<(?!https?://[^\s<>]+>)", prose)
    assert not re.search(r"(?<!\\)\]\(", prose)
    assert re.findall(r"^#.*$", text, re.MULTILINE) == [
        "# Review",
        "## Rows that wait: 2",
        "## Conflicts: 1",
        "## Explained, nothing to do: 1",
    ]
    answers = pasted(text, tmp_path)
    assert answers.link[0].id == HOSTILE
    assert answers.value[0].expects == HOSTILE.strip()


def test_waivers_in_force_are_listed_and_idle_ones_named() -> None:
    waived = {"check_name": "year_range", "reason": HOSTILE, "until": date(2027, 3, 31)}
    tables = added(empty_tables(), "waivers", **waived, key="tng:b", failures=0)
    text = review_markdown(added(tables, "waivers", **waived, key="tng:a", failures=2))
    assert text.startswith("# Review\n\nNothing waits for a person.\n\n## Waivers in force: 2\n\n")
    lines = [line for line in text.splitlines() if line.startswith("* ")]
    assert lines[0].startswith("* year\\_range tng:a, until 2027-03-31: ")
    assert lines[0].endswith(" (2 let pass)")
    assert lines[1].endswith(" (lets nothing pass, remove it)")
    assert len(lines) == 2
    assert "\\<img" in text
