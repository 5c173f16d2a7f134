"""Every rule of every contract is seen to fail: the right row is refused, for this reason and no other.

The rules are found, not listed: a new one without values that keep and break it fails here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pandera.polars as pa
import polars as pl
import pytest

from schemas.checks import broken_rules, check
from schemas.columns import polars_schema
from schemas.tables import TABLES

# By what is said of a value that breaks the rule: three that keep it, and some that break it.
VALUES: dict[str, tuple[list[Any], list[Any]]] = {
    "is no episode key": (["tng:haven", "ds9:dax", "tos:charlie-x"], ["tng_haven", "tng:Haven", "tng:a--b", ""]),
    "is no episode id": (["tng_s1_e01", "ds9_s10_e22", "tos_s0_e100"], ["tng_s1_e1", "tng-s1-e01", "tng_s1_e01_655"]),
    "is no season number": ([0, 7, 99], [-1, 100]),
    "is no episode number": ([0, 7, 400], [-1]),
    "is no number of parts": ([1, 2, 3], [0, -1]),
    "is blank": (["Haven", " x ", "?"], ["", " ", "\t\n"]),
    "is no running time": ([1, 46, 92], [0, -46]),
    "is no IMDb id": (["tt0094030", "tt12345678", "tt0708469"], ["tt12", "0094030", "tt0094030/"]),
    "is no web address": (
        ["https://a.example/b", "http://c", "https://d"],
        ["javascript:alert(1)", "//a", "https://a b"],
    ),
    "lies outside of 0 to 1": ([0.0, 0.5, 1.0], [-0.001, 1.001, float("inf")]),
    "is no grade": (["excellent", "good", "insufficient"], ["Good", ""]),
    "is no film key": (["film:twok", "film:tmp", "film:st2009"], ["twok", "film:", "film:The-Keeper"]),
    "is no film id": (["twok", "tmp", "st2009"], ["film:twok", "TWOK", ""]),
    "is no kind of series": (["series", "animated", "series"], ["film", ""]),
    "is no numbering scheme": (["aired", "parts", "tmdb"], ["dvd", ""]),
    "is no kind of shift": (["shift", "gap", "order"], ["jump", ""]),
    "is no linking method": (["pinned", "title", "new"], ["number", ""]),
    "is no status": (["used", "stale", "no-key"], ["ok", ""]),
    "is no state of health": (["healthy", "degraded", "unhealthy"], ["ill", ""]),
    "is no kind of change": (["added", "removed", "quality"], ["moved", ""]),
    "is no severity": (["info", "warn", "error"], ["warning", ""]),
    "is no number of failures": ([0, 1, 1_000_000], [-1, 1_000_001]),
    "is no number of episodes": ([1, 26, 1000], [0, 1001]),
}
BY_TYPE: dict[Any, list[Any]] = {
    pl.String: ["a", "b", "c"],
    pl.Int64: [1, 2, 3],
    pl.Float64: [0.1, 0.2, 0.3],
    pl.Boolean: [True, False, True],
    pl.Date: [date(2026, 11, day) for day in (1, 2, 3)],
    pl.Datetime: [datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2, 3)],
    pl.List: [[], [], []],
}


@dataclass(frozen=True)
class Rule:
    """One rule of a table: values for the columns of its second row that break it, and what must be said of them."""

    table: str
    broken: dict[str, Any]
    reason: str
    rows: tuple[int, ...] = (1,)

    def __str__(self) -> str:
        return f"{self.table}: {self.reason} {next(iter(self.broken.values()))!r}"


def three_rows(contract: pa.DataFrameSchema) -> pl.DataFrame:
    """Rows that differ in every column and keep the contract."""
    columns = []
    for name, column in contract.columns.items():
        told = [VALUES[rule.error][0] for rule in column.checks]
        data_type = polars_schema(contract)[name]
        columns.append(pl.Series(name, told[0] if told else BY_TYPE[type(data_type)], dtype=data_type))
    return pl.DataFrame(columns)


def rules() -> Iterator[Rule]:
    for name, contract in TABLES.items():
        first = three_rows(contract).row(0, named=True)
        for column, described in contract.columns.items():
            if not described.nullable:
                yield Rule(name, {column: None}, f"{column} is missing")
            if described.unique:
                yield Rule(name, {column: first[column]}, f"{column} is not unique", (0, 1))
            for rule in described.checks:
                yield from (Rule(name, {column: value}, f"{column} {rule.error}") for value in VALUES[rule.error][1])
        if contract.unique:
            same = {column: first[column] for column in contract.unique}
            yield Rule(name, same, f"{name} are not unique together", (0, 1))


RULES = list(rules())


def test_every_check_of_a_column_has_values_that_keep_and_break_it() -> None:
    checks = {rule.error for contract in TABLES.values() for one in contract.columns.values() for rule in one.checks}
    assert set(VALUES) == checks


@pytest.mark.parametrize("name", TABLES)
def test_rows_that_keep_every_rule_pass(name: str) -> None:
    assert broken_rules(TABLES[name], three_rows(TABLES[name])) == []


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_broken_rule_refuses_its_row_for_this_reason(rule: Rule) -> None:
    contract = TABLES[rule.table]
    good = three_rows(contract)
    rows = good.to_dicts()
    rows[1] |= rule.broken
    checked = check(contract, pl.DataFrame(rows, schema=good.schema))
    refused = checked.rejects.to_dicts()
    assert [row.pop("broken_rules") for row in refused] == [rule.reason] * len(rule.rows)
    assert refused == [rows[place] for place in rule.rows]
    assert checked.valid.equals(good.filter(~pl.int_range(pl.len()).is_in(rule.rows)))


def test_a_tables_key_is_among_the_rules() -> None:
    keys = {rule.table for rule in RULES if rule.rows == (0, 1)}
    assert set(TABLES) - keys == {name for name, contract in TABLES.items() if not (contract.metadata or {})["key"]}
