"""What reading a long page of the wiki costs, beside making a tree of all of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import mwparserfromhell
from mwparserfromhell.wikicode import Wikicode

from benchmarks.table import Row, compared
from benchmarks.wiki_pages import episode_page
from etl.extract.wiki_article import parse_article
from etl.extract.wiki_cast import cast
from etl.extract.wikitext import references, sidebar_of

_PAGE_CHARACTERS = 60_000
_PAGES = 20
_CODES = ("TNG",)
_BOUND_MS = 10.0


def measure_wiki(pages: int = _PAGES) -> Iterator[Row]:
    """Yield the lines of a page's sidebar, cast and references; processor time, the mean of all pages."""
    texts = [episode_page(_PAGE_CHARACTERS, seed) for seed in range(pages)]
    read_ms = _mean_ms(texts, lambda text: parse_article(text, _CODES))
    whole_ms = _mean_ms(texts, mwparserfromhell.parse)
    what = f"wiki page: {_PAGE_CHARACTERS / 1000:.0f} kB read"
    yield compared(what, read_ms, _BOUND_MS, "ms", "bound")
    yield compared(what, read_ms, whole_ms, "ms", "all of it made a tree")


def _mean_ms(texts: Sequence[str], parse: Callable[[str], Wikicode]) -> float:
    began_at = time.process_time()
    for text in texts:
        page = parse(text)
        sidebar_of(page), cast(page), references(page, _CODES)
    return (time.process_time() - began_at) / len(texts) * 1e3
