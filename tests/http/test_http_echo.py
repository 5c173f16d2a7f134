"""A source that sends our key back: nothing of it is used, kept or told."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from loopback import Loopback, OpenClient, data, status, text, with_etag

from etl.errors import Category, SourceError
from etl.http.credentials import tmdb_credentials
from etl.http.echo import holds_secret, without_secret
from etl.http.scrub import scrub
from etl.sources import Answer
from etl.sources import Request as Asking

V3 = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
V4 = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQi+mFyYm91ci93YXRjaA==.c2lnbmF0dXJl_of-NoValue"


def in_base64(key: str, before: str = "", behind: str = "") -> str:
    return base64.b64encode(f"{before}{key}{behind}".encode()).decode()


DISGUISES = {
    "plain": lambda key: f"see {key} there",
    "capitals": str.upper,
    "url": lambda key: quote(key, safe=""),
    "every letter of a url": lambda key: "".join(f"%{ord(sign):02x}" for sign in key),
    "json": lambda key: "".join(f"\\u{ord(sign):04X}" for sign in key),
    "html": lambda key: "".join(f"&#{ord(sign)};" for sign in key),
    "hexadecimal": lambda key: key.encode().hex(),
    "base64": in_base64,
    "base64 behind one": lambda key: in_base64(key, "a", "zz"),
    "base64 behind two": lambda key: in_base64(key, "ab", "z"),
    "base64 of a url": lambda key: base64.urlsafe_b64encode(f"?>{key}?>".encode()).decode(),
}


@pytest.mark.parametrize("key", [V3, V4])
@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_key_is_found_in_every_disguise(key: str, disguise: str) -> None:
    assert holds_secret(DISGUISES[disguise](key), key)
    assert not holds_secret(DISGUISES[disguise](key[1:]), key)
    assert not holds_secret(without_secret(DISGUISES[disguise](key).encode(), key).decode(), key)


@pytest.mark.parametrize("key", [V3, V4])
def test_what_is_scrubbed_holds_no_key_in_base64_either(key: str) -> None:
    assert scrub(f"a {in_base64(key)} b", [key]).startswith("a ***")
    assert not holds_secret(scrub(f"a {in_base64(key)} b", [key]), key)
    assert scrub(f"{key.upper()}", [key]) == "***"


def test_a_short_word_is_no_key() -> None:
    assert not holds_secret("abc", "abc")
    assert without_secret(b"abc", "abc") == b"abc"


def is_kept(folder: Path, said: str) -> bool:
    """Whether a file below the folder holds the text; the cache writes bodies in base64."""
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return holds_secret(kept.decode("latin-1"), said)


@pytest.mark.parametrize("disguise", ["plain", "url", "base64 behind one", "capitals"])
def test_an_answer_that_holds_the_key_is_neither_used_nor_kept(
    client_of: OpenClient, server: Loopback, tmp_path: Path, disguise: str
) -> None:
    told = DISGUISES[disguise](V4)
    server.on("/tv/1", data({"id": 1, "name": told}))
    (error,) = client_of(credentials=tmdb_credentials(V4)).fetch([Asking("/tv/1")])
    assert isinstance(error, SourceError)
    assert error.category is Category.DATA_FORMAT
    assert "sent the key back" in error.message
    assert told not in str(error)
    assert not is_kept(tmp_path, told)
    assert not is_kept(tmp_path, V4)
    assert len(server.log) == 1


def test_the_last_good_answer_stands_in_for_one_that_holds_the_key(client_of: OpenClient, server: Loopback) -> None:
    server.on("/tv/1", data({"id": 1}), data({"id": 1, "name": V4}))
    client = client_of(credentials=tmdb_credentials(V4))
    client.fetch([Asking("/tv/1", max_age_s=0)])
    (answer,) = client.fetch([Asking("/tv/1", max_age_s=0)])
    assert isinstance(answer, Answer)
    assert (answer.payload, answer.is_stale) == ({"id": 1}, True)


@pytest.mark.parametrize("name", ["ETag", "Last-Modified", "Content-Type"])
def test_a_header_that_would_be_kept_may_not_hold_the_key(
    client_of: OpenClient, server: Loopback, tmp_path: Path, name: str
) -> None:
    server.on("/tv/1", data({"id": 1}, **{name.replace("-", "_"): f"x{V3}"}))
    (error,) = client_of(credentials=tmdb_credentials(V3)).fetch([Asking("/tv/1")])
    assert isinstance(error, SourceError)
    assert not is_kept(tmp_path, V3)


def test_a_confirmation_may_not_hold_the_key(client_of: OpenClient, server: Loopback, tmp_path: Path) -> None:
    server.on("/tv/1", with_etag({"id": 1}, '"e"'), status(304, ETag=f'"{V4}"'))
    client = client_of(credentials=tmdb_credentials(V4))
    client.fetch([Asking("/tv/1", max_age_s=0)])
    (answer,) = client.fetch([Asking("/tv/1", max_age_s=0)])
    assert isinstance(answer, Answer)
    assert (answer.is_stale, answer.error is None) == (True, False)
    assert is_kept(tmp_path, '{"id": 1}')
    assert not is_kept(tmp_path, V4)


def test_a_refusal_that_is_remembered_holds_no_key(client_of: OpenClient, server: Loopback, tmp_path: Path) -> None:
    server.on("/tv/1", status(404, {"status_message": f"Nothing for {V4}"}))
    server.on("/tv/2", text(json.dumps({"status_message": in_base64(V4)}).encode(), code=404))
    for _ in range(2):
        first, second = client_of(credentials=tmdb_credentials(V4)).fetch([Asking("/tv/1"), Asking("/tv/2")])
        assert isinstance(first, SourceError)
        assert first.message.endswith("Nothing for ***.")
        assert isinstance(second, SourceError)
    assert is_kept(tmp_path, "TMDB has nothing at /tv/1")
    assert not is_kept(tmp_path, V4)
