from __future__ import annotations

import pytest

from etl.doctor import Pin, Reply, SourceState, comparable, examine, exit_code, pinned_ids, render_findings
from etl.errors import Category, ExitCode, SourceError
from etl.franchise import load_franchise

PIN = Pin("tmdb", "655", "tng", "Star Trek: The Next Generation", 1987)


def judged(pin: Pin, reply: Reply) -> tuple[str, str]:
    _, finding = examine([SourceState(pin.source)], [(pin, reply)])
    return finding.level, finding.text


def failure(category: Category) -> SourceError:
    return SourceError("tmdb", category, "no answer", status=404)


@pytest.mark.parametrize(
    ("name", "year", "level"),
    [
        ("Star Trek: The Next Generation", 1987, "good"),
        ("STAR TREK – the next generation", 1988, "good"),
        ("Star Trek: The Next Generation", None, "good"),
        ("Star Trek: The Next Generation", 1989, "wrong"),
        ("Star Trek", 1987, "good"),
        ("Star Trek", None, "doubtful"),
        ("Star Trek: Voyager", 1987, "wrong"),
        ("", 1987, "wrong"),
        ("...", None, "wrong"),
    ],
)
def test_a_pinned_id_is_compared_by_name_and_year(name: str, year: int | None, level: str) -> None:
    found, text = judged(PIN, Reply(name, year))
    assert found == level
    if level != "good":
        assert repr(name) in text
        assert repr(PIN.name) in text


@pytest.mark.parametrize(
    ("ours", "theirs", "level"),
    [
        (1987, 1987, "good"),
        (1987, 1988, "good"),
        (1987, 1993, "wrong"),
        (None, 1987, "doubtful"),
        (1987, None, "doubtful"),
    ],
)
def test_where_a_source_has_no_names_the_year_must_do(ours: int | None, theirs: int | None, level: str) -> None:
    found, text = judged(Pin("trekcore", "tng", "tng", "Star Trek: The Next Generation", ours), Reply(None, theirs))
    assert found == level
    assert text == (
        f"begins in {theirs or 'an unknown year'} there, 'Star Trek: The Next Generation' in "
        f"{ours or 'an unknown year'}; the source has no name for it"
    )


@pytest.mark.parametrize(
    ("skew_s", "told"),
    [
        (1.4, "the clock here is the same as the source's"),
        (-60.2, "the clock here is 60 s behind the source's"),
        (
            301.0,
            "the clock here is 301 s ahead of the source's: set it, or answers are taken for fresh or stale wrongly",
        ),
    ],
)
def test_the_clock_is_told_in_words(skew_s: float, told: str) -> None:
    assert examine([SourceState("x", clock_skew_s=skew_s)], [])[-1].text == told


def test_a_missing_key_names_its_variable() -> None:
    (finding,) = examine([SourceState("tmdb", missing_key="TMDB_API_KEY")], [])
    assert (finding.subject, finding.text) == ("key", "none is set (TMDB_API_KEY), so nothing was asked")


def test_every_finding_stands_with_its_source() -> None:
    other = Pin("tvmaze", "491", "tng", PIN.name, 1987)
    replies = [(other, Reply(PIN.name, 1987)), (PIN, Reply(PIN.name, 1987))]
    findings = examine([SourceState("tmdb"), SourceState("tvmaze")], replies)
    assert [finding.source for finding in findings] == ["tmdb", "tmdb", "tvmaze", "tvmaze"]


@pytest.mark.parametrize("category", list(Category))
def test_an_id_that_gave_no_answer_is_wrong(category: Category) -> None:
    level, text = judged(PIN, Reply(error=failure(category)))
    assert level == "wrong"
    assert category.advice in text


@pytest.mark.parametrize(
    ("state", "levels", "subject"),
    [
        (SourceState("tmdb"), ["good"], "source"),
        (SourceState("tmdb", failure(Category.AUTHENTICATION)), ["wrong"], "key"),
        (SourceState("tmdb", failure(Category.NETWORK)), ["wrong"], "source"),
        (SourceState("x", is_robots_allowed=True), ["good", "good"], "robots.txt"),
        (SourceState("x", is_robots_allowed=False), ["good", "wrong"], "robots.txt"),
        (SourceState("x", clock_skew_s=20.0), ["good", "good"], "clock"),
        (SourceState("x", clock_skew_s=3600.0), ["good", "wrong"], "clock"),
        (SourceState("x", clock_skew_s=-3600.0), ["good", "wrong"], "clock"),
        (SourceState("x", missing_key="X_API_KEY", unexamined=7), ["doubtful", "doubtful"], "7 ids"),
        (SourceState("x", failure(Category.NETWORK), unexamined=1), ["wrong", "doubtful"], "1 id"),
        (SourceState("x", has_pins=False), ["good"], "source"),
    ],
)
def test_a_source_is_judged(state: SourceState, levels: list[str], subject: str) -> None:
    findings = examine([state], [])
    assert [finding.level for finding in findings] == levels
    assert findings[-1].subject == subject
    expected = ExitCode.CONTRACT_BROKEN if "wrong" in levels else ExitCode.DONE
    assert exit_code(findings) == expected


def test_what_is_doubtful_does_not_fail() -> None:
    assert exit_code(examine([SourceState("tmdb")], [(PIN, Reply("Star Trek"))])) == ExitCode.DONE


def test_findings_are_told_one_a_line_whatever_they_hold() -> None:
    hostile = Reply("x\n!! all wrong\x1b[31m", 1987)
    text = render_findings(examine([SourceState("tmdb")], [(PIN, hostile)]))
    assert len(text.splitlines()) == 4
    assert "\x1b" not in text
    assert text.splitlines()[-1] == "1 in order, 0 doubtful, 1 wrong."
    assert render_findings([]) == "\n0 in order, 0 doubtful, 0 wrong.\n"


def test_every_pinned_id_of_a_franchise_is_asked_for() -> None:
    franchise = load_franchise("star_trek")
    pins = pinned_ids(franchise, ["tmdb", "tvmaze"], {"tng": 1987})
    assert Pin("tmdb", "655", "tng", "Star Trek: The Next Generation", 1987) in pins
    assert {pin.source for pin in pins} == {"tmdb", "tvmaze"}
    assert any(pin.concerns.startswith("film:") for pin in pins)
    assert len(pins) == len({(pin.source, pin.concerns) for pin in pins})


def test_names_are_compared_without_accents_and_signs() -> None:
    assert comparable("Mudd’s Café & Co.") == comparable("mudds cafe and co") == ("mudds", "cafe", "and", "co")
