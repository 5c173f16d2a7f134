"""The contract of redirects.json: for which releases an old public id stands, and what to use for it now."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.documents import Strict, Text
from schemas.episodes import EPISODE_ID_PATTERN, KEY_PATTERN

PublicId = Annotated[str, Field(pattern=rf"^(?:{EPISODE_ID_PATTERN}|[a-z0-9]{{1,10}})$")]
Key = Annotated[str, Field(pattern=rf"^{KEY_PATTERN}$")]
Release = Annotated[int, Field(ge=1)]


class Redirect(Strict):
    """In releases since_release to until_release `old_id` meant `old_key`, which is `new_id` now; null: it is gone."""

    old_id: PublicId
    """Public id as it was"""
    new_id: PublicId | None
    """Public id now; null where the episode is gone"""
    old_key: Key
    """The episode or film that was meant"""
    new_key: Key | None
    """The one that has its place now; null where the episode is gone"""
    since_release: Release
    """First release for which this holds"""
    until_release: Release
    """Last release for which this holds"""
    numbering: Text
    """The scheme that the old id was made from"""
    ended_by: Text
    """Run since which the old id no longer means this"""
    why: Text
    """Why, in words"""
    accepted: Text | None
    """Who let the guard pass it; null where nobody had to"""

    @model_validator(mode="after")
    def _makes_sense(self) -> Redirect:
        if (self.new_id is None) != (self.new_key is None):
            raise PydanticCustomError("half", "new_id and new_key are both there or both null")
        if self.new_id == self.old_id:
            raise PydanticCustomError("same", "The id leads to itself")
        if self.until_release < self.since_release:
            raise PydanticCustomError("releases", "until_release comes before since_release")
        return self


class Tombstone(Strict):
    """An episode or film that is not published any more."""

    episode_key: Key
    """The episode or film"""
    episode_id: PublicId
    """Its last public id"""
    title: Text
    """Its last title"""
    last_run_id: Text
    """Run that made the last release with it"""
    removed_at: AwareDatetime
    """As-of time of the run that removed it"""
    reason: Text
    """Why it is gone, in words"""
    replaced_by: Key | None
    """The episode that its rows belong to now; null for none"""


class Redirects(Strict):
    """The whole file; `history` tells whether two files count their releases from the same first one."""

    contract_version: Text
    """Version of the contract that the file keeps"""
    history: Text
    """Run that made the first release of this folder"""
    release: Release
    """Number of this release"""
    run_id: Text
    """Id of the run"""
    numbering: Text
    """Scheme of the public ids"""
    redirects: list[Redirect]
    """Public ids of earlier releases"""
    tombstones: list[Tombstone]
    """What is not published any more"""

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
