"""What would change too much is not published, until a person says that it is right; then old ids lead to new ones."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from e2e_kit import FirstRun, Ran, Workplace, files_below, hashes
from fake_tmdb import World, running_tmdb

pytest_plugins = ["e2e_fixtures"]

# Public ids that follow TMDB's numbers, titles that are TMDB's: whatever TMDB does reaches the release.
BARE = ("--no-catalogue", "--numbering", "tmdb", "--refresh")
NEXT = ("--as-of", "2026-11-21T12:00:00Z")
LIGHTS, BEACON = 9101, 9102


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstRun]:
    """A first release of eleven episodes, all of them TMDB's; nobody writes into it."""
    with running_tmdb() as server, pytest.MonkeyPatch.context() as monkeypatch:
        place = Workplace(tmp_path_factory.mktemp("bare"), monkeypatch)
        place.use(server)
        ran = place.generate(*BARE)
        assert ran.code == 0, ran.said
        yield FirstRun(place, ran, list(server.log))


@pytest.fixture
def there(place: Workplace, bare: FirstRun) -> Workplace:
    """Where that run ended; TMDB is as it was then."""
    place.go_on_from(bare)
    return place


def lose_half(world: World) -> None:
    season = world.season(LIGHTS, 1)
    season["episodes"][:] = season["episodes"][:1]


def swap_two(world: World) -> None:
    """Far Shore and Dark Water, numbers 3 and 4, change places."""
    third, fourth = world.season(BEACON, 1)["episodes"][2:4]
    third["episode_number"], fourth["episode_number"] = 4, 3


def rename_many(world: World) -> None:
    for episode in world.season(LIGHTS, 1)["episodes"][2:]:
        episode["name"] = f"{episode['name']} Restored"


def again(there: Workplace, *arguments: str) -> Ran:
    return there.generate(*BARE, *NEXT, *arguments)


def published(out: Path) -> dict[str, str]:
    """Every file and link of the release and of the one before, with a hash of what is in it."""
    found = {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files_below(out)
        if not {".refused", ".lock"} & {*path.relative_to(out).parts}
    }
    return found | {path.name: str(path.readlink()) for path in out.iterdir() if path.is_symlink()}


