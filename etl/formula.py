"""The formula of quality as a franchise file sets it; what the file does not say is as DESIGN.md has it."""

from __future__ import annotations

from itertools import pairwise
from math import isclose

from etl.errors import InputError
from etl.franchise import QualityPolicy
from etl.transform.quality import STANDARD, Formula


def formula_of(policy: QualityPolicy) -> Formula:
    """The formula of a franchise's [quality].

    Raises InputError for shares that do not say all four and sum up to 1, and for grades that do not say all four, each
    beginning below the one before: a score would have no grade, or lie outside of 0 to 1.
    """
    shares = STANDARD.shares if policy.shares is None else _shares(policy)
    grades = STANDARD.grades_from if policy.grades is None else _grades(policy)
    least = STANDARD.least_freshness if policy.least_freshness is None else policy.least_freshness
    return Formula(shares, grades, least)


def _shares(policy: QualityPolicy) -> dict[str, float]:
    told = {f"quality_{name}": share for name, share in (policy.shares or {}).items()}
    if set(told) != set(STANDARD.shares) or not isclose(sum(told.values()), 1.0, abs_tol=1e-9):
        mend = "Give shares of completeness, accuracy, freshness and reliability that sum up to 1."
        raise InputError(
            f"These shares are not four that make a whole: {policy.shares}.", where="quality.shares", mend=mend
        )
    return {name: told[name] for name in STANDARD.shares}


def _grades(policy: QualityPolicy) -> dict[str, float]:
    told = {str(name): least for name, least in (policy.grades or {}).items()}
    ordered = [told[name] for name in STANDARD.grades_from if name in told]
    if len(ordered) < len(STANDARD.grades_from) or any(lower >= higher for higher, lower in pairwise(ordered)):
        mend = "Say where excellent, good, acceptable and poor begin, each below the one before."
        raise InputError(
            f"These are not four grades in their order: {policy.grades}.", where="quality.grades", mend=mend
        )
    return {name: told[name] for name in STANDARD.grades_from}
