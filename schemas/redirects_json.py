"""The contract of redirects.json: for which releases an old public id stands, and what to use for it now."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.episodes import EPISODE_ID_PATTERN, KEY_PATTERN

PublicId = Annotated[str, Field(pattern=rf"^(?:{EPISODE_ID_PATTERN}|[a-z0-9]{{1,10}})$")]
Key = Annotated[str, Field(pattern=rf"^{KEY_PATTERN}$")]
Release = Annotated[int, Field(ge=1)]
Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Redirect(_Strict):
    """In releases since_release to until_release `old_id` meant `old_key`, which is `new_id` now; null: it is gone."""

    old_id: PublicId
    new_id: PublicId | None
    old_key: Key
    new_key: Key | None
    since_release: Release
    until_release: Release
    numbering: Text
    ended_by: Text
    why: Text
    accepted: Text | None

    @model_validator(mode="after")
    def _makes_sense(self) -> Redirect:
        if (self.new_id is None) != (self.new_key is None):
            raise PydanticCustomError("half", "new_id and new_key are both there or both null")
        if self.new_id == self.old_id:
            raise PydanticCustomError("same", "The id leads to itself")
        if self.until_release < self.since_release:
            raise PydanticCustomError("releases", "until_release comes before since_release")
        return self


class Tombstone(_Strict):
    """An episode or film that is not published any more."""

    episode_key: Key
    episode_id: PublicId
    title: Text
    last_run_id: Text
    removed_at: AwareDatetime
    reason: Text
    replaced_by: Key | None


class Redirects(_Strict):
    """The whole file; `history` tells whether two files count their releases from the same first one."""

    contract_version: Text
    history: Text
    release: Release
    run_id: Text
    numbering: Text
    redirects: list[Redirect]
    tombstones: list[Tombstone]

    @model_validator(mode="after")
    def _says_one_thing_of_an_id(self) -> Redirects:
        spans = defaultdict(list)
        for one in self.redirects:
            spans[one.old_id].append((one.since_release, one.until_release))
        twice = [
            old_id
            for old_id, found in spans.items()
            if any(before[1] >= after[0] for before, after in pairwise(sorted(found)))
        ]
        if twice:
            raise PydanticCustomError(
                "ambiguous", "Ids with two meanings in one release: {twice}", {"twice": ", ".join(twice)}
            )
        late = [one.old_id for one in self.redirects if one.until_release >= self.release]
        if late:
            raise PydanticCustomError(
                "future", "Redirects of this release or later ones: {late}", {"late": ", ".join(late)}
            )
        return self
