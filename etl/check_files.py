"""The SQL checks: what each finds, how grave that is, who cares and what to do; all of it stands in their comments.

`python -m etl.check_files > docs/checks.md` writes the list for people.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache

from etl.sql_files import SqlFile, sql_files
from schemas.checking import ERROR, SEVERITIES

CONTRACT, DATA = "contract", "data"
_HEADERS = ["kind", "severity", "owner", "mend"]
_INTRODUCTION = """\
# Checks

Written by `make dictionary` from the comments of `sql/checks/*.sql`: change those, not this file. Each file is one
SELECT; the rows it gives are what fails, the last column says why, the others together are the *key*.

* A check of the **contract** (always an error) says what apps and analysts rely on. A release that breaks it is never
  published, and `trek-etl validate` ends with 1.
* A check of the **data** names what a person should look at. What it finds stands in the table `check_failures`, is
  counted in run.json (`checks`, `validation`), and is shown by `trek-etl validate`.

| severity | found | in the last release too |
|---|---|---|
| info | named | named |
| warn | named as NEW | named |
| error | NEW: the run ends with 1 and publishes nothing | named, and stops nothing |

That is the ratchet: a release may be as good as the last one or better. A first release has nothing to be compared
with, so nothing in it is new.

## Quality may not fall

A run ends with 2 and publishes nothing where the average quality of a series falls by more than `[quality] max_fall`
(franchise file, 0.05). Compared are the episodes that both releases have, and growing older is left aside: new episodes
about which little is known yet, or a month without a run, make no release worse. To let it pass once, run with
`--accept-changes`, or paste the `[[accept]]` block of `outputs/.refused/changes.md` into decisions.toml.

## Waivers

`waivers.toml`, in the folder where trek-etl is run, lets pass what a person has looked at:

```toml
[[waiver]]
check = "stardate_outlier"
key = "pro:time-amok"          # as in check_failures
reason = "the point slipped in the source; asked them to mend it"
until = 2027-03-31             # the last day, as of the run (--as-of)
```

A waiver holds for failures of the data, never for the contract. What it lets pass is no warning and no error any more;
review.md and `trek-etl validate` list the waivers in force, and run.json counts them. One that lets nothing pass is
reported. After its last day it is an error: the run ends with 1 until it is taken out or renewed. `trek-etl validate`
judges a release by the waivers that were in force when it was made (table `waivers`), so that the same folder gives the
same answer on every day; it is the next run that finds them expired. `--accept-changes` lets new errors pass as well.
"""


@dataclass(frozen=True)
class CheckFile:
    """One check; `severities` are those that its rows can have, which say so themselves where there are several."""

    name: str
    rule: str
    is_contract: bool
    severities: tuple[str, ...]
    owner: str
    mend: str
    text: str


@cache
def check_files() -> dict[str, CheckFile]:
    """All checks by name. Raises ValueError for a file that does not say what it has to."""
    return {name: checked(file) for name, file in sql_files("checks").items()}


def checked(file: SqlFile) -> CheckFile:
    """What a file says of itself: kind, severity, owner and mend, in this order. Raises ValueError."""
    severities = tuple(file.columns.get("severity", "").split(", "))
    is_contract = file.columns.get("kind") == CONTRACT
    is_told = list(file.columns) == _HEADERS and file.columns["kind"] in (CONTRACT, DATA)
    if not is_told or set(severities) - set(SEVERITIES) or (is_contract and severities != (ERROR,)):
        raise ValueError(f"sql/checks/{file.name}.sql: its comments must say {', '.join(_HEADERS)}; got {file.columns}")
    return CheckFile(
        file.name, file.description, is_contract, severities, file.columns["owner"], file.columns["mend"], file.text
    )


def checks_markdown() -> str:
    """The text of docs/checks.md."""
    parts = [_INTRODUCTION]
    for title, is_contract in (("The contract", True), ("The data", False)):
        parts.append(f"## {title}\n")
        parts += [_section(check) for check in check_files().values() if check.is_contract is is_contract]
    return "\n".join(parts)


def main() -> None:
    """Write the list to standard output."""
    sys.stdout.write(checks_markdown())


def _section(check: CheckFile) -> str:
    told = {"Severity": ", ".join(check.severities), "Who cares": check.owner, "What to do": check.mend}
    lines = [f"* {name}: {text}" for name, text in told.items()]
    return "\n".join([f"### {check.name}", "", check.rule, "", *lines, ""])


if __name__ == "__main__":
    main()
