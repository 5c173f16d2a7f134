"""The formula of quality, as a franchise file sets it."""

from __future__ import annotations

from typing import Any

import pytest

from etl.errors import InputError
from etl.formula import formula_of
from etl.franchise import QualityPolicy
from etl.transform.quality import STANDARD, Formula

SHARES = {"reliability": 0.25, "completeness": 0.25, "accuracy": 0.25, "freshness": 0.25}
GRADES = {"poor": 0.2, "excellent": 0.8, "good": 0.6, "acceptable": 0.4}


def test_a_franchise_that_says_nothing_has_the_formula_of_the_design() -> None:
    assert formula_of(QualityPolicy()) == STANDARD


def test_a_franchise_may_say_all_of_it_in_any_order() -> None:
    policy = QualityPolicy.model_validate({"shares": SHARES, "grades": GRADES, "least_freshness": 0.0})
    formula = formula_of(policy)
    assert formula == Formula({f"quality_{name}": 0.25 for name in SHARES}, GRADES, 0.0)
    assert list(formula.shares) == list(STANDARD.shares)
    assert list(formula.grades_from) == list(STANDARD.grades_from)


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"shares": {**SHARES, "freshness": 0.3}}, "quality.shares"),
        ({"shares": {"completeness": 1.0}}, "quality.shares"),
        ({"shares": {}}, "quality.shares"),
        ({"grades": {**GRADES, "good": 0.8}}, "quality.grades"),
        ({"grades": {"excellent": 0.9, "good": 0.8, "acceptable": 0.7}}, "quality.grades"),
    ],
)
def test_what_makes_no_score_or_no_grade_is_refused(told: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError, match=place):
        formula_of(QualityPolicy.model_validate(told))
