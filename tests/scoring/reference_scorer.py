"""VBS's scorer again, slowly, one record at a time, with ECMAScript's ideas of truth, blank text and time.

Written from reference/vbs-behaviour.md, 14, and sharing no line with etl/: what both say is what VBS says.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

Record = dict[str, Any]

IMPORTANCE = {
    "title": 1,
    "airDate": 1,
    "season": 1,
    "episode": 1,
    "synopsis": 0.9,
    "productionCode": 0.7,
    "director": 0.8,
    "writer": 0.8,
    "tmdbId": 0.6,
    "imdbId": 0.6,
    "memoryAlphaUrl": 0.5,
    "guestStars": 0.7,
    "plotPoints": 0.8,
    "connections": 0.6,
}
_SPACE = "\t\n\x0b\x0c\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))


def score(record: Record, sources: dict[str, Any], now_ms: int, half_life_days: float = 30.0) -> Record:
    """The result of VBS's calculateQualityScore, with the record's id."""
    source = sources[record["dataSource"]]
    metrics = source.get("performanceMetrics")
    completeness, accuracy = _completeness(record), _accuracy(record, metrics)
    freshness = max(0.5 ** ((now_ms - _milliseconds(record["lastUpdated"])) / 86_400_000 / half_life_days), 0.1)
    reliability = _reliability(source, metrics)
    overall = completeness * 0.4 + accuracy * 0.3 + freshness * 0.2 + reliability * 0.1
    return {
        "episodeId": record["episodeId"],
        "overall": overall,
        "completeness": completeness,
        "accuracy": accuracy,
        "freshness": freshness,
        "sourceReliability": reliability,
        "qualityGrade": _grade(overall),
        "recommendations": _recommendations(
            record, source.get("name") or record["dataSource"], completeness, accuracy, freshness, reliability
        ),
        "missingFields": [
            name for name, weight in IMPORTANCE.items() if weight >= 0.7 and record.get(name) in (None, "")
        ],
        "lowConfidenceFields": _low_confidence(record),
    }


def _is_true(value: Any) -> bool:
    if isinstance(value, list | dict):
        return True
    return bool(value) and not (isinstance(value, float) and math.isnan(value))


def _completeness(record: Record) -> float:
    there, total = 0.0, 0.0
    for name, weight in IMPORTANCE.items():
        total += weight
        value = record.get(name)
        is_blank = isinstance(value, str) and value.strip(_SPACE) == ""
        if value is not None and value != [] and not is_blank:
            there += weight
    return there / total


def _accuracy(record: Record, metrics: Any) -> float:
    confidence = record.get("confidenceScore")
    accuracy = confidence if confidence is not None and _is_true(confidence) else 0.5
    checks = record.get("fieldValidation")
    if checks:
        accuracy = (accuracy + sum(_is_valid(check) for check in checks.values()) / len(checks)) / 2
    if metrics:
        accuracy = (accuracy + metrics["accuracyRate"]) / 2
    return min(max(accuracy, 0), 1)


def _is_valid(check: Any) -> bool:
    return isinstance(check, dict) and _is_true(check.get("isValid"))


def _reliability(source: Any, metrics: Any) -> float:
    reliability = (source["confidenceLevel"] + source["reliability"]["uptime"]) / 2
    reliability = (reliability + source["reliability"]["accuracy"]) / 2
    if metrics:
        reliability = (reliability + metrics["successfulRequests"] / metrics["totalRequests"]) / 2
    return float(min(max(reliability, 0), 1))


def _grade(overall: float) -> str:
    borders = ((0.9, "excellent"), (0.75, "good"), (0.6, "acceptable"), (0.4, "poor"))
    return next((grade for least, grade in borders if overall >= least), "insufficient")


def _recommendations(
    record: Record, name: str, completeness: float, accuracy: float, freshness: float, reliability: float
) -> list[str]:
    told = [
        (completeness < 0.7, "Consider enriching metadata with additional fields from other sources"),
        (accuracy < 0.8, "Validate metadata accuracy against multiple sources"),
        (freshness < 0.6, "Update metadata from source to get latest information"),
        (reliability < 0.7, f"Consider using alternative sources with higher reliability than {name}"),
        (_has_length(record.get("conflictResolution")), "Review conflict resolution decisions for accuracy"),
    ]
    return [text for is_due, text in told if is_due]


def _has_length(value: Any) -> bool:
    return isinstance(value, str | list) and len(value) > 0


def _low_confidence(record: Record) -> list[str]:
    confidence = record.get("confidenceScore")
    is_low = confidence is not None and _is_true(confidence) and confidence < 0.6
    checks = record.get("fieldValidation") or {}
    return [name for name, check in checks.items() if is_low or not _is_valid(check)]


def _milliseconds(told: Any) -> int:
    if not isinstance(told, str):
        return int(told)
    day, _, rest = told.replace(" ", "T", 1).partition("T")
    clock, zone = re.fullmatch(r"([\d:.]*)(.*)", rest).groups()  # type: ignore[union-attr]
    day += "-01-01"[len(day) - 4 :] if len(day) < 10 else ""
    instant = datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone.strip() or 'Z'}").astimezone(UTC)
    return round((instant - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000 // 1)
