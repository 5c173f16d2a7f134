"""What public ids meant, where they lead now, and who left a tombstone."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given as examples
from hypothesis import strategies as st
from release_kit import changes, film, no_ids, release, story, tombstone, tombstones
from transform_factory import PROPERTY, day, frame

from etl.transform.changes import Published, compare
from etl.transform.public_ids import Release, book_public_ids, find_redirects
from etl.transform.superseded import SUPERSEDED
from etl.transform.tombstones import book_tombstones
from schemas.checks import broken_rules
from schemas.history import PUBLIC_IDS, REDIRECTS, TOMBSTONES
from schemas.redirects_json import Redirects

REMOVED_AT = datetime(2026, 11, 20, tzinfo=UTC)


def superseded(*rows: tuple[str, str | None, str]) -> pl.DataFrame:
    return frame(SUPERSEDED, *(dict(zip(SUPERSEDED, row, strict=True)) for row in rows))


@dataclass
class Folder:
    """A folder with its releases: everything that one hands on to the next."""

    numbering: str = "aired"
    number: int = 0
    ids: pl.DataFrame = field(default_factory=no_ids)
    last: Published = field(default_factory=release)
    redirects: pl.DataFrame = field(default_factory=pl.DataFrame)

    def publish(
        self, now: Published, *, heirs: Mapping[str, str | None] | None = None, numbering: str = "aired"
    ) -> list[dict[str, Any]]:
        """Make the next release, with every change accepted; returns its redirects."""
        before = Release(self.number, f"run-{self.number}", self.numbering) if self.number else None
        rows = [(key, heir, "moved") for key, heir in (heirs or {}).items()]
        gone = book_tombstones(
            self.last,
            now,
            superseded(*rows),
            last_run_id=before.run_id if before else "",
            removed_at=REMOVED_AT,
        )
        now = replace(now, tombstones=gone)
        found = compare(self.last, now).with_columns(accepted=pl.lit("by hand")) if before else changes()
        self.number, self.numbering = self.number + 1, numbering
        made = Release(self.number, f"run-{self.number}", numbering)
        self.ids = book_public_ids(self.ids, now, found, release=made, before=before)
        self.last = now
        self.redirects = find_redirects(self.ids, gone)
        return self.redirects.to_dicts()

    def broken(self) -> list[str]:
        """The rules that the tables of the newest release break."""
        tables = (PUBLIC_IDS, self.ids), (REDIRECTS, self.redirects), (TOMBSTONES, self.last.tombstones)
        return [reason for contract, table in tables for reason in broken_rules(contract, table)]

    def of(self, **ids: str) -> Published:
        """A release of these episodes: key (without the series) = number."""
        return release(*(story(f"tng_s1_e{number}", f"tng:{name}") for name, number in ids.items()))


def led(redirects: Sequence[Mapping[str, Any]], public_id: str, of_release: int) -> str | None:
    """What an app does that has remembered an id since a release (docs/redirects.md)."""
    for one in redirects:
        if one["old_id"] == public_id and one["since_release"] <= of_release <= one["until_release"]:
            return one["new_id"]
    return public_id


def test_a_first_release_opens_the_book_and_redirects_nothing() -> None:
    folder = Folder()
    assert folder.publish(release(story("tng_s1_e01", "tng:a"), movies=[film("keep", "Keeper")])) == []
    assert folder.ids.select("id", "episode_key", "since_release", "until_release", "since_run").rows() == [
        ("keep", "film:keep", 1, None, "run-1"),
        ("tng_s1_e01", "tng:a", 1, None, "run-1"),
    ]


def test_what_does_not_change_is_not_written_again() -> None:
    folder = Folder()
    folder.publish(folder.of(a="01", b="02"))
    book = folder.ids
    assert folder.publish(folder.of(a="01", b="02")) == []
    assert folder.ids.equals(book)


def test_a_swap_leads_each_id_to_the_others_once() -> None:
    folder = Folder()
    folder.publish(folder.of(a="07", b="08"))
    redirects = folder.publish(folder.of(a="08", b="07"))
    assert [(one["old_id"], one["new_id"], one["old_key"]) for one in redirects] == [
        ("tng_s1_e07", "tng_s1_e08", "tng:a"),
        ("tng_s1_e08", "tng_s1_e07", "tng:b"),
    ]
    assert {(one["since_release"], one["until_release"], one["ended_by"]) for one in redirects} == {(1, 1, "run-2")}
    assert {(one["why"], one["accepted"], one["numbering"]) for one in redirects} == {
        ("renumbered", "by hand", "aired")
    }
    assert [led(redirects, "tng_s1_e07", of_release) for of_release in (1, 2)] == ["tng_s1_e08", "tng_s1_e07"]


def test_a_chain_leads_to_its_end() -> None:
    folder = Folder()
    for number in ("01", "02"):
        folder.publish(folder.of(a=number))
    redirects = folder.publish(folder.of(a="03"))
    assert [(one["old_id"], one["new_id"], one["until_release"]) for one in redirects] == [
        ("tng_s1_e01", "tng_s1_e03", 1),
        ("tng_s1_e02", "tng_s1_e03", 2),
    ]


def test_an_id_that_came_back_to_its_episode_leads_nowhere() -> None:
    folder = Folder()
    for number, other in (("01", "02"), ("02", "01")):
        folder.publish(folder.of(a=number, b=other))
    redirects = folder.publish(folder.of(a="01", b="02"))
    assert [led(redirects, "tng_s1_e01", of_release) for of_release in (1, 2, 3)] == [
        "tng_s1_e01",
        "tng_s1_e02",
        "tng_s1_e01",
    ]
    assert len(redirects) == 2


def test_another_numbering_is_named() -> None:
    folder = Folder()
    folder.publish(folder.of(a="01"))
    (redirect,) = folder.publish(folder.of(a="02"), numbering="tmdb")
    assert (redirect["numbering"], redirect["why"]) == ("aired", "public ids count as tmdb now, not as aired")


def test_a_removed_episode_leads_to_who_takes_its_place() -> None:
    folder = Folder()
    folder.publish(folder.of(a="01", b="02", c="03"))
    folder.publish(folder.of(b="02", c="03"), heirs={"tng:a": "tng:b"})
    first, second = folder.publish(folder.of(c="04"), heirs={"tng:b": "tng:c"})[:2]
    assert (first["old_id"], first["new_id"], first["new_key"]) == ("tng_s1_e01", "tng_s1_e04", "tng:c")
    assert (second["old_id"], second["new_id"], second["new_key"]) == ("tng_s1_e02", "tng_s1_e04", "tng:c")
    assert first["why"] == "removed: moved"


def test_a_removed_episode_whose_place_nobody_takes_leads_to_nothing() -> None:
    folder = Folder()
    folder.publish(folder.of(a="01"))
    (redirect,) = folder.publish(release())
    assert (redirect["new_id"], redirect["new_key"]) == (None, None)
    assert redirect["why"] == "removed: is no longer published"


def test_a_place_that_is_not_published_is_nothing() -> None:
    folder = Folder()
    folder.publish(folder.of(a="01"))
    (redirect,) = folder.publish(release(), heirs={"tng:a": "tng:unseen"})
    assert (redirect["new_id"], redirect["new_key"]) == (None, None)


KEYS = tuple(f"tng:{name}" for name in "abcde")


@PROPERTY
@examples(st.integers(0, 2**32))
def test_marks_of_any_release_find_their_episodes_in_any_later_one(seed: int) -> None:
    """Numbers change, swap, are freed and taken again, episodes go, are replaced and come back."""
    chance = random.Random(seed)  # noqa: S311 - a world, not a key
    folder, history = Folder(), []
    heirs: dict[str, str | None] = {}
    for _ in range(6):
        living = chance.sample(KEYS, chance.randint(1, len(KEYS)))
        ids = dict(zip(living, chance.sample(range(1, 7), len(living)), strict=True))
        gone = {
            key: chance.choice([*living, None]) for key in KEYS if history and key in history[-1] and key not in ids
        }
        heirs = {key: heir for key, heir in (heirs | gone).items() if key not in ids}
        history.append({key: f"tng_s1_e{number:02}" for key, number in ids.items()})
        redirects = folder.publish(
            release(*(story(public_id, key) for key, public_id in history[-1].items())), heirs=gone
        )
        for number, ids_then in enumerate(history, start=1):
            for key, public_id in ids_then.items():
                end: str | None = key
                while end in heirs:
                    end = heirs[end]
                assert led(redirects, public_id, number) == (history[-1][end] if end else None)
    assert folder.broken() == []
    document = {
        "contract_version": "1",
        "history": "run-1",
        "release": folder.number,
        "run_id": f"run-{folder.number}",
        "numbering": "aired",
        "redirects": redirects,
        "tombstones": [],
    }
    assert len(Redirects.model_validate_json(json.dumps(document)).redirects) == len(redirects)


# Tombstones


def test_a_tombstone_holds_the_last_row() -> None:
    old = release(story("tng_s1_e01", "tng:a", "A", air_date=day("1987-09-28"), guest_stars=["X"]))
    (grave,) = book_tombstones(
        old, release(), superseded(("tng:a", "tng:b", "moved")), last_run_id="run-1", removed_at=REMOVED_AT
    ).to_dicts()
    row = json.loads(grave.pop("last_row"))
    assert (row["title"], row["air_date"], row["guest_stars"]) == ("A", "1987-09-28", ["X"])
    assert grave == {
        "episode_key": "tng:a",
        "episode_id": "tng_s1_e01",
        "title": "A",
        "last_run_id": "run-1",
        "removed_at": REMOVED_AT,
        "reason": "moved",
        "replaced_by": "tng:b",
    }


def test_films_have_tombstones_too() -> None:
    old = release(movies=[film("keep", "Keeper")])
    made = book_tombstones(old, release(), superseded(), last_run_id="run-1", removed_at=REMOVED_AT)
    assert made.select("episode_key", "episode_id", "title").rows() == [("film:keep", "keep", "Keeper")]


def carried(**more: Any) -> Published:
    grave = tombstone("tng:a", episode_id="tng_s1_e01", last_run_id="run-0", removed_at=REMOVED_AT, last_row="{}")
    return release(gone=[grave], **more)


@pytest.mark.parametrize(("now", "left"), [(release(), ["tng:a"]), (release(story("tng_s1_e09", "tng:a")), [])])
def test_a_tombstone_stays_until_its_episode_comes_back(now: Published, left: list[str]) -> None:
    made = book_tombstones(carried(), now, superseded(), last_run_id="run-1", removed_at=REMOVED_AT)
    assert made["episode_key"].to_list() == left


def test_redirects_of_nobody() -> None:
    assert find_redirects(no_ids(), tombstones()).is_empty()
