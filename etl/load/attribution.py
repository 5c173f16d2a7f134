"""ATTRIBUTION.md: whose data a release holds, and under which terms they may be passed on."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from etl.errors import ContractBroken
from etl.sources import Source

_WITHOUT_DATA = ("failed", "no-key", "not-asked")


def attribution_markdown(
    sources: Sequence[Source], sources_table: pl.DataFrame, prose_left_out: Collection[str] = ()
) -> str:
    """The text of ATTRIBUTION.md, from the descriptions of the sources and the table of what each gave.

    `prose_left_out` names the sources of which only facts stand in the release, no sentence.
    A source counts as used when it answered, or when values of an earlier answer were carried over.
    Raises ContractBroken for a used source without a description: data without their terms are not published.
    """
    used = sources_table.filter(~pl.col("status").is_in(_WITHOUT_DATA) | (pl.col("carried") > 0))["source"].to_list()
    undescribed = sorted(set(used) - {source.name for source in sources})
    if undescribed:
        raise ContractBroken(f"No licence and no notice is known of the data of {', '.join(undescribed)}.")
    sections = [
        _section(source, is_prose_left_out=source.name in prose_left_out) for source in sources if source.name in used
    ]
    return "\n".join(["# Attribution", "", *(sections or ["This release holds no data of any source.", ""])])


def _section(source: Source, *, is_prose_left_out: bool) -> str:
    licence = f"[{source.licence}]({source.licence_url})" if source.licence_url else source.licence
    lines = [f"## {source.title}", "", f"* Licence: {licence}"]
    if source.base_url:
        lines.append(f"* Source: <{source.base_url}>")
    if source.lineage != source.name:
        lines.append(f"* Its data come from: {source.lineage}")
    if is_prose_left_out:
        lines.append("* Its sentences are left out (`--licence-safe`): only facts of it stand in this release.")
    return "\n".join([*lines, "", _one_line(source.notice), ""])


def _one_line(text: str) -> str:
    return " ".join(text.split())
