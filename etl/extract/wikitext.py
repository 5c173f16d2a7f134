"""Wikitext: the sidebar, the people and the references of an episode's page, as plain text.

The structure is mwparserfromhell's to find; regular expressions see only the texts that come out of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

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

EPISODE_SUFFIX = " (episode)"

SIDEBAR = "sidebar episode"
_NO_TEXT = frozenset({"ref", "references", "gallery", "imagemap", "math", "style", "script"})
_NO_TEXT_LINKS = ("file:", "image:", "category:")
_SHIPS = frozenset({"uss", "ss", "iss", "iks", "irw"})
_JOINED_TEMPLATES = frozenset({"d", "date"})

# What separates people, but not inside of a link; the private characters stand in for it there.
_SHIELD = {ord(mark): 0xE000 + place for place, mark in enumerate(" \t\n,;&")}
UNSHIELD = {shield: mark for mark, shield in _SHIELD.items()}
_BETWEEN_PEOPLE = re.compile(r"[\n;&]|,(?!\s*(?:[JS]r\b|I+\b))|(?:^|(?<=\s))and(?=\s)", re.IGNORECASE)
NOT_A_NAME = re.compile(r"\([^()]*\)|^\W*(?:(?:story|teleplay|written|directed|screenplay)\s+)?by\b:?", re.IGNORECASE)


def sidebar_of(page: Wikicode) -> dict[str, Wikicode] | None:
    """Return the parameters of the page's {{sidebar episode}}, None if it has none."""
    for template in page.ifilter_templates():
        if template_name(str(template.name)) == SIDEBAR:
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
    names = reference_names(codes)
    found: list[str] = []
    for node in page.ifilter():
        if isinstance(node, Wikilink):
            title = render(node.title).replace("_", " ").partition("#")[0].strip(" :")
            if title.lower().endswith(EPISODE_SUFFIX):
                found.append(title)
        elif isinstance(node, Template) and template_name(str(node.name)) in names and node.has("1"):
            title = render(node.get("1").value).partition("#")[0].strip()
            found.append(title if title.lower().endswith(EPISODE_SUFFIX) or not title else title + EPISODE_SUFFIX)
    return list(dict.fromkeys(title for title in found if title))


def reference_names(codes: Collection[str]) -> set[str]:
    """The names of the templates that stand for an episode's page: {{e|Title}} and one for every series."""
    return {"e", *(code.lower() for code in codes)}


def template_name(text: str) -> str:
    """The name of a template in the one form in which names are compared."""
    return " ".join(text.replace("_", " ").lower().split())


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
    name = template_name(str(template.name))
    if name in _SHIPS and values:
        return f"{str(template.name).strip()} {values[0]}{''.join(values[2:3])}"
    if name in _JOINED_TEMPLATES:
        return " ".join(values)
    return values[0] if values else ""
