"""JSON Schema (2020-12) of every JSON file of a release, made from the models: `python -m schemas.json_schema FOLDER`.

What a schema cannot say (that ids are unique, that counts agree, that files agree) stays with `trek-etl validate`.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pandera.polars as pa
import polars as pl
from polars.datatypes import DataTypeClass
from pydantic import BaseModel
from pydantic.alias_generators import to_snake
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from schemas.columns import polars_schema, title_of
from schemas.episodes import EPISODES
from schemas.examples import example_of
from schemas.guide_json import Guide
from schemas.quality_json import QualityFile
from schemas.redirects_json import Redirects
from schemas.run_json import RunDocument
from schemas.tables import CONTRACT_VERSION

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ENDING = ".schema.json"

_MODELS: dict[str, type[BaseModel]] = {
    "guide": Guide,
    "quality": QualityFile,
    "redirects": Redirects,
    "run": RunDocument,
}
_SCALARS: dict[DataTypeClass, dict[str, Any]] = {
    pl.String: {"type": "string"},
    pl.Int64: {"type": "integer"},
    pl.Float64: {"type": "number"},
    pl.Boolean: {"type": "boolean"},
    pl.Date: {"type": "string", "format": "date"},
}


class _WithoutNulls(GenerateJsonSchema):
    """A field with a default is left out where it is not known; it never stands there as null."""

    def get_title_from_name(self, name: str) -> str:
        return title_of(to_snake(name))

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        inner = schema["schema"]
        return self.generate_inner(inner["schema"] if inner["type"] == "nullable" else inner)


def json_schemas() -> dict[str, dict[str, Any]]:
    """The schema of each file by its name: guide (the file …-data.json), episodes, quality, redirects, run."""
    schemas = {name: _of_model(model) for name, model in _MODELS.items()}
    schemas["episodes"] = _of_rows(EPISODES)
    return {name: {**_head(name), **schemas[name]} for name in sorted(schemas)}


def json_schema_text(schema: dict[str, Any]) -> str:
    """A schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main(folder: Path) -> None:
    """Write every schema into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in json_schemas().items():
        (folder / f"{name}{ENDING}").write_text(json_schema_text(schema), "utf-8")


def _head(name: str) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": f"urn:trek-etl:contract:{CONTRACT_VERSION}:{name}"}


def _of_model(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(schema_generator=_WithoutNulls)


def _of_rows(contract: pa.DataFrameSchema) -> dict[str, Any]:
    """An array with an object a row, every column always there; unknown is null."""
    properties = {
        name: _of_column(contract.columns[name], data_type) for name, data_type in polars_schema(contract).items()
    }
    row = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"title": str(contract.name), "description": str(contract.description), "type": "array", "items": row}


def _of_column(column: pa.Column, data_type: pl.DataType | DataTypeClass) -> dict[str, Any]:
    metadata = column.metadata or {}
    value = _of_type(data_type)
    for check in column.checks:
        value |= check.statistics["keywords"]
    if column.nullable:
        value = _or_null(value)
    said = {f"x-{name}": metadata[name] for name in ("unit", "weight") if name in metadata}
    example = example_of(column)
    shown = example.isoformat() if isinstance(example, date) else example
    return {"title": column.title, "description": column.description, **value, "examples": [shown], **said}


def _or_null(value: dict[str, Any]) -> dict[str, Any]:
    return {**value, "type": [value["type"], "null"]}


def _of_type(data_type: pl.DataType | DataTypeClass) -> dict[str, Any]:
    if isinstance(data_type, pl.List):
        return {"type": "array", "items": _of_type(data_type.inner)}
    if isinstance(data_type, pl.Struct):
        properties = {field.name: _or_null(_of_type(field.dtype)) for field in data_type.fields}
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
    return dict(_SCALARS[data_type.base_type()])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
