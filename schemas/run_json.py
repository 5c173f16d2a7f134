"""The contract of run.json, as far as a release can be verified by it: which run, which contract, which files."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class PublishedFile(BaseModel):
    """A file's size and the SHA-256 of its bytes; for a database, whose bytes differ each time, that of its content."""

    model_config = ConfigDict(strict=True, frozen=True)

    bytes: Annotated[int, Field(ge=0)] | None = None
    sha256: Hash | None = None
    content_hash: Hash | None = None

    @model_validator(mode="after")
    def _can_be_verified(self) -> PublishedFile:
        has_bytes = self.bytes is not None and self.sha256 is not None
        if has_bytes == (self.content_hash is not None):
            raise PydanticCustomError("hash", "Either bytes and sha256 or content_hash must be given")
        return self


class RunFile(BaseModel):
    """What run.json must say; it may say more. A file's name is a plain one, so that none outside is looked at."""

    model_config = ConfigDict(strict=True, frozen=True)

    run_id: Annotated[str, Field(min_length=1)]
    as_of: AwareDatetime
    contract_version: Annotated[str, Field(min_length=1)]
    files: dict[FileName, PublishedFile]
