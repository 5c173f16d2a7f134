"""The contract of quality.json: how good a release is, as a whole, a series, and a field."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.documents import Count, Percent, Share, Strict, Text


class Averages(Strict):
    """Means over episodes; null where there is no episode."""

    overall: Share | None
    """0.4 completeness + 0.3 accuracy + 0.2 freshness + 0.1 reliability"""
    completeness: Share | None
    """Weighted share of the fields that have a value"""
    accuracy: Share | None
    """Confidence in the sources, valid fields and agreement of witnesses"""
    freshness: Share | None
    """How fresh the values are, at least 0.1"""
    reliability: Share | None
    """How reliable the sources of the values are"""


class SeriesQuality(Averages):
    """The means of one series."""

    series: Text
    """Code of the series"""
    name: Text
    """Full name of the series"""
    episodes: Count
    """Published episodes"""


class GradeCount(Strict):
    """How many episodes have a grade."""

    episodes: Count
    """Episodes with this grade"""
    percent: Percent
    """Their share of all episodes, in percent with two decimals"""


class Grades(Strict):
    """Episodes by grade, best first."""

    excellent: GradeCount
    """From 0.90"""
    good: GradeCount
    """From 0.75"""
    acceptable: GradeCount
    """From 0.60"""
    poor: GradeCount
    """From 0.40"""
    insufficient: GradeCount
    """Below 0.40"""


class FieldCoverage(Strict):
    """How many episodes have a field."""

    field: Text
    """Column of the table episodes"""
    weight: Annotated[float, Field(gt=0.0)]
    """Share of the field in completeness"""
    present: Count
    """Episodes with a value"""
    share: Share | None
    """Share of the episodes with a value; null where there is no episode"""


class FieldGap(Strict):
    """A field that some episodes lack."""

    field: Text
    """Column of the table episodes"""
    weight: Annotated[float, Field(gt=0.0)]
    """Share of the field in completeness"""
    missing: Count
    """Episodes without a value"""
    lost_completeness: Share | None
    """How much of the mean completeness this costs"""


class Fix(Strict):
    """What is worth mending: a field of a series."""

    series: Text
    """Code of the series"""
    field: Text
    """Column of the table episodes"""
    problem: Literal["missing", "disputed"]
    """Whether there is no value, or independent witnesses disagree"""
    episodes: Count
    """Episodes concerned"""
    points: float
    """Points of 100 that one mended episode gains in overall quality, on average"""
    gain: float
    """Points of all episodes together, by which the list is ordered"""
    sources: str | None
    """Sources that could give it"""
    first_episode: Text
    """Key of the first of the episodes"""
    link: str | None
    """Page at which a person can mend it; null where there is none"""


class QualityFile(Strict):
    """The whole file."""

    episodes: Count
    """Published episodes"""
    average: Averages
    """Means over all episodes"""
    grades: Grades
    """Episodes by grade"""
    series: list[SeriesQuality]
    """The same for each series, in the order of the franchise"""
    fields: list[FieldCoverage]
    """How well each field is covered, in the order of the contract"""
    missing: list[FieldGap]
    """Fields with gaps, those that cost most first"""
    fix_list: list[Fix] | None = None
    """What to mend first, what gains most at the head"""

    @model_validator(mode="after")
    def _counts_agree(self) -> QualityFile:
        counted = {
            "series": sum(one.episodes for one in self.series),
            "grades": sum(getattr(self.grades, name).episodes for name in Grades.model_fields),
        }
        wrong = [f"{name} hold {count}" for name, count in counted.items() if count != self.episodes]
        if wrong:
            raise PydanticCustomError(
                "counts",
                "episodes says {stated}, {wrong}",
                {"stated": self.episodes, "wrong": " and ".join(wrong)},
            )
        return self
