"""Long pages of Memory Alpha's documented shape, made up: a sidebar, prose full of links, a cast, references."""

from __future__ import annotations

import random
from collections.abc import Iterator

_NAMES = ("Ada Loom", "Ben Weft", "Cy Warp", "Dara Spindle", "Emil Bobbin", "Farah Heddle", "Goran Shuttle", "Ivo Reed")
_PLACES = ("Sickbay", "Engineering", "the bridge", "Ten Looms", "Transporter room 3", "a shuttlecraft", "the colony")
_THINGS = ("warp core", "Tricorder", "Phaser", "Captain's log", "Deflector array", "Neutral Zone", "Starbase 12")
_CLAUSES = (
    "hears of a signal that nobody has sent",
    "asks for more time than there is",
    "finds the hatch open and the room empty",
    "orders everybody back to the ship",
    "remembers what happened there years ago",
    "does not trust the readings",
)
_PARAGRAPH_SENTENCES = 5
_KINDS = ("paragraph", "paragraph", "paragraph", "note", "note", "quote")


def episode_page(size: int, seed: int = 1701, code: str = "TNG") -> str:
    """Make a page of about `size` characters; the same seed makes the same page."""
    draw = random.Random(seed)  # noqa: S311 - prose, not keys
    parts = [_head(draw, code)]
    tail = _tail(draw, code)
    length = len(parts[0]) + len(tail)
    for number, kind in enumerate(_body_kinds(draw)):
        if length >= size:
            break
        part = _body(draw, code, kind)
        parts.append(f"=== Act {number // 12 + 1} ===\n{part}" if number % 12 == 0 else part)
        length += len(parts[-1])
    return "".join([*parts, tail])


def _body_kinds(draw: random.Random) -> Iterator[str]:
    while True:
        yield draw.choice(_KINDS)


def _head(draw: random.Random, code: str) -> str:
    return (
        f"{{{{realworld|{code}}}}}\n{{{{sidebar episode\n| title = The Long Cloth\n| image = The long cloth.jpg\n"
        f"| writer = [[{draw.choice(_NAMES)}]] & [[{draw.choice(_NAMES)} (writer)|{draw.choice(_NAMES)}]]\n"
        f"| story = [[{draw.choice(_NAMES)}]]<br />[[{draw.choice(_NAMES)}]] <!-- as credited -->\n"
        f"| director = [[{draw.choice(_NAMES)}]]<ref>{_title(draw)}</ref>\n"
        f"| date = 4{draw.randrange(1000, 9999)}.{draw.randrange(10)} ([[2364]])\n}}}}\n"
        f"'''\"The Long Cloth\"''' is an episode of ''[[Star Trek: The Next Generation]]''.\n\n== Summary ==\n"
    )


def _body(draw: random.Random, code: str, kind: str) -> str:
    if kind == "quote":
        return f"\"''{draw.choice(_CLAUSES).capitalize()}.''\"\n: - '''[[{draw.choice(_NAMES)}]]'''\n\n"
    if kind == "note":
        note = f"<ref name=n{draw.randrange(9)} />"
        return (
            f"* According to {_person(draw)}, the scene in {draw.choice(_PLACES)} was {draw.choice(_CLAUSES)}. "
            f"({{{{{code}|{_title(draw)}}}}}; ''[[The Companion]]'', p. {draw.randrange(300)}){note}\n"
        )
    return " ".join(_sentence(draw, code) for _ in range(_PARAGRAPH_SENTENCES)) + "\n\n"


def _sentence(draw: random.Random, code: str) -> str:
    clause = draw.choice(_CLAUSES)
    extra = draw.choice(
        (
            f" with the [[{draw.choice(_THINGS)}]]",
            " aboard the {{USS|Heron|NX-12-B|-B}}",
            f" on {{{{d|{draw.randrange(1, 28)}|March|2364}}}}",
            f" ({{{{e|{_title(draw)}}}}})",
            f" as in [[{_title(draw)} (episode)|an earlier affair]]",
            f" ''(see {{{{{code}|{_title(draw)}}}}})''",
            " &ndash; or so it seems",
            " with a '''good''' deal of [[patience]]",
            *[""] * 12,
        )
    )
    return f"{_person(draw)}, in {draw.choice(_PLACES)}, {clause}{extra}."


def _person(draw: random.Random) -> str:
    name = draw.choice(_NAMES)
    return draw.choice((f"[[{name}]]", f"[[{name} (captain)|{name.split()[1]}]]", name.split()[0], name.split()[1]))


def _title(draw: random.Random) -> str:
    return f"The {draw.choice(_THINGS)} of {draw.choice(_NAMES)}"


def _tail(draw: random.Random, code: str) -> str:
    sections = "".join(
        f"=== {title} ===\n" + "".join(_credit(draw) for _ in range(draw.randrange(2, 12))) + "\n"
        for title in ("Starring", "Also starring", "Guest stars", "Co-stars", "Uncredited guest stars")
    )
    mentioned = "; ".join(f"[[{draw.choice(_THINGS)} {number}|thing {number}]]" for number in range(300))
    return (
        f"\n== Links and references ==\n{sections}=== References ===\n{mentioned}\n\n"
        f"=== External links ===\n* {{{{Wikipedia}}}}\n* [https://example.org/{code.lower()} The Long Cloth]\n\n"
        f"{{{{navigation|previous={_title(draw)}|next={_title(draw)}}}}}\n"
        f"[[de:Das lange Tuch]]\n[[Category:{code} episodes]]\n"
    )


def _credit(draw: random.Random) -> str:
    actor, role = draw.choice(_NAMES), draw.choice(_NAMES)
    if draw.randrange(6) == 0:
        return f"* [[{actor}]] as\n** [[{role}]]\n** [[{draw.choice(_NAMES)}]] {{{{voice}}}}\n"
    return f"* [[{actor}]] as [[{role}]]\n"
