"""Made-up metadata records in VBS's shape, any number of them: the same seed gives the same on every machine.

python -m benchmarks.metadata_records COUNT FILE       the ending of FILE, .ndjson or .parquet, says what is written
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

_PRIME = 2_147_483_647
_AT_ONCE = 250_000
_SOURCES = ("tmdb", "tmdb", "tmdb", "memory-alpha", "trekcore", "stapi")
_WORDS = ("signal", "colony", "captain", "anomaly", "shuttle", "treaty", "nebula", "crew", "planet", "echo", "gift")


def records(count: int, seed: int = 1701, *, first: int = 0) -> pl.DataFrame:
    """Make `count` records from number `first` on. A null is a key that the record does not have."""
    frame = pl.select(row=pl.int_range(first, first + count, dtype=pl.Int64))

    def draw(purpose: int) -> pl.Expr:
        """A number that looks drawn at random: plain arithmetic, so that no library's hash matters."""
        mixed = (pl.col("row") * 48_271 + (seed * 7_919 + purpose) * 69_621 + 1) % _PRIME
        return (mixed * mixed + purpose) % _PRIME

    def known(value: pl.Expr, percent: int, purpose: int) -> pl.Expr:
        return pl.when(draw(purpose) % 100 < percent).then(value)

    def one_of(values: tuple[str, ...], purpose: int) -> pl.Expr:
        return pl.lit(pl.Series(values)).gather(draw(purpose) % len(values))

    def some(prefix: str, purpose: int) -> pl.Expr:
        """A list of up to three texts; now and then an empty one."""
        texts = [pl.format("{} {}", pl.lit(prefix), draw(purpose + place) % 5000) for place in range(3)]
        return pl.concat_list(texts).list.head(draw(purpose) % 4)

    def check(percent: int, purpose: int) -> pl.Expr:
        return pl.when(draw(purpose) % 2 == 0).then(pl.struct(isValid=draw(purpose + 1) % 100 < percent))

    prose = pl.format(" ".join(["{}"] * 12), *(one_of(_WORDS, purpose) for purpose in range(200, 212)))
    day = pl.lit(1_767_225_600_000) - draw(3) % (200 * 86_400_000)
    checks = pl.struct(title=check(90, 60), airDate=check(85, 62), synopsis=check(85, 64))
    connection = pl.struct(episodeId=pl.format("syn_s1_e{}", "row"), connectionType=pl.lit("reference"))
    return frame.select(
        episodeId=pl.format("syn_s{}_e{}", draw(1) % 7 + 1, "row"),
        dataSource=one_of(_SOURCES, 2),
        lastUpdated=day.cast(pl.Datetime("ms")).dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"),
        isValidated=draw(4) % 2 == 0,
        confidenceScore=(draw(5) % 10_000) / 10_000,
        version=pl.lit("1.0.0"),
        enrichmentStatus=pl.lit("complete"),
        title=known(pl.format("{} {}", one_of(_WORDS, 6), one_of(_WORDS, 7)), 98, 8),
        airDate=known(pl.format("19{}-11-{}", draw(9) % 80 + 10, draw(10) % 19 + 10), 97, 11),
        season=known(draw(12) % 7 + 1, 99, 13),
        episode=known(draw(14) % 26 + 1, 99, 15),
        synopsis=known(pl.when(draw(16) % 40 == 0).then(pl.lit(" ")).otherwise(prose), 84, 17),
        productionCode=known(pl.format("PC-{}", "row"), 46, 18),
        director=known(pl.format("Director {}", draw(19) % 400), 69, 20),
        writer=known(pl.format("Writer {}", draw(21) % 400), 69, 22),
        tmdbId=known(pl.col("row"), 80, 23),
        imdbId=known(pl.format("tt{}", pl.col("row") + 1_000_000), 55, 24),
        memoryAlphaUrl=known(pl.format("https://wiki.example/wiki/E{}", "row"), 51, 25),
        guestStars=known(some("Actor", 30), 58, 33),
        plotPoints=known(some("ship distress", 35), 41, 38),
        connections=known(pl.concat_list(connection).list.head(draw(39) % 2), 25, 40),
        fieldValidation=known(checks, 28, 41),
        conflictResolution=known(pl.concat_list(pl.struct(field=pl.lit("title"))), 4, 42),
    )


def lines(frame: pl.DataFrame) -> pl.Series:
    """The records as JSON, one a line, without the keys that a record does not have; no text of ours looks like one."""
    text = pl.struct(pl.all()).struct.json_encode().str.replace_all(r'"\w+":null,?', "")
    return frame.select(line=text.str.replace_all(",}", "}", literal=True)).to_series()


def write_records(count: int, file: Path) -> None:
    """Write `count` records as Parquet or NDJSON, some at a time, so that any number fits into memory."""
    starts = range(0, count, _AT_ONCE)
    parts = (records(min(_AT_ONCE, count - first), first=first) for first in starts)
    if file.suffix == ".parquet":
        schema = records(1).schema
        register_io_source(lambda *_: parts, schema=schema).sink_parquet(file)
        return
    with file.open("w", encoding="utf-8") as out:
        for part in parts:
            out.writelines(f"{line}\n" for line in lines(part))


if __name__ == "__main__":
    write_records(int(sys.argv[1]), Path(sys.argv[2]))
