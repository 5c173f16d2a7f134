"""The contract of the two files of corrections that the viewing guide's own generator reads: patches and overrides.

Names and rules are that generator's (reference/vbs-behaviour.md, 8 and 9). Keys that it would ignore are kept, to be told.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
TargetType = Literal["episode", "season", "movie", "era"]
Fields = dict[str, Any]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", strict=True)


class Patch(_Model):
    """One change: `update` and `add` give fields, `remove` takes the target away."""

    id: Text
    description: Text
    targetType: TargetType  # noqa: N815 - the file's own name
    targetId: Text  # noqa: N815
    operation: Literal["update", "add", "remove"]
    fields: Fields = {}
    createdAt: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")]  # noqa: N815
    author: Text | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Patch:
        if self.operation != "remove" and not self.fields:
            raise ValueError(f"The operation {self.operation} needs fields")
        return self


class PatchFile(_Model):
    """A file of patches, applied in their order."""

    version: str
    description: str
    patches: tuple[Patch, ...]


class OldOverride(_Model):
    """Values that stand above the sources; without `preserveOnRegeneration` only until a source says something."""

    targetId: Text  # noqa: N815
    targetType: TargetType  # noqa: N815
    fields: Annotated[Fields, Field(min_length=1)]
    reason: Text
    preserveOnRegeneration: bool  # noqa: N815


class OverrideFile(_Model):
    """A file of overrides, applied in their order."""

    version: str
    description: str
    overrides: tuple[OldOverride, ...]
    lastApplied: str | None = None  # noqa: N815
