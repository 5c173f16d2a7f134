"""TVmaze: what the HTML of a summary reads as."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.extract.tvmaze import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (None, None),
        ("", None),
        (" \n ", None),
        ("<p></p><p> &nbsp; </p>", None),
        ("plain &lt;b&gt; &eacute;&#39;", "plain <b> é'"),
        ("<p>one</p><p>two</p>tail", "one\n\ntwo\n\ntail"),
        ("lead<p>one\n  line</p>", "lead\n\none line"),
        ("one<br />two<br><br>three", "one\n\ntwo\n\nthree"),
        ("<p>not <b>closed<p>next", "not closed\n\nnext"),
        ("<script>alert(1)</script><style>p{}</style>seen", "seen"),
        ("<frameset>", None),
        ("<p>" * 2000 + "deep", "deep"),
        ("<div>" * 2000 + "deep", "deep"),
    ],
)
def test_html_reads_as_text(html: str | None, text: str | None) -> None:
    assert plain_text(html) == text


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.text(alphabet="<>/pbrdiv &;#x1e\x1e\x00é\n"))
def test_whatever_the_html_its_text_has_single_spaces(html: str) -> None:
    text = plain_text(html)
    assert text is None or [" ".join(part.split()) for part in text.split("\n\n")] == text.split("\n\n")
