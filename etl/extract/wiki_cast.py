"""The cast of an episode's page: bulleted lines below headings about stars and guests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from mwparserfromhell.nodes import Heading, Node, Tag, Text
from mwparserfromhell.wikicode import Wikicode

from etl.extract.wikitext import NOT_A_NAME, UNSHIELD, render, text_of

_AS = re.compile(r"(?:^|(?<=\s))as(?=[\s:]|$):?")
_CAST_SECTION = re.compile(r"(?:^|\W)(?:star|guest)", re.IGNORECASE)

Credit = dict[str, str | None]


def cast(page: Wikicode) -> list[Credit]:
    """The lines of all sections about stars and guests: "* [[Actor]] as [[Character]]", a sub-bullet for every role."""
    credits_: list[Credit] = []
    # A line that only names an actor waits: the bullets below it may hold the roles.
    actor: str | None = None
    lines = list(_cast_lines(page))
    for line, below in zip_longest(lines, lines[1:]):
        name, character = _roles(line)
        if line.depth > 1 and (not name or character is None):
            name, character = actor, character or name
        elif name:
            actor = name
        has_roles_below = character is None and below is not None and below.depth > line.depth
        if name and not has_roles_below:
            credits_.append({"actor": name, "character": character, "section": line.section})
    return credits_


def is_about_cast(heading: Wikicode) -> bool:
    """Whether the lines below a heading are the cast's."""
    return bool(_CAST_SECTION.search(render(heading)))


@dataclass
class _Line:
    section: str
    depth: int
    nodes: list[Node] = field(default_factory=list)


def _cast_lines(page: Wikicode) -> Iterator[_Line]:
    """The bulleted lines below headings about the cast."""
    section, line = "", None
    for node in page.nodes:
        if isinstance(node, Heading):
            section, line = (render(node.title) if is_about_cast(node.title) else ""), None
        elif isinstance(node, Tag) and node.wiki_markup in ("*", ":", "#") and section:
            line = _Line(section, line.depth + 1 if line else 1)
        elif line:
            text, newline, _ = str(node).partition("\n") if isinstance(node, Text) else ("", "", "")
            line.nodes.append(Text(text) if newline else node)
            if newline:
                yield line
                line = None
    if line:
        yield line


def _roles(line: _Line) -> tuple[str | None, str | None]:
    """Actor and character of a line; a line without "as" names the one or the other."""
    text = text_of(line.nodes, is_shielded=True).strip()
    match = _AS.search(text)
    actor, character = (text[: match.start()], text[match.end() :]) if match else (text, None)
    actor = NOT_A_NAME.sub(" ", actor)
    return _clean(actor), _clean(character) if character is not None else None


def _clean(text: str) -> str | None:
    return " ".join(text.translate(UNSHIELD).split()).strip(" ,:–") or None