@pytest.mark.parametrize(
    ("happen", "named"),
    [
        (lose_half, "tmdb gives 3 of 7 rows of hl"),
        (swap_two, "ob_s1_e03 was ob:far-shore, is ob:dark-water Dark Water now"),
        (rename_many, "hl:fog-signal: Fog Signal → Fog Signal Restored"),
    ],
)
def test_it_is_refused_and_the_release_stays_untouched(
    there: Workplace, happen: Callable[[World], None], named: str
) -> None:
    before = published(there.out)
    happen(there.server.world)
    ran = again(there)
    assert ran.code == 5, ran.said
    assert published(there.out) == before
    assert f"    {named}" in ran.err.splitlines()
    page = there.out / ".refused" / "changes.md"
    assert f"All of it: {page}" in ran.err.splitlines()
    assert named in page.read_text("utf-8").replace("`", "")
    assert there.run("validate", there.out).code == 0


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory, bare: FirstRun) -> Workplace:
    """After all three at once, refused and then accepted; nobody writes into it."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        place = Workplace(tmp_path_factory.mktemp("accepted"), monkeypatch)
        place.go_on_from(bare)
        for happen in (rename_many, lose_half, swap_two):
            happen(place.server.world)
        assert again(place).code == 5
        ran = again(place, "--accept-changes")
        assert ran.code == 0, ran.said
        first = hashes(place.out)
        replay = again(place)
        assert replay.code == 0, replay.said
        assert hashes(place.out) == first
    return place


def test_accepted_changes_lead_old_ids_to_new_ones(accepted: Workplace) -> None:
    told = accepted.json("redirects.json")
    assert told["release"] == 2
    assert told["history"] == "20261120T120000Z"
    assert [(one["old_id"], one["new_id"], one["old_key"], one["why"]) for one in told["redirects"]] == [
        ("ob_s1_e03", "ob_s1_e04", "ob:far-shore", "renumbered"),
        ("ob_s1_e04", "ob_s1_e03", "ob:dark-water", "renumbered"),
    ]
    assert {(one["since_release"], one["until_release"], one["accepted"]) for one in told["redirects"]} == {
        (1, 1, "--accept-changes")
    }


def test_accepted_changes_are_named_in_the_release(accepted: Workplace) -> None:
    lines = (accepted.out / "changes.md").read_text("utf-8").splitlines()
    assert "Release 2, run 20261121T120000Z, compared with run 20261120T120000Z." in lines
    assert "* `tmdb` gives 3 of 7 rows of `hl` (accepted: --accept-changes)" in lines
    assert "  * `70104` The Drowned Bell" in lines
    assert accepted.json("run.json")["changes"]["rows_lost"] == 1
    assert not (accepted.out / ".refused").exists()


def test_a_lost_row_loses_no_value(accepted: Workplace, bare: FirstRun) -> None:
    bell = "select title, air_date, synopsis, directors from episodes where episode_key = 'hl:the-drowned-bell'"
    assert accepted.query(bell) == bare.query(bell)


def test_a_replay_is_the_same_release(accepted: Workplace) -> None:
    runs = "select run_id, release, compared_with from runs order by release"
    assert accepted.query(runs) == [("20261120T120000Z", 1, None), ("20261121T120000Z", 2, "20261120T120000Z")]
    assert accepted.run("validate", accepted.out).code == 0


def test_diff_says_the_same_of_the_two_releases(accepted: Workplace, bare: FirstRun) -> None:
    ran = accepted.run("diff", bare.out, accepted.out, "--format", "md")
    assert ran.code == 0, ran.said
    page = (accepted.out / "changes.md").read_text("utf-8").replace(" (accepted: --accept-changes)", "")
    assert ran.out.split("\n", 2)[2] == page.split("\n", 4)[4]
    same = accepted.run("diff", accepted.out, accepted.out / "episodes.duckdb")
    assert same.out.endswith("\n\nNothing changed.\n")


def test_diff_names_what_is_wrong(accepted: Workplace) -> None:
    ran = accepted.run("diff", accepted.out / "nowhere", accepted.out)
    assert ran.code == 3
    assert "Name the folder" in ran.err
    assert accepted.run("diff", accepted.out, accepted.out, "--format", "xml").code == 3


def test_answers_of_the_report_let_it_pass_once(there: Workplace) -> None:
    swap_two(there.server.world)
    assert again(there).code == 5
    page = (there.out / ".refused" / "changes.md").read_text("utf-8")
    answers = "\n".join(re.findall(r"^  ```toml\n(.*?)^  ```$", page, re.DOTALL | re.MULTILINE))
    (there.folder / "decisions.toml").write_text(answers.replace("say why", "the studio's new order"), "utf-8")
    ran = again(there)
    assert ran.code == 0, ran.said
    assert there.json("run.json")["lapsed_decisions"] == []
    redirects = there.json("redirects.json")["redirects"]
    assert [(one["old_id"], one["new_id"], one["accepted"]) for one in redirects] == [
        ("ob_s1_e03", "ob_s1_e04", "decision: the studio's new order"),
        ("ob_s1_e04", "ob_s1_e03", "decision: the studio's new order"),
    ]
    rename_many(there.server.world)
    assert there.generate(*BARE, "--as-of", "2026-11-22").code == 5
    assert there.generate(*BARE, "--as-of", "2026-11-22", "--accept-changes").code == 0
    lapsed = there.json("run.json")["lapsed_decisions"]
    assert [sentence.partition(":")[0] for sentence in lapsed] == [
        "accept renumbered ob",
        "accept renumbered ob",
    ]
    assert there.json("redirects.json")["redirects"] == redirects


REFUSE = '[[link]]\nsource = "tmdb"\nid = "70304"\nepisode = "none"\nreason = "a trailer"\n'
LET_GO = '[[accept]]\nwhat = "removed"\nepisode = "ob:dark-water"\nexpects = "none"\nreason = "no episode at all"\n'


def test_an_episode_that_was_none_leaves_a_tombstone_until_it_comes_back(there: Workplace, bare: FirstRun) -> None:
    decisions = there.folder / "decisions.toml"
    decisions.write_text(REFUSE, "utf-8")
    ran = again(there)
    assert ran.code == 5, ran.said
    assert "    ob:dark-water Dark Water, ob_s1_e04; its place has nobody" in ran.err.splitlines()

    decisions.write_text(REFUSE + LET_GO, "utf-8")
    ran = again(there)
    assert ran.code == 0, ran.said
    assert there.query("select episode_key from episodes where episode_key = 'ob:dark-water'") == []
    assert there.query("select field from field_values where episode_key = 'ob:dark-water'") == []
    (grave,) = there.query("select title, last_run_id, reason, last_row ->> 'synopsis' from tombstones")
    assert grave == (
        "Dark Water",
        "20261120T120000Z",
        "its rows were refused (decision: a trailer)",
        "Something swims below.",
    )
    told = there.json("redirects.json")
    assert [(one["old_id"], one["new_id"]) for one in told["redirects"]] == [("ob_s1_e04", None)]
    assert [one["episode_key"] for one in told["tombstones"]] == ["ob:dark-water"]

    decisions.unlink()
    ran = there.generate(*BARE, "--as-of", "2026-11-22")
    assert ran.code == 0, ran.said
    assert there.query("select count(*) from tombstones") == [(0,)]
    assert there.json("redirects.json")["redirects"] == []
    ids = "select episode_id, title, synopsis from episodes order by all"
    assert there.query(ids) == bare.query(ids)


def test_a_series_that_was_not_asked_for_is_not_held_against_the_source(there: Workplace) -> None:
    lose_half(there.server.world)
    ran = again(there, "--series", "ob")
    assert ran.code == 0, ran.said
    assert again(there, "--series", "hl", "--season", "2").code == 0
    assert again(there, "--series", "hl", "--season", "1").code == 5


def test_the_report_is_not_in_the_way_of_the_next_run(there: Workplace) -> None:
    swap_two(there.server.world)
    assert again(there).code == 5
    there.server.begin_anew()
    assert again(there).code == 0
    assert not (there.out / ".refused").exists()
    assert (there.out / "changes.md").read_text("utf-8").endswith("\n\nNothing changed.\n")
