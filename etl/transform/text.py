"""Text in the form in which it is compared: titles with the part apart, names of people, placeholders as missing."""

from __future__ import annotations

import polars as pl

from schemas.placeholder_titles import PLACEHOLDER_TITLE

_PLACEHOLDER_TEXT = r"(?i)^(?:tba|tbd|none|n/a|null|unknown|-+)?$"

_NUMBER_WORDS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_PART_NUMBER = rf"(\d|{'|'.join(sorted(_NUMBER_WORDS, key=len, reverse=True))})"
_PART = rf"(?i)[\s,:;–-]*(?:\(\s*(?:part\s+)?{_PART_NUMBER}\s*\)|\bpart\s+{_PART_NUMBER})\s*$"


def present_text(text: pl.Expr) -> pl.Expr:
    """Trimmed text; null for blanks and for placeholders such as "None", "TBD", "-"."""
    trimmed = text.str.strip_chars()
    return pl.when(trimmed.str.contains(_PLACEHOLDER_TEXT)).then(None).otherwise(trimmed)


def present_title(title: pl.Expr) -> pl.Expr:
    """Title with single spaces; null for placeholders such as "TBA" or "Episode 7"."""
    spaced = title.str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(spaced.str.contains(PLACEHOLDER_TITLE)).then(None).otherwise(spaced)


def plain(text: pl.Expr) -> pl.Expr:
    """Lower case without accents, with "&" read as "and" and typographic apostrophes dropped."""
    return (
        text.str.normalize("NFKD")
        .str.replace_all(r"\p{M}", "")
        .str.to_lowercase()
        .str.replace_all("&", " and ")
        .str.replace_all(r"['’‘`´ʼ]", "")
    )


def without_part(title: pl.Expr) -> pl.Expr:
    """The title without "(2)", ", Part II" and the like at its end; the title itself if nothing else is left."""
    bare = title.str.replace(_PART, "")
    return pl.when(bare == "").then(title).otherwise(bare)


def part_of(title: pl.Expr) -> pl.Expr:
    """The part number at the end of a title, null for none."""
    found = pl.coalesce(title.str.extract(_PART, 1), title.str.extract(_PART, 2)).str.to_lowercase()
    written = {word: str(number) for word, number in _NUMBER_WORDS.items()}
    return found.replace(written).cast(pl.Int64, strict=False)


def title_key(title: pl.Expr) -> pl.Expr:
    """What is left of a title for comparing: letters and digits of the title without its part."""
    return plain(without_part(title)).str.replace_all(r"[^\p{L}\p{N}]+", "")


def slug(title: pl.Expr) -> pl.Expr:
    """The title as it stands in a key: "Lost & Found" is lost-and-found, "Mudd's Women" is mudds-women."""
    return plain(title).str.replace_all(r"[^\p{L}\p{N}]+", "-").str.strip_chars("-")


def name_key(name: pl.Expr) -> pl.Expr:
    """A person's name for comparing: "D.C. Fontana" and "D. C. Fontana" are one, so are "Jr." and ", Jr"."""
    return plain(name).str.replace(r",?\s+(?:jr|sr)\.?$", "").str.replace_all(r"[^\p{L}\p{N}]+", "")
