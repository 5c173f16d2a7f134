"""The contract of run.json: which run, which contract, which files, and what happened.

Later versions may say more, so that unknown keys are let pass. Keys in camelCase are those that VBS's workflow reads.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from schemas.documents import Count, Percent, Text
from schemas.runs import Status

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]

_OPEN = ConfigDict(strict=True, frozen=True, use_attribute_docstrings=True)


class _Open(BaseModel):
    model_config = _OPEN


class _ForWorkflows(BaseModel):
    model_config = ConfigDict(**_OPEN, alias_generator=to_camel)


class PublishedFile(BaseModel):
    """A file's size and the SHA-256 of its bytes; for a database, whose bytes differ each time, that of its content."""

    model_config = ConfigDict(
        **_OPEN, json_schema_extra={"oneOf": [{"required": ["bytes", "sha256"]}, {"required": ["content_hash"]}]}
    )

    bytes: Count | None = None
    """Size of the file"""
    sha256: Hash | None = None
    """SHA-256 of its bytes"""
    content_hash: Hash | None = None
    """SHA-256 of what a database says"""

    @model_validator(mode="after")
    def _can_be_verified(self) -> PublishedFile:
        has_bytes = self.bytes is not None and self.sha256 is not None
        if has_bytes == (self.content_hash is not None):
            raise PydanticCustomError("hash", "Either bytes and sha256 or content_hash must be given")
        return self


class RunFile(_Open):
    """What is needed to verify a release. A file's name is a plain one, so that none outside is looked at."""

    run_id: Text
    """Id of the run"""
    as_of: AwareDatetime
    """The time that ages are measured at"""
    contract_version: Text
    """Version of the contract that the files keep"""
    files: Annotated[dict[FileName, PublishedFile], Field(json_schema_extra={"additionalProperties": False})]
    """Every file of the release but run.json"""


class LicenceSafe(_Open):
    """Whether sentences that a licence binds were left out."""

    is_on: bool
    """Whether --licence-safe was given"""
    prose_left_out: list[Text]
    """Sources whose sentences are not in the release"""


class Numbering(_Open):
    """How public ids were made."""

    scheme: Text
    """The scheme of the public ids"""
    seasons_numbered_as_aired: list[Text]
    """Seasons that the scheme could not number whole"""


class Counts(_Open):
    """How much was published."""

    eras: Count
    """In-universe eras"""
    items: Count
    """Seasons and films"""
    episodes: Count
    """Episodes"""
    movies: Count
    """Films"""
    series: Count
    """Series"""


class Quality(_ForWorkflows):
    """Quality in the words of VBS's summary."""

    average_quality_score_percent: Percent
    """Mean overall quality"""
    quality_threshold_percent: Percent
    """Least quality of an episode"""
    items_above_threshold: Count
    """Episodes that reach it"""
    items_below_threshold: Count
    """Published episodes that do not"""
    total_validation_issues: Count
    """Errors and warnings of the SQL checks"""


class Validation(_ForWorkflows):
    """What the checks found."""

    duplicate_ids: Count
    """Public ids that stand more than once"""
    validation_errors: Count
    """Errors"""
    validation_warnings: Count
    """Warnings"""


class Publication(_ForWorkflows):
    """Always true: what could not be written or verified is not published."""

    file_written: Literal[True]
    """The files were written"""
    output_verified: Literal[True]
    """They were read again and kept their contract"""


class Errors(_ForWorkflows):
    """Failed requests."""

    total: Count
    """How many"""
    error_rate_percent: Percent
    """Their share of all that was asked"""


class SourceRun(_Open):
    """How one source fared."""

    status: Status
    """Whether and how it was used"""
    rows: Count
    """Rows that kept the raw contract"""
    linked: Count
    """Rows linked to an episode or a film"""
    rejected: Count
    """Rows refused"""
    in_review: Count
    """Rows that wait for a person"""
    carried: Count
    """Episodes with values kept from the last release"""
    errors: Count
    """Requests without a live answer"""
    error_rate_percent: Percent | None
    """Their share of all that it was asked; null where that was nothing"""


class RunDocument(RunFile):
    """The whole of run.json."""

    generated_at: Annotated[AwareDatetime, Field(alias="generatedAt")]
    """The same as as_of, under VBS's name"""
    version: Text
    """Version of trek-etl"""
    franchise: Text
    """Code of the franchise"""
    mode: Literal["full", "incremental"]
    """Whether ended series that are published already were left out"""
    dry_run: Annotated[bool, Field(alias="dryRun")]
    """Always false: a dry run writes nothing"""
    licence_safe: LicenceSafe
    """What --licence-safe did"""
    release: Annotated[int, Field(ge=1)]
    """Which release of its folder it made, from 1"""
    changes: dict[str, int | str | None]
    """The run compared with (compared_with, null for a first release), and how many things changed, a kind"""
    numbering: Numbering
    """How public ids were made"""
    counts: Counts
    """How much was published"""
    quality: Quality
    """How good it is"""
    validation: Validation
    """What the checks found"""
    status: Publication
    """Whether it was published"""
    errors: Errors
    """What failed"""
    sources: dict[Text, SourceRun]
    """How each source fared"""
    review: Count
    """Rows that wait for a person"""
    rejects: Count
    """Rows and values that were refused"""
    conflicts: Count
    """Fields on which witnesses disagree"""
    stale_episodes: Count
    """Episodes with values that are older than they should be"""
    lapsed_decisions: list[str]
    """Decisions that decide nothing any more"""
    gaps: dict[Text, list[str]]
    """What sources that answered left out"""
    drift: dict[Text, list[str]]
    """What sources sent that nobody expected"""
