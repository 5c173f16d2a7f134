"""What came of scenarios, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from benchmarks.chaos.checks import Finding


@dataclass
class Tally:
    """Runs and kills of one or more scenarios, with what was found, by the name of the scenario."""

    runs: int = 0
    kills: int = 0
    values_checked: int = 0
    longest_s: float = 0.0
    codes: Counter[int] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    moments: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[str, Finding]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count another tally in."""
        self.runs += other.runs
        self.kills += other.kills
        self.values_checked += other.values_checked
        self.longest_s = max(self.longest_s, other.longest_s)
        self.codes += other.codes
        self.troubles += other.troubles
        self.moments += other.moments
        self.findings += other.findings
