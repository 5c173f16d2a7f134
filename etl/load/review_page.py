"""review.md: what waits for a person, as a checklist with an answer to paste into decisions.toml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from etl.markdown_text import escaped, link, toml_block
from etl.plain_text import one_line
from etl.toml_text import toml_string
from schemas.decisions import NOBODY
from schemas.given_values import FIELD_COLUMNS, field_type

_NOT_TO_BELIEVE = "override"
_REASON = 'reason = "say why"'

Row = dict[str, Any]


def review_markdown(tables: Mapping[str, pl.DataFrame]) -> str:
    """The text of review.md for the tables of a release; the same tables give the same text."""
    names = dict(tables["episodes"].select("episode_key", "title").rows())
    names |= dict(tables["movies"].select("movie_key", "title").rows())
    rows = tables["review"].sort("series", "source", "source_id").to_dicts()
    conflicts = tables["conflicts"].sort("episode_key", "field").to_dicts()
    urls = _urls(tables)
    explained = [*_waived(tables["waivers"]), *_explained(tables["number_shifts"])]
    lines = ["# Review", ""]
    if not rows and not conflicts:
        return "\n".join([*lines, "Nothing waits for a person.", "", *explained])
    lines += [
        f"{len(rows)} rows wait for a person to say which episode they are; {len(conflicts)} fields are told",
        "differently by independent witnesses. To answer, paste a block into `decisions.toml`, in the folder where",
        "trek-etl is run, correct it, and give the reason: it is replayed in every later run.",
        "",
        f"## Rows that wait: {len(rows)}",
        "",
    ]
    for row in rows:
        lines += _waiting(row, names)
    lines += [f"## Conflicts: {len(conflicts)}", ""]
    for conflict in conflicts:
        lines += _conflict(conflict, names, urls)
    return "\n".join([*lines, *explained])


def _waiting(row: Row, names: Mapping[str, str]) -> Iterator[str]:
    title = f"“{escaped(row['title'])}”" if row["title"] else "without title"
    yield f"* [ ] {escaped(row['source'])} {escaped(row['source_id'])}, {title} ({escaped(row['series'])})"
    yield f"  * Why: {escaped(row['reason'])}"
    if row["candidate"]:
        score = f", {row['score']:.2f}" if row["score"] is not None else ""
        yield f"  * Nearest: {_episode(row['candidate'], names)}{score}"
    if row["source_url"]:
        yield f"  * Look: {link(row['source_url'])}"
    yield from toml_block(
        "link",
        f"source = {toml_string(row['source'])}",
        f"id = {toml_string(row['source_id'])}",
        f"episode = {toml_string(row['candidate'] or NOBODY)}  # a key, or {toml_string(NOBODY)} to refuse the row",
        _REASON,
    )


def _conflict(conflict: Row, names: Mapping[str, str], urls: Mapping[tuple[str, str, str], str]) -> Iterator[str]:
    key, field, chosen = conflict["episode_key"], conflict["field"], conflict["chosen"]
    told = list(zip(conflict["witnesses"], conflict["values"], strict=True))
    yield f"* [ ] {_episode(key, names)}, {escaped(field)}"
    for source, value in told:
        url = urls.get((key, field, source), "")
        yield f"  * {escaped(source)}: {escaped(value)}{' ' + link(url) if url else ''}"
    yield f"  * Published: {escaped(chosen) if chosen is not None else 'nothing'} ({escaped(conflict['rule'])})"
    yield from toml_block(
        "value",
        f"episode = {toml_string(key)}",
        f"field = {toml_string(field)}",
        f"source = {toml_string(_suggested(told, chosen))}  # the one to believe",
        *_expectation(field, chosen),
        _REASON,
    )


def _suggested(told: Sequence[tuple[str, str]], chosen: str | None) -> str:
    """Who says what is published, else the first who can be believed."""
    sources = [(source, value) for source, value in told if source != _NOT_TO_BELIEVE]
    agreeing = [source for source, value in sources if value == chosen]
    return next(iter([*agreeing, *(source for source, _ in sources)]), "")


def _expectation(field: str, chosen: str | None) -> list[str]:
    """What was published when it was decided; a list is the work of several sources, and says nothing of one."""
    if chosen is None or field not in FIELD_COLUMNS or isinstance(field_type(field), pl.List):
        return []
    is_number = field_type(field).is_numeric() and re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", chosen)
    return [f"expects = {chosen if is_number else toml_string(chosen)}"]


def _waived(waivers: pl.DataFrame) -> Iterator[str]:
    """What a person looked at and lets pass, and until when, so that it is not forgotten."""
    if waivers.is_empty():
        return
    yield from (f"## Waivers in force: {waivers.height}", "")
    for row in waivers.sort("check_name", "key").to_dicts():
        passing = f"{row['failures']} let pass" if row["failures"] else "lets nothing pass, remove it"
        yield (
            f"* {escaped(row['check_name'])} {escaped(row['key'])}, until {row['until']}: {escaped(row['reason'])}"
            f" ({passing})"
        )
    yield ""


def _explained(shifts: pl.DataFrame) -> Iterator[str]:
    """Numbers that differ for a known reason: so that nobody looks for a fault in them."""
    if shifts.is_empty():
        return
    yield from (
        f"## Explained, nothing to do: {shifts.height}",
        "",
        "Numbers of a scheme that differ from those as aired:",
        "",
    )
    for said in shifts.sort("series", "season", "scheme", "from_number", "kind")["explanation"]:
        yield f"* {escaped(said)}"
    yield ""


def _urls(tables: Mapping[str, pl.DataFrame]) -> dict[tuple[str, str, str], str]:
    disputed = tables["field_values"].join(tables["conflicts"], on=["episode_key", "field"], how="semi")
    rows = disputed.drop_nulls("source_url").select("episode_key", "field", "source", "source_url").rows()
    return {(key, field, source): url for key, field, source, url in rows}


def _episode(key: str, names: Mapping[str, str]) -> str:
    return f"`{key}` {escaped(names[key])}" if key in names else f"`{one_line(key).replace('`', '')}`"
