"""What the contract is, told in one number: it changes with every name, type, rule, key, unit and weight, not with words.

`python -m schemas.fingerprint > schemas/json/contract.json` writes down what it is now, part by part, so that a test
can say which part changed since.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

import pandera.polars as pa

from schemas.json_schema import json_schemas
from schemas.physical import key_columns, sql_types
from schemas.tables import CONTRACT_VERSION, TABLES

_LENGTH = 12
_WORDS = ("$id", "title", "description", "examples")
_HOLD_NAMES = ("properties", "$defs")


def contract_parts() -> dict[str, str]:
    """The fingerprint of every table and of every JSON document."""
    tables = {f"table {name}": _digest(_of_table(contract)) for name, contract in TABLES.items()}
    documents = {f"document {name}": _digest(_without_words(schema)) for name, schema in json_schemas().items()}
    return tables | documents


def contract_record() -> dict[str, Any]:
    """Version, fingerprint and parts, as they stand in schemas/json/contract.json."""
    parts = contract_parts()
    return {"version": CONTRACT_VERSION, "fingerprint": _digest(parts), "parts": parts}


def main() -> None:
    """Write the record to standard output."""
    sys.stdout.write(json.dumps(contract_record(), indent=2) + "\n")


def _of_table(contract: pa.DataFrameSchema) -> dict[str, Any]:
    types = sql_types(contract)
    columns = [
        {
            "name": name,
            "type": types[name],
            "is_nullable": column.nullable,
            "rules": [check.statistics["keywords"] for check in column.checks],
            **{said: (column.metadata or {}).get(said) for said in ("unit", "weight", "merges")},
        }
        for name, column in contract.columns.items()
    ]
    return {"key": key_columns(contract), "columns": columns}


def _without_words(schema: Any) -> Any:
    """A JSON Schema without what only people read; a property may be called title, and stays."""
    if isinstance(schema, list):
        return [_without_words(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _without_words(one) for name, one in value.items()} if key in _HOLD_NAMES else _without_words(value)
        for key, value in schema.items()
        if key not in _WORDS
    }


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:_LENGTH]


if __name__ == "__main__":
    main()
