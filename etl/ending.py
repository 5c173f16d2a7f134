"""How a run ended: its exit code, and the outcome or the error that it came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from etl.errors import ExitCode, TrekEtlError
from etl.options import Outcome


@dataclass(frozen=True)
class Ending:
    """What a run came to, and the exit code of its command."""

    code: ExitCode
    came_to: Outcome | Exception


def exit_code_of(outcome: Outcome, *, is_strict: bool) -> ExitCode:
    """0, or 2 with `is_strict` if a source failed, an episode was held back, or a value is stale."""
    sources = outcome.tables["sources"]
    is_poor = "quality" in outcome.tables["rejects"]["stage"]
    fell_short = bool(sources["errors"].sum()) or is_poor or bool(outcome.tables["episodes"]["is_stale"].any())
    return ExitCode.QUALITY_GATE_FAILED if is_strict and fell_short else ExitCode.DONE


def ending_of(work: Callable[[], Outcome], *, is_strict: bool) -> Ending:
    """Run `work`; its errors, foreseen or not, are returned instead of raised."""
    try:
        outcome = work()
    except TrekEtlError as known:
        return Ending(known.exit_code, known)
    except Exception as unforeseen:  # noqa: BLE001 - a run that breaks is what a bundle is made for
        return Ending(ExitCode.UNEXPECTED, unforeseen)
    return Ending(exit_code_of(outcome, is_strict=is_strict), outcome)
