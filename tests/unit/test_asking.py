"""Asking the sources: what becomes of a run's options and key, and how a source is said to have done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from etl.asking import Asked, ask_sources
from etl.errors import Category
from etl.extract.shapes import Scope
from etl.franchise import Franchise, Season, Series, load_franchise
from etl.http.cache import Entry, ResponseCache
from etl.options import Options
from etl.settings import Settings, load_settings

KEY = "0123456789abcdef0123456789abcdef"
FIXTURE = Path(__file__).parents[1] / "sources" / "fixtures" / "tmdb_series.json"
ADDRESS = "/tv/9101?append_to_response=season%2F1%2Cseason%2F2%2Cexternal_ids"
NOW = datetime.now(UTC)


def series(code: str = "loom", tmdb: str = "9101") -> Series:
    return Series(
        code=code,
        name="Loom of Suns",
        kind="series",
        is_ended=True,
        ids={"tmdb": tmdb},
        seasons=(Season(number=1), Season(number=2)),
    )


def settings_with(key: str | None, base_url: str | None = None) -> Settings:
    return load_settings(tmdb_api_key=key, tmdb_base_url=base_url)


def remember(age: timedelta = timedelta(), base_url: str = "https://api.themoviedb.org/3") -> None:
    cache = ResponseCache(load_settings().cache_path)
    cache.put(Entry.of(f"{base_url}{ADDRESS}", FIXTURE.read_bytes(), NOW - age, {}))
    cache.close()


def ask(*asked: Series, settings: Settings, heard: list[str] | None = None, **options: Any) -> dict[str, Asked]:
    franchise = Franchise(code="loom", name="Loom of Suns", series=asked)
    given = Options(out=Path("outputs"), as_of=NOW, franchise="star_trek", **{"is_offline": True, **options})
    told = [] if heard is None else heard
    answers = ask_sources(franchise, Scope(asked, ()), settings, given, told.append)
    return {one.source.name: one for one in answers}


def test_a_source_that_answers_is_used() -> None:
    remember()
    asked = ask(series(), settings=settings_with(KEY))
    assert (asked["tmdb"].status, asked["tmdb"].extracted.rows, asked["tmdb"].usage.cache_hits) == ("used", 4, 1)


def test_one_that_gives_nothing_has_failed() -> None:
    asked = ask(series(), settings=settings_with(KEY))
    assert asked["tmdb"].status == "failed"
    assert [error.category for error in asked["tmdb"].extracted.errors] == [Category.NETWORK]


def test_one_that_gives_a_part_is_partial() -> None:
    remember()
    asked = ask(series(), series("weft", "9102"), settings=settings_with(KEY))
    assert (asked["tmdb"].status, asked["tmdb"].extracted.rows) == ("partial", 4)


def test_one_that_gives_only_old_answers_is_stale() -> None:
    nobody_listens = "http://127.0.0.1:9/3"
    remember(timedelta(days=31), nobody_listens)
    asked = ask(series(), settings=settings_with(KEY, nobody_listens), is_offline=False, max_retries=0)
    assert asked["tmdb"].status == "stale"
    assert asked["tmdb"].extracted.frames["episodes"]["is_stale"].all()


def test_without_a_key_one_error_says_what_is_missing() -> None:
    asked = ask(series(), series("weft", "9102"), settings=settings_with(None), is_offline=False)
    errors = asked["tmdb"].extracted.errors
    assert asked["tmdb"].status == "no-key"
    assert [(error.category, error.concerns) for error in errors] == [(Category.AUTHENTICATION, "loom, weft")]
    assert "TMDB_API_KEY" in errors[0].message


def test_without_a_key_no_request_is_made() -> None:
    asked = ask(series(), settings=settings_with(None), is_offline=False)
    assert asked["tmdb"].usage.requests == 0


def test_without_a_key_the_cache_still_answers() -> None:
    remember()
    asked = ask(series(), settings=settings_with(None), is_offline=False)
    assert (asked["tmdb"].status, asked["tmdb"].extracted.rows) == ("stale", 4)


def test_a_source_that_was_not_chosen_is_not_there() -> None:
    assert set(ask(series(), settings=settings_with(KEY), sources=("catalogue",))) == {"catalogue"}


@pytest.mark.parametrize(("sources", "is_wanted"), [((), True), (("catalogue",), True), (("tmdb",), False)])
def test_the_catalogue_is_read_even_if_its_values_are_not_wanted(sources: tuple[str, ...], is_wanted: bool) -> None:
    given = Options(out=Path("outputs"), as_of=NOW, franchise="star_trek", sources=sources, is_offline=True)
    heard: list[str] = []
    asked = ask_sources(load_franchise("star_trek"), Scope((), ()), settings_with(KEY), given, heard.append)
    assert {one.source.name: one.is_wanted for one in asked}["catalogue"] is is_wanted


def test_a_franchise_without_a_catalogue_does_not_ask_one() -> None:
    assert ask(series(), settings=settings_with(KEY))["catalogue"].status == "not-asked"


def test_every_answer_is_heard_of_in_words() -> None:
    remember()
    heard: list[str] = []
    ask(series(), series("weft", "9102"), settings=settings_with(KEY), heard=heard)
    assert sorted(heard) == ["TMDB: loom (cache)", "TMDB: weft: network"]
