"""trek-etl doctor against sources in good and in bad health."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e_kit import Ran, Workplace
from fake_sources import FakeSources, franchise_file, running_sources

from etl.asking import EXTRACTORS
from etl.examination import first_years
from etl.franchise import load_franchise
from etl.replies import ASKERS
from tests.http.loopback import Handler, redirect, reset, status, text

pytest_plugins = ["e2e_fixtures"]

FORBIDS = text(b"User-agent: *\nDisallow: /\n", "text/plain")


@pytest.fixture
def sources() -> Iterator[FakeSources]:
    with running_sources() as server:
        yield server


@pytest.fixture
def ready(place: Workplace, sources: FakeSources) -> Workplace:
    place.set(**sources.variables)
    return place


def examined(place: Workplace, *arguments: str, file: Path | None = None) -> Ran:
    return place.run("doctor", "--franchise", file or franchise_file(place.folder), *arguments)


def findings(ran: Ran) -> list[tuple[str, str, str]]:
    """Mark, source and subject of every line but the last two."""
    lines = [re.split(r"\s{2,}", line, maxsplit=3) for line in ran.out.splitlines()[:-2]]
    return [(mark, source, subject) for mark, source, subject, _ in lines]


def of(ran: Ran, source: str) -> list[tuple[str, str]]:
    return [(mark, subject) for mark, name, subject in findings(ran) if name == source]


def test_every_source_knows_how_to_be_examined() -> None:
    assert set(ASKERS) == set(EXTRACTORS)


def test_sources_in_good_health(ready: Workplace) -> None:
    """Two of them have no names for what is pinned, and this franchise has no catalogue that knows its first year."""
    ran = examined(ready)
    assert (ran.code, ran.err) == (0, "")
    assert of(ran, "tmdb") == [("ok", "source"), ("ok", "clock"), ("ok", "loom = 9301"), ("ok", "film:weft = 9401")]
    assert of(ran, "memory_alpha") == [("ok", "source"), ("ok", "robots.txt"), ("ok", "clock"), ("??", "loom = LOOM")]
    assert of(ran, "stapi") == [("ok", "source"), ("ok", "clock"), ("ok", "loom = SEMA0000930001")]
    assert of(ran, "trekcore") == [("ok", "source"), ("ok", "robots.txt"), ("ok", "clock"), ("??", "loom = loom")]
    assert of(ran, "tvmaze") == [("ok", "source"), ("ok", "clock"), ("ok", "loom = 93")]
    assert ran.out.splitlines()[-1] == "16 in order, 2 doubtful, 0 wrong."
    assert ran.out.count("begins in 2001 there") == 2
    assert ran.out.count("is 'Loom of Suns' (2001)") == 3


def test_an_id_that_is_another_series_is_wrong(ready: Workplace, sources: FakeSources) -> None:
    """As public lists have it: 85950 is not the series that they say it is."""
    sources.show_name = "Another Show"
    sources.on("/tmdb/3/tv/85950", sources.behaviour_for("/tmdb/3/tv/9301"))
    ran = examined(ready, "--source", "tmdb", file=franchise_file(ready.folder, show=85950))
    assert ran.code == 1
    assert of(ran, "tmdb")[2:] == [("!!", "loom = 85950"), ("ok", "film:weft = 9401")]
    assert "is not 'Loom of Suns': the source has 'Another Show' (2001) there" in ran.out


def test_an_id_that_is_nothing_is_wrong(ready: Workplace) -> None:
    ran = examined(ready, "--source", "tmdb", file=franchise_file(ready.folder, show=85951))
    assert of(ran, "tmdb") == [
        ("ok", "source"),
        ("ok", "clock"),
        ("!!", "loom = 85951"),
        ("ok", "film:weft = 9401"),
    ]
    assert "Check the pinned id in the franchise file" in ran.out


def test_a_page_without_a_name_is_told(ready: Workplace, sources: FakeSources) -> None:
    sources.on("/tvmaze/shows/93", text(b'{"id": 93}'))
    ran = examined(ready, "--source", "tvmaze")
    assert of(ran, "tvmaze") == [("!!", "source"), ("ok", "clock"), ("??", "1 id")]
    assert "there is no name" in ran.out


def test_a_robots_txt_that_forbids_is_obeyed_and_told(ready: Workplace, sources: FakeSources) -> None:
    sources.on("/trekcore/loom/robots.txt", FORBIDS)
    sources.on("/wiki/robots.txt", FORBIDS)
    ran = examined(ready, "--source", "trekcore,memory_alpha")
    assert ran.code == 1
    for name in ("memory_alpha", "trekcore"):
        assert of(ran, name) == [("ok", "source"), ("!!", "robots.txt"), ("??", "1 id")]
    assert {seen.path for seen in sources.log} == {"/trekcore/loom/robots.txt", "/wiki/robots.txt"}


def test_a_robots_txt_that_cannot_be_read_is_told(ready: Workplace, sources: FakeSources) -> None:
    sources.on("/trekcore/loom/robots.txt", redirect("https://example.org/robots.txt"))
    ran = examined(ready, "--source", "trekcore")
    assert ran.code == 1
    assert of(ran, "trekcore") == [("!!", "source"), ("??", "1 id")]
    assert "robots.txt could not be read, so nothing was asked" in ran.out


def test_a_key_that_is_refused_is_told_once(ready: Workplace) -> None:
    ready.set(TMDB_API_KEY="another-token")
    ran = examined(ready, "--source", "tmdb", "--source", "tvmaze")
    assert ran.code == 1
    assert of(ran, "tmdb") == [("!!", "key"), ("ok", "clock"), ("??", "2 ids")]
    assert "TMDB does not accept the key (HTTP 401)" in ran.out
    assert {mark for mark, _ in of(ran, "tvmaze")} == {"ok"}


def test_without_a_key_the_others_are_examined(ready: Workplace, sources: FakeSources) -> None:
    ready.set(TMDB_API_KEY="")
    ran = examined(ready, "--source", "tmdb,tvmaze")
    assert ran.code == 0
    assert of(ran, "tmdb") == [("??", "key"), ("??", "2 ids")]
    assert "none is set (TMDB_API_KEY), so nothing was asked" in ran.out
    assert [seen.path for seen in sources.log] == ["/tvmaze/shows/93"]


def test_a_clock_that_is_off_is_told(ready: Workplace, sources: FakeSources, monkeypatch: pytest.MonkeyPatch) -> None:
    an_hour_ago = time.time() - 3600
    monkeypatch.setattr(
        Handler, "date_time_string", lambda *_: time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(an_hour_ago))
    )
    ran = examined(ready, "--source", "tvmaze")
    assert ran.code == 1
    assert of(ran, "tvmaze") == [("ok", "source"), ("!!", "clock"), ("ok", "loom = 93")]
    assert re.search(r"the clock here is 36\d\d s ahead of the source's: set it", ran.out)


def test_a_dead_source_does_not_cost_the_others(ready: Workplace, sources: FakeSources) -> None:
    sources.on("/stapi/episode/search", reset)
    ran = examined(ready, "--source", "stapi,tvmaze")
    assert ran.code == 1
    assert of(ran, "stapi") == [("!!", "source"), ("??", "1 id")]
    assert of(ran, "tvmaze") == [("ok", "source"), ("ok", "clock"), ("ok", "loom = 93")]


def test_the_cache_does_not_speak_for_a_source_that_is_dead_now(ready: Workplace, sources: FakeSources) -> None:
    assert examined(ready, "--source", "tvmaze,stapi").code == 0
    sources.on("/tvmaze/shows/93", status(503))
    sources.on("/stapi/episode/search", status(503))
    ran = examined(ready, "--source", "tvmaze,stapi")
    assert [of(ran, name)[0] for name in ("stapi", "tvmaze")] == [("!!", "source")] * 2


def test_what_is_not_in_a_list_is_wrong(ready: Workplace, sources: FakeSources) -> None:
    for story in sources.stories:
        story.day = "1967-10-05"
    file = franchise_file(ready.folder)
    file.write_text(file.read_text("utf-8").replace('"LOOM"', '"OTHER"').replace("SEMA0000930001", "SEMA1"), "utf-8")
    ran = examined(ready, "--source", "memory_alpha,stapi", file=file)
    assert of(ran, "memory_alpha")[-1] == ("!!", "loom = OTHER")
    assert of(ran, "stapi")[-1] == ("!!", "loom = SEMA1")
    assert "There is no episode under SEMA1. (not-found)" in ran.out


def test_a_source_without_pins_is_not_asked(ready: Workplace, sources: FakeSources) -> None:
    file = franchise_file(ready.folder)
    file.write_text(re.sub(r', stapi = "\w+"', "", file.read_text("utf-8")), "utf-8")
    ran = examined(ready, "--source", "stapi", file=file)
    assert (ran.code, of(ran, "stapi"), sources.log) == (0, [("ok", "source")], [])
    assert "the franchise pins no id there" in ran.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["--source", "imdb"], "'imdb' is not known"), (["--franchise", "nowhere"], "There is no franchise 'nowhere'")],
)
def test_wrong_arguments_end_with_3(place: Workplace, arguments: list[str], told: str) -> None:
    ran = place.run("doctor", *arguments)
    assert ran.code == 3
    assert told in ran.err


def test_the_catalogue_tells_the_first_year_of_every_series_and_film() -> None:
    years: dict[str, Any] = first_years(load_franchise("star_trek"))
    assert (years["tng"], years["tos"], years["film:twok"]) == (1987, 1966, 1982)
    assert first_years(load_franchise("star_trek", has_catalogue=False)) == {}
