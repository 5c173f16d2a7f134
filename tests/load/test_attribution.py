"""ATTRIBUTION.md: every source that gave data, and no other."""

from __future__ import annotations

import pytest
from export_factory import frame, source_row

from etl.errors import ContractBroken
from etl.load.attribution import attribution_markdown
from etl.sources import CATALOGUE, TMDB, Source

WIKI = Source(
    name="stapi",
    title="STAPI",
    base_url="https://stapi.example/api",
    rate=1.0,
    burst=1,
    confidence=0.8,
    uptime=0.9,
    accuracy=0.9,
    lineage="memory_alpha",
    licence="CC BY-NC 4.0",
    licence_url="https://creativecommons.org/licenses/by-nc/4.0/",
    notice="Text of\n  many authors.",
)


def test_what_was_used_is_named() -> None:
    table = frame(
        "sources", [source_row("stapi", "used"), source_row("tmdb", "partial"), source_row("catalogue", "stale")]
    )
    assert attribution_markdown([TMDB, WIKI, CATALOGUE], table) == (
        "# Attribution\n\n"
        "## TMDB\n\n"
        "* Licence: [TMDB API terms of use](https://www.themoviedb.org/api-terms-of-use)\n"
        "* Source: <https://api.themoviedb.org/3>\n\n"
        "This product uses the TMDB API but is not endorsed or certified by TMDB.\n\n"
        "## STAPI\n\n"
        "* Licence: [CC BY-NC 4.0](https://creativecommons.org/licenses/by-nc/4.0/)\n"
        "* Source: <https://stapi.example/api>\n"
        "* Its data come from: memory_alpha\n\n"
        "Text of many authors.\n\n"
        "## Catalogue\n\n"
        "* Licence: facts, free to use\n\n"
        f"{CATALOGUE.notice}\n"
    )


@pytest.mark.parametrize(
    ("status", "carried", "is_named"),
    [
        ("used", 0, True),
        ("stale", 0, True),
        ("partial", 0, True),
        ("failed", 0, False),
        ("failed", 3, True),
        ("no-key", 0, False),
        ("no-key", 1, True),
        ("not-asked", 0, False),
    ],
)
def test_a_source_is_named_when_it_gave_data(status: str, carried: int, is_named: bool) -> None:
    text = attribution_markdown([TMDB], frame("sources", [source_row("tmdb", status, carried=carried)]))
    assert (TMDB.notice in text) == is_named


def test_whose_sentences_were_left_out_is_said_beside_its_licence() -> None:
    table = frame("sources", [source_row("stapi", "used"), source_row("tmdb", "used")])
    text = attribution_markdown([TMDB, WIKI], table, {"stapi", "tvmaze"})
    (limited,) = [line for line in text.splitlines() if "--licence-safe" in line]
    assert limited == "* Its sentences are left out (`--licence-safe`): only facts of it stand in this release."
    assert text.index("## STAPI") < text.index(limited)


def test_a_release_without_sources() -> None:
    assert attribution_markdown([TMDB], frame("sources", [])) == (
        "# Attribution\n\nThis release holds no data of any source.\n"
    )


def test_data_without_known_terms_are_refused() -> None:
    table = frame("sources", [source_row("tmdb", "used"), source_row("blog", "used")])
    with pytest.raises(ContractBroken, match="of the data of blog"):
        attribution_markdown([TMDB], table)
