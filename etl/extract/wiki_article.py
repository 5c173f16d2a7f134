"""A page of the wiki, parsed as far as it is read: the sidebar, the cast, and whatever names another episode.

Finding the structure of a long page takes the parser some milliseconds, making a tree of it five times as long. So only
those parts of the top level become nodes that something is read from; all others, most of the prose, are left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache

from mwparserfromhell.parser import Parser, tokens
from mwparserfromhell.parser.builder import Builder
from mwparserfromhell.wikicode import Wikicode

from etl.extract.wiki_cast import is_about_cast
from etl.extract.wikitext import EPISODE_SUFFIX, SIDEBAR, reference_names, template_name

# The parser's time grows with the square of what stays open: {{a| ten thousand times takes it half a minute.
_LONGEST_PAGE = 1_000_000
# The look ahead says nothing new, but lets the search skip at once what begins no mark.
_MARKS = re.compile(
    r"(?=[<>{}|\[\]/-])(?:<!--|-->|\{\||\|\}(?!\})|\{{2,}|\}{2,}|\[+|\]+|</|<(?!br\b)[a-z]|/?>)", re.IGNORECASE
)
_MOST_OPEN = {"braces": 30, "address": 200, "angle": 100, "tags": 1000, "tables": 30, "comments": 30}

_DEPTHS: dict[type[tokens.Token], int] = {
    tokens.TemplateOpen: 1,
    tokens.TemplateClose: -1,
    tokens.ArgumentOpen: 1,
    tokens.ArgumentClose: -1,
    tokens.WikilinkOpen: 1,
    tokens.WikilinkClose: -1,
    tokens.ExternalLinkOpen: 1,
    tokens.ExternalLinkClose: -1,
    tokens.HTMLEntityStart: 1,
    tokens.HTMLEntityEnd: -1,
    tokens.HeadingStart: 1,
    tokens.HeadingEnd: -1,
    tokens.CommentStart: 1,
    tokens.CommentEnd: -1,
    tokens.TagOpenOpen: 1,
    tokens.TagCloseSelfclose: -1,
    tokens.TagCloseClose: -1,
}
_NAMED = (tokens.TemplateOpen, tokens.WikilinkOpen)
_AFTER_NAME = (
    tokens.TemplateParamSeparator,
    tokens.TemplateClose,
    tokens.WikilinkSeparator,
    tokens.WikilinkClose,
)
_LINK_ENDING = EPISODE_SUFFIX.strip()


class WikitextError(ValueError):
    """A page that is too long, or leaves too much open, to be parsed in a reasonable time."""


def parse_article(text: str, codes: Collection[str]) -> Wikicode:
    """Parse a page; its sidebar, cast and references (to series of these codes) are those of the whole page.

    Raises WikitextError for a page that would take the parser too long.
    """
    _refuse_endless(text)
    # The parser's own first half; its second half, the builder, makes nodes of what this finds.
    found = Parser()._tokenizer.tokenize(text, 0, False)  # type: ignore[no-untyped-call]
    return _built(_read_parts(found, reference_names(codes) | {SIDEBAR}))


def _read_parts(found: Sequence[tokens.Token], names: Collection[str]) -> Iterator[tokens.Token]:
    """The tokens of those parts of the top level that something is read from; a part is closed where it was opened."""
    depth = begin = 0
    has_cast = is_read = False
    for end, token in enumerate(found, start=1):
        kind = type(token)
        if kind is tokens.Text and depth > 0:
            continue
        depth += _DEPTHS.get(kind, 0)
        if kind in _NAMED and not is_read:
            is_read = _is_read(token, found[end : end + 2], names)
        if depth == 0:
            if kind is tokens.HeadingEnd:
                has_cast = is_about_cast(_built(found[begin + 1 : end - 1]))
            if has_cast or is_read or kind is tokens.HeadingEnd:
                yield from found[begin:end]
            begin, is_read = end, False


def _is_read(opening: tokens.Token, following: Sequence[tokens.Token], names: Collection[str]) -> bool:
    """Whether a template or a link is looked at; true where its name is not plain to see."""
    name = following[0]
    if not isinstance(name, tokens.Text) or type(following[1]) not in _AFTER_NAME:
        return True
    if isinstance(opening, tokens.TemplateOpen):
        return template_name(name.text) in names
    return _LINK_ENDING in name.text.lower()


def _built(part: Iterable[tokens.Token]) -> Wikicode:
    built: Wikicode = Builder().build(list(part))  # type: ignore[no-untyped-call]
    return built


def _refuse_endless(text: str) -> None:
    if len(text) > _LONGEST_PAGE:
        raise WikitextError(f"the page is too long ({len(text):,} characters)")
    is_open = dict.fromkeys(_MOST_OPEN, 0)
    for mark in _MARKS.findall(text):
        for kind, change in _changes(mark):
            count = is_open[kind] + change
            if count > _MOST_OPEN[kind]:
                raise WikitextError(f"the page leaves too much open ({kind})")
            is_open[kind] = max(0, count)


@cache
def _changes(mark: str) -> tuple[tuple[str, int], ...]:
    """What a mark opens (above 0) and closes (below it)."""
    match mark:
        case "<!--" | "-->":
            return (("comments", 1 if mark == "<!--" else -1),)
        case "{|" | "|}":
            return (("tables", 1 if mark == "{|" else -1),)
        case "</" | "/>" | ">":
            return (("angle", 1 if mark == "</" else -1), ("tags", 0 if mark == ">" else -1))
        case _ if mark[0] == "<":
            return (("angle", 1), ("tags", 1))
    sign = 1 if mark[0] in "{[" else -1
    return (("braces", sign * (len(mark) // 2)), ("address", sign * (len(mark) % 2 if mark[0] in "[]" else 0)))
