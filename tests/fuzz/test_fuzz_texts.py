"""Texts of sources: wikitext, Lua, HTML, robots.txt, headers, bodies. No undeclared error, and no endless reading."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from fuzz_kit import CPU_S, LARGE, TEXTS, Played, fuzzed, in_reasonable_time, some, tortures, woven
from hypothesis import given
from hypothesis import strategies as st

from etl.extract import memory_alpha, trekcore
from etl.extract.lua_data import LuaError, read_table
from etl.extract.shapes import Extracted, Scope
from etl.extract.tvmaze import plain_text
from etl.franchise import Franchise, Series
from etl.http.base import Base
from etl.http.cache import Entry
from etl.http.health import Failure
from etl.http.payload import decode_text, parse_payload
from etl.http.retry import retry_after_s
from etl.http.robots import Rules, _parsed
from etl.sources import MEMORY_ALPHA, TREKCORE, Request

SERIES = Series(
    code="loom", name="Loom", kind="series", is_ended=True, ids={"memory_alpha": "LOOM", "trekcore": "loom"}
)
FRANCHISE = Franchise(code="loom", name="Loom", series=(SERIES,))
SCOPE = Scope((SERIES,), ())

# --- wikitext, as the extractor reads it ---

WIKI = [
    *("{{", "}}", "[[", "]]", "[", "]", "{", "}", "{{{", "}}}", "|", "=", "''", "'''", "<!--", "-->", "{|"),
    *("|}", "|-", "<ref>", "</ref>", "<ref/>", "<br>", "<br", "<a ", "</", "/>", "<nowiki>", "</nowiki>"),
    *("<gallery>", "&amp;", "&#x1F596;", "&#0;", "\n*", "\n**", "\n:", "\n#", "\n==", "==\n"),
    *("=== Guest stars ===\n", "http://x ", "\n----", "{{sidebar episode\n| title = ", "| writer = "),
    *("[[A B]] and ", "{{e|", "{{LOOM|", " (episode)", "[[File:", " as "),
]


def read_page(wikitext: str) -> Extracted:
    revision = {"timestamp": "2026-08-01T00:00:00Z", "slots": {"main": {"content": wikitext}}}
    sound = "{{sidebar episode\n| title = Sound\n}}"
    pages = [
        {"pageid": 1, "title": "Story (episode)", "revisions": [revision]},
        {"pageid": 2, "title": "Sound", "revisions": [{**revision, "slots": {"main": {"content": sound}}}]},
    ]
    client = Played(MEMORY_ALPHA, lambda _: {"query": {"pages": pages}})
    return memory_alpha.extract(FRANCHISE, client, SCOPE)


@fuzzed(40)
@given(woven(WIKI))
def test_wikitext_is_read_or_rejected(wikitext: str) -> None:
    extracted = read_page("{{sidebar episode\n| title = Story\n| writer = " + wikitext)
    assert extracted.frames["episodes"].height + extracted.rejects.height == 2
    assert "Sound" in extracted.frames["episodes"]["title"]


@pytest.mark.parametrize("token", some(WIKI))
def test_a_page_of_one_mark_does_not_hold_a_run_up(token: str) -> None:
    for size in (LARGE, 300_000):
        for page in tortures([token], size):
            with in_reasonable_time():
                assert read_page(page).frames["episodes"].height + read_page(page[:100]).rejects.height >= 1


# --- Lua ---

LUA = [
    *("return {", "}", "[", "]", '["a"]', "=", ",", ";", '"', "'", "\\", "\\n", "\\065", "\\xff"),
    *("\\u{1F596}", "\\u{", "\\z ", "--", "--[[", "]]", "--[==[", "]==]", "[[", "[=[", "-1.5", "a = "),
    *("nil", "true", "{", "\n", "function()"),
]


@fuzzed(60)
@given(woven(LUA))
def test_lua_is_a_flat_table_or_no_data(source: str) -> None:
    for text in (source, f"return {{ {source} }}", f'return {{ a = "{source}" }}'):
        try:
            table = read_table(text)
        except LuaError as error:
            assert str(error).startswith("line ")
        else:
            assert all(
                isinstance(value, str) and value.encode() is not None for pair in table.items() for value in pair
            )


@pytest.mark.parametrize("begin", ["", "return {", 'return { a = "', "return { a = [==["])
def test_a_module_of_one_mark_does_not_hold_a_run_up(begin: str) -> None:
    for source in tortures(some(LUA)):
        with in_reasonable_time():
            read_lua(begin + source)


def read_lua(source: str) -> None:
    try:
        read_table(source)
    except LuaError as error:
        assert len(str(error)) < 200


# --- HTML ---

HTML = [
    *("<div>", "</div>", "<p>", "</p>", "<br>", "<b>", "<table class=sortable>", "<tr>"),
    *("<td class=col1>1x01", "<a href='x'>", "<td class=col2>", "</table>", "<script>", "</script>"),
    *("<style>", "<!--", "-->", "<![CDATA[", "&amp;", "&#x0;", "&nbsp;", "<svg>", "<template>", "<select>"),
    *("<", ">", "</", "\x00", "<a href=", "='", '"'),
]


@fuzzed(60)
@given(woven(HTML))
def test_html_reads_as_a_text_of_paragraphs(html: str) -> None:
    text = plain_text(html)
    assert text is None or [" ".join(part.split()) for part in text.split("\n\n")] == text.split("\n\n")


@pytest.mark.parametrize("token", [*some(HTML), "<table class=sortable><tr><td class=col2>x"])
def test_a_page_of_one_tag_does_not_hold_a_run_up(token: str) -> None:
    for html in tortures([token], 60_000 if "class" in token else 100_000):
        with in_reasonable_time():
            plain_text(html[:20_000])
            read_list(html)
    for html in tortures([token]):
        with in_reasonable_time():
            read_list(html)


def read_list(html: str) -> Extracted:
    page = "<table class=sortable><tr><td class=col1>1x01<td class=col2>One</table>"
    return trekcore.extract(FRANCHISE, Played(TREKCORE, lambda _: (page + html).encode()), SCOPE)


def test_a_page_that_is_too_large_is_refused_with_its_size() -> None:
    (error,) = read_list("<div>" * 30_000).errors
    assert "the page is too large (150,071 characters, 30,005 tags)" in error.message
    assert read_list("<b>x</b>" * 100).rows == 1


# --- robots.txt ---

ROBOTS = [
    *("User-agent: *\n", "User-agent: trek-etl\n", "Disallow: /", "Allow: /", "*", "$", "%", "%2F", "\n"),
    *("#", ":", "a", "Crawl-delay: ", "Request-rate: ", "9", "9" * 400, "-", ".", "/", "nan", "inf", "1d"),
    *(" ", "0100-0200", "Sitemap: "),
]
BASE = Base("https://x.example/api.php")


def rules_in(body: bytes) -> Rules | None:
    parsed = _parsed(Entry("https://x.example/robots.txt", body, datetime(2026, 11, 1, tzinfo=UTC), {}))
    return parsed and Rules("X", BASE, parsed)


def obey(body: bytes) -> None:
    rules = rules_in(body)
    if rules:
        assert rules.delay_s >= 0
        refusal = rules.refusal("https://x.example/api.php?action=query&titles=Module%3AEpisodeData%2FA%7CB")
        assert refusal is None or isinstance(refusal, Failure)


@fuzzed(60)
@given(woven(ROBOTS) | st.text(st.characters(exclude_categories=["Cs"])))
def test_robots_is_obeyed_or_no_robots(text: str) -> None:
    obey(text.encode())


@pytest.mark.parametrize(
    "rules",
    [
        *("Disallow: /" + "*a" * 200 + "$\n", "Disallow: /" + "*" * 5000 + "x$\n", "Disallow: /" + "*/e*" * 500 + "\n"),
        *("Request-rate: 1/" + "9" * 400 + "\n", f"Request-rate: {'9' * 400}/1\n", "Request-rate: 0/0\n"),
        *("Crawl-delay: " + "9" * 400 + "\n", "Crawl-delay: nan\n", "Crawl-delay: -1\n"),
    ],
)
def test_hostile_rules_cost_little(rules: str) -> None:
    for body in (f"User-agent: trek-etl\n{rules}", f"User-agent: *\n{rules * (500_000 // len(rules))}"):
        with in_reasonable_time():
            obey(body.encode())


def test_a_pace_beyond_numbers_is_no_pace_at_all() -> None:
    rules = rules_in(f"User-agent: trek-etl\nRequest-rate: 1/{'9' * 400}\n".encode())
    assert rules is not None
    assert rules.delay_s == float("inf")


# --- headers and bodies ---

RETRY_AFTER = [
    *("Mon, ", "01 ", "Jan ", "9999 ", "0000 ", "99999999999 ", "00:00:00 ", "GMT", "+2359"),
    *("-9999999999999", "99:99", "(", ")", ",", "1", "-5", "1e9", " "),
]


@fuzzed(80)
@given(woven(RETRY_AFTER, most=12) | TEXTS)
def test_a_retry_after_is_a_time_to_wait_or_nothing(header: str) -> None:
    told = retry_after_s(header, 1_800_000_000.0)
    assert told is None or told >= 0


@pytest.mark.parametrize(
    "header", ["Mon, 01 Jan 2020 00:00:00 +9999999999999", "Mon, 01 Jan 99999999999 00:00:00 GMT", "(" * 60_000]
)
def test_a_retry_after_beyond_all_calendars_says_nothing(header: str) -> None:
    with in_reasonable_time():
        assert retry_after_s(header, 1_800_000_000.0) is None


@fuzzed(60)
@given(st.binary(max_size=60) | woven(list('[]{}",:1-.eE\\u ntf')).map(str.encode))
def test_a_body_is_json_or_none(body: bytes) -> None:
    try:
        payload: Any = parse_payload(body)
    except ValueError:
        return
    assert isinstance(payload, dict | list)


@pytest.mark.parametrize("begin", ["", "[", '{"a":', '"'])
def test_a_large_body_is_json_or_none(begin: str) -> None:
    for body in tortures(some(["[", '{"a":', "1", "\\", "[[],", "-", "1e5,", '"\\ud800",'])):
        with in_reasonable_time(CPU_S):
            parse_or_refuse((begin + body).encode())


def parse_or_refuse(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_payload(body)


@fuzzed(60)
@given(
    st.binary(max_size=40), TEXTS | woven(["text/html", "; charset=", "utf-16", "rot13", "idna", "hex", '"', "\x00"])
)
def test_any_bytes_are_a_text(body: bytes, content_type: str) -> None:
    assert isinstance(decode_text(body, content_type), str)


def answered(_: Request) -> Any:
    return {"query": {"pages": []}}


def test_a_wiki_without_pages_says_so() -> None:
    extracted = memory_alpha.extract(FRANCHISE, Played(MEMORY_ALPHA, answered), SCOPE)
    assert extracted.rows == 0
    assert extracted.errors
