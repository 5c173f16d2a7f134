"""A key is seen by TMDB and by nobody else: not in a file, not in what is said, in no spelling."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from e2e_kit import Ran, Workplace, ended, files_below, spellings
from fake_tmdb import (
    HARBOUR_LIGHTS,
    LAST_KEEPER,
    OUTER_BEACON,
    V3_KEY,
    V4_TOKEN,
    FakeTmdb,
    changed,
    echoing_redirect,
    echoing_refusal,
    redirect,
)

pytest_plugins = ["e2e_fixtures"]

KEYS = {"token": V4_TOKEN, "key": V3_KEY}


def leaks(place: Workplace, ran: Ran, key: str) -> list[str]:
    """Where the key can be read."""
    places = {str(path): path.read_bytes() for path in files_below(place.folder)}
    places |= {"stdout": ran.out.encode(), "stderr": ran.err.encode()}
    return [name for name, data in places.items() if any(spelling in data for spelling in spellings(key))]


def make_trouble(tmdb: FakeTmdb) -> None:
    """A redirect that repeats the key, a refusal that quotes it, and a redirect to somebody else."""
    tmdb.break_at(HARBOUR_LIGHTS, echoing_redirect(OUTER_BEACON))
    tmdb.break_at(LAST_KEEPER, echoing_refusal)
    tmdb.break_at(OUTER_BEACON, redirect("http://elsewhere.example/3/"), times=1)


@pytest.mark.parametrize(("kind", "log_format"), [("token", "text"), ("key", "json")])
def test_no_file_and_no_word_holds_the_key(place: Workplace, tmdb: FakeTmdb, kind: str, log_format: str) -> None:
    key = KEYS[kind]
    place.use(tmdb, key)
    make_trouble(tmdb)
    ran = place.generate("-v", "--log-format", log_format, "--summary-output", place.folder / "summary.json")
    assert ran.code == 0, ran.said
    assert "GET /3/" in ran.err
    assert key in "".join(f"{seen.headers} {seen.query}" for seen in tmdb.log)
    assert len(files_below(place.folder)) >= 10
    assert leaks(place, ran, key) == []


@pytest.mark.parametrize(("kind", "log_format"), [("token", "json"), ("key", "text")])
def test_no_word_of_a_process_of_its_own_holds_the_key(
    place: Workplace, tmdb: FakeTmdb, kind: str, log_format: str
) -> None:
    """Nothing is captured in Python here: what comes through the file descriptors is what a CI log would have."""
    key = KEYS[kind]
    place.use(tmdb, key)
    make_trouble(tmdb)
    ran = ended(place.start("-v", "--log-format", log_format))
    assert ran.code == 0, ran.said
    assert "GET /3/" in ran.err
    assert leaks(place, ran, key) == []


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_that_comes_back_inside_of_a_good_answer_goes_nowhere(
    place: Workplace, tmdb: FakeTmdb, kind: str
) -> None:
    key = KEYS[kind]

    def name_it_after_the_key(payload: dict[str, Any]) -> None:
        payload["season/1"]["episodes"][0]["name"] = f"The {key} of Farpoint"
        payload["season/1"]["episodes"][1]["overview"] = b64encode(f"see {key}".encode()).decode()

    place.use(tmdb, key)
    tmdb.break_at(HARBOUR_LIGHTS, changed(name_it_after_the_key))
    ran = place.generate("-v")
    assert ran.code == 0, ran.said
    assert "sent the key back" in ran.said
    assert place.query("select count(*) from episodes where series = 'ob'")[0][0] > 0
    assert leaks(place, ran, key) == []


@pytest.mark.parametrize("kind", KEYS)
def test_the_key_is_in_no_text_of_a_failure_that_nobody_foresaw(
    place: Workplace, tmdb: FakeTmdb, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    key = KEYS[kind]

    def fail(*_: object) -> None:
        raise RuntimeError(f"the request with {key} went wrong")

    place.use(tmdb, key)
    monkeypatch.setattr("etl.pipeline.account_for_rows", fail)
    ran = place.generate()
    assert ran.code == 4
    assert "went wrong" in ran.err
    assert leaks(place, ran, key) == []
