"""The contract of waivers.toml: which failure of a check a person has looked at and lets pass, and until when."""

from __future__ import annotations

from datetime import date

from schemas.decisions import DecidedModel, Text


class Waiver(DecidedModel):
    """The check may fail for `key` (as the table check_failures has it) up to and including the day `until`."""

    check: Text
    key: Text
    reason: Text
    until: date


class Waivers(DecidedModel):
    """What waivers.toml says."""

    waiver: tuple[Waiver, ...] = ()
