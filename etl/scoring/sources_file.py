"""The sources file of `trek-etl score`: how far each source is trusted, as VBS's MetadataSource says it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from etl.errors import InputError
from etl.sources import SOURCES

Number = Annotated[float, Field(allow_inf_nan=False)]

_MEND = (
    'Write every source like {"tmdb": {"confidenceLevel": 0.85, "reliability": {"uptime": 0.99, "accuracy": 0.92}}}.'
)


class _Model(BaseModel):
    """Keys that scoring does not need, such as a latency, are let be."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class Reliability(_Model):
    """What is known of a source in the long run, as shares."""

    uptime: Number
    accuracy: Number


class Performance(_Model):
    """What was measured of a source, VBS's SourcePerformanceMetrics."""

    accuracy_rate: Number
    successful_requests: Number
    total_requests: Annotated[Number, Field(gt=0)]


class MetadataSource(_Model):
    """One source; `name` is what recommendations call it, the key in the file where it has none."""

    confidence_level: Number
    reliability: Reliability
    name: str | None = None
    performance_metrics: Performance | None = None


_FILE = TypeAdapter(Annotated[dict[str, MetadataSource], Field(min_length=1)])


def read_sources(file: Path | None) -> pl.DataFrame:
    """One row a source, as `etl.transform.record_score.trust_of_records` takes them.

    Without a file, trek-etl's own sources as etl/sources.py describes them, under our names and VBS's ("memory-alpha").
    Raises InputError for a file that cannot be read, or that says something else than sources.
    """
    return _table(_own_sources() if file is None else _read(file))


def _own_sources() -> dict[str, MetadataSource]:
    return {
        name: MetadataSource(
            confidence_level=source.confidence,
            reliability=Reliability(uptime=source.uptime, accuracy=source.accuracy),
        )
        for source in SOURCES.values()
        for name in (source.name, source.name.replace("_", "-"))
    }


def _read(file: Path) -> dict[str, MetadataSource]:
    try:
        return _FILE.validate_json(file.read_bytes())
    except OSError as failure:
        problem = f"The sources file cannot be read ({failure.strerror})."
        raise InputError(problem, file=file, mend="Check the path and its permissions.") from None
    except ValidationError as failure:
        first = failure.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{first['msg']}.", file=file, where=where, mend=_MEND) from None


def _table(sources: Mapping[str, MetadataSource]) -> pl.DataFrame:
    measured = {name: source.performance_metrics for name, source in sources.items()}
    numbers = {
        "confidence": [source.confidence_level for source in sources.values()],
        "uptime": [source.reliability.uptime for source in sources.values()],
        "accuracy": [source.reliability.accuracy for source in sources.values()],
        "success_share": [one and one.successful_requests / one.total_requests for one in measured.values()],
        "agreement": [one and one.accuracy_rate for one in measured.values()],
    }
    return pl.DataFrame(
        {"source": list(sources), "source_title": [source.name or name for name, source in sources.items()], **numbers},
        schema={"source": pl.String, "source_title": pl.String, **dict.fromkeys(numbers, pl.Float64)},
    )
