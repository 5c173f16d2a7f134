"""Wikitext: the sidebar, the people and the references of an episode's page, as plain text.

The structure is mwparserfromhell's to find; regular expressions see only the texts that come out of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

import mwparserfromhell
from mwparserfromhell.nodes import (
    Argument,
    ExternalLink,
    HTMLEntity,
    Node,
    Tag,
    Template,
    Text,
    Wikilink,
)
from mwparserfromhell.wikicode import Wikicode

from etl.extract.wiki_bounds import crowd_in

EPISODE_SUFFIX = " (episode)"

# The parser's time grows with the square of what stays open: {{a| ten thousand times takes it half a minute.
_MARKS = re.compile(r"<!--|-->|\{\||\|\}(?!\})|\{{2,}|\}{2,}|\[+|\]+|</|<(?!br\b)[a-z]|/?>", re.IGNORECASE)
_MOST_OPEN = {"braces": 30, "address": 200, "angle": 100, "tags": 1000, "tables": 30, "comments": 30}

_SIDEBAR = "sidebar episode"
_NO_TEXT = frozenset({"ref", "references", "gallery", "imagemap", "math", "style", "script"})
_NO_TEXT_LINKS = ("file:", "image:", "category:")
_SHIPS = frozenset({"uss", "ss", "iss", "iks", "irw"})
_JOINED_TEMPLATES = frozenset({"d", "date"})

# What separates people, but not inside of a link; the private characters stand in for it there.
_SHIELD = {ord(mark): 0xE000 + place for place, mark in enumerate(" \t\n,;&")}
UNSHIELD = {shield: mark for mark, shield in _SHIELD.items()}
_BETWEEN_PEOPLE = re.compile(r"[\n;&]|,(?!\s*(?:[JS]r\b|I+\b))|(?:^|(?<=\s))and(?=\s)", re.IGNORECASE)
NOT_A_NAME = re.compile(r"\([^()]*\)|^\W*(?:(?:story|teleplay|written|directed|screenplay)\s+)?by\b:?", re.IGNORECASE)


class WikitextError(ValueError):
    """A page that is too long, or leaves too much open, to be parsed in a reasonable time."""


def parse(text: str) -> Wikicode:
    """Parse a page; raises WikitextError for one that would take the parser too long."""
    if crowd := crowd_in(text):
        raise WikitextError(crowd)
    is_open = dict.fromkeys(_MOST_OPEN, 0)
    for match in _MARKS.finditer(text):
        _count(is_open, match[0])
        if worst := [kind for kind, most in _MOST_OPEN.items() if is_open[kind] > most]:
            raise WikitextError(f"the page leaves too much open ({worst[0]})")
    return mwparserfromhell.parse(text)


def sidebar_of(page: Wikicode) -> dict[str, Wikicode] | None:
    """Return the parameters of the page's {{sidebar episode}}, None if it has none."""
    for template in page.ifilter_templates():
        if _name_of(template) == _SIDEBAR:
            return {str(parameter.name).strip(): parameter.value for parameter in template.params}
    return None


def render(code: Wikicode) -> str:
    """What a reader sees, on one line: links by their text, without references, comments and markup."""
    return " ".join(text_of(code.nodes).split())


def people(code: Wikicode) -> list[str]:
    """The names in a value such as "[[A B]] and [[C D]]" or "A B, C D", each once."""
    parts = _BETWEEN_PEOPLE.split(text_of(code.nodes, is_shielded=True))
    names = (" ".join(NOT_A_NAME.sub(" ", part).translate(UNSHIELD).split()).strip(" ,•*") for part in parts)
    return list(dict.fromkeys(name for name in names if name))


def references(page: Wikicode, codes: Collection[str]) -> list[str]:
    """Titles of the episode pages that a page names: {{CODE|Title}}, {{e|Title}}, links to "Title (episode)"."""
    names = {"e", *(code.lower() for code in codes)}
    found: list[str] = []
    for node in page.ifilter():
        if isinstance(node, Wikilink):
            title = render(node.title).replace("_", " ").partition("#")[0].strip(" :")
            if title.lower().endswith(EPISODE_SUFFIX):
                found.append(title)
        elif isinstance(node, Template) and _name_of(node) in names and node.has("1"):
            title = render(node.get("1").value).partition("#")[0].strip()
            found.append(title if title.lower().endswith(EPISODE_SUFFIX) or not title else title + EPISODE_SUFFIX)
    return list(dict.fromkeys(title for title in found if title))


def _count(is_open: dict[str, int], mark: str) -> None:
    changes: Mapping[str, int]
    match mark:
        case "<!--" | "-->":
            changes = {"comments": 1 if mark == "<!--" else -1}
        case "{|" | "|}":
            changes = {"tables": 1 if mark == "{|" else -1}
        case "</" | "/>" | ">":
            changes = {"angle": 1 if mark == "</" else -1, "tags": 0 if mark == ">" else -1}
        case _ if mark[0] == "<":
            changes = {"angle": 1, "tags": 1}
        case _:
            sign = 1 if mark[0] in "{[" else -1
            changes = {"braces": sign * (len(mark) // 2), "address": sign * (len(mark) % 2 if mark[0] in "[]" else 0)}
    for kind, change in changes.items():
        is_open[kind] = max(0, is_open[kind] + change)


def _name_of(template: Template) -> str:
    return " ".join(str(template.name).replace("_", " ").lower().split())


def text_of(nodes: Iterable[Node], *, is_shielded: bool = False) -> str:
    """What a reader sees; shielded, what separates people does so only outside of links (UNSHIELD undoes it)."""
    return "".join(_text_of_node(node, is_shielded=is_shielded) for node in nodes)


def _text_of_node(node: Node, *, is_shielded: bool) -> str:
    text = ""
    match node:
        case Text():
            text = str(node.value)
        case HTMLEntity():
            text = node.normalize()
        case Wikilink() | Template():
            text = _text_of_link(node) if isinstance(node, Wikilink) else _text_of_template(node)
            text = text.translate(_SHIELD) if is_shielded else text
        case ExternalLink() if node.title:
            text = text_of(node.title.nodes, is_shielded=is_shielded)
        case Tag():
            text = _text_of_tag(node, is_shielded=is_shielded)
        case Argument() if node.default:
            text = text_of(node.default.nodes, is_shielded=is_shielded)
    return text


def _text_of_link(link: Wikilink) -> str:
    if str(link.title).strip().lower().startswith(_NO_TEXT_LINKS):
        return ""
    shown = link.text if link.text is not None else link.title
    return text_of(shown.nodes).strip().lstrip(":")


def _text_of_tag(tag: Tag, *, is_shielded: bool) -> str:
    name = str(tag.tag).strip().lower()
    if name in _NO_TEXT:
        return ""
    if name == "br" or tag.contents is None:
        return "\n"
    return text_of(tag.contents.nodes, is_shielded=is_shielded)


def _text_of_template(template: Template) -> str:
    """The text that a template of the wiki most likely shows: its first value, a ship with what belongs to its name."""
    values = [render(parameter.value) for parameter in template.params if not parameter.showkey]
    name = _name_of(template)
    if name in _SHIPS and values:
        return f"{str(template.name).strip()} {values[0]}{''.join(values[2:3])}"
    if name in _JOINED_TEMPLATES:
        return " ".join(values)
    return values[0] if values else ""
