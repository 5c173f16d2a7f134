"""What the checks find is kept, waived and ratcheted from one release to the next; what is worse is not published."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_kit import FRANCHISE, FirstRun, Workplace, hashes
from fake_tmdb import World, running_tmdb

pytest_plugins = ["e2e_fixtures"]

BARE = ("--no-catalogue", "--refresh")
NEXT = ("--as-of", "2026-11-21T12:00:00Z")
LATER = ("--as-of", "2026-12-25T12:00:00Z")
LIGHTS = 9101
FOUND = "select severity, is_waived, is_new, first_seen_run from check_failures"
SHORT = f"{FOUND} where check_name = 'short_synopsis' and key = 'hl:storm-glass'"
WAIVER = '[[waiver]]\ncheck = "short_synopsis"\nkey = "hl:storm-glass"\nreason = "it is a haiku"\nuntil = {}\n'


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstRun]:
    """A first release, all of it TMDB's; nobody writes into it."""
    with running_tmdb() as server, pytest.MonkeyPatch.context() as monkeypatch:
        place = Workplace(tmp_path_factory.mktemp("bare"), monkeypatch)
        place.use(server)
        ran = place.generate(*BARE)
        assert ran.code == 0, ran.said
        yield FirstRun(place, ran, list(server.log))


@pytest.fixture
def there(place: Workplace, bare: FirstRun) -> Workplace:
    place.go_on_from(bare)
    return place


def shorten(world: World) -> None:
    world.season(LIGHTS, 1)["episodes"][4]["overview"] = "Too far."


def empty_lights(world: World, *names: str) -> None:
    """TMDB no longer says these things of the episodes of Harbour Lights."""
    for number in (1, 2):
        for episode in world.season(LIGHTS, number)["episodes"]:
            episode.update(dict.fromkeys(names))


def test_a_new_warning_is_named_waived_and_comes_back(there: Workplace) -> None:
    shorten(there.server.world)
    ran = there.generate(*BARE, *NEXT)
    assert ran.code == 0, ran.said
    assert "NEW warn: short_synopsis hl:storm-glass has a synopsis of 8 characters" in ran.out
    assert there.query(SHORT) == [("warn", False, True, "20261121T120000Z")]
    run = there.json("run.json")
    assert (run["checks"]["new"], run["checks"]["waived"], run["checks"]["waivers"]) == (1, 0, [])
    warnings = run["validation"]["validationWarnings"]
    told = there.run("validate", there.out).out
    assert ": short_synopsis: hl:storm-glass: has a synopsis of 8 characters. A synopsis says something" in told
    assert "NEW in this release." in told
    assert told.endswith(f"0 errors, {warnings} warnings\n")
    before = hashes(there.out)
    assert there.generate(*BARE, *NEXT).code == 0
    assert hashes(there.out) == before

    waivers = there.folder / "waivers.toml"
    waivers.write_text(WAIVER.format("2026-12-24"), "utf-8")
    assert there.generate(*BARE, "--as-of", "2026-11-22").code == 0
    assert there.query(SHORT) == [("warn", True, False, "20261121T120000Z")]
    run = there.json("run.json")
    assert run["validation"]["validationWarnings"] == warnings - 1
    assert run["checks"]["waived"] == 1
    (waiver,) = run["checks"]["waivers"]
    assert waiver == {"check": "short_synopsis", "key": "hl:storm-glass", "until": "2026-12-24", "failures": 1}
    told = there.run("validate", there.out).out
    assert "short_synopsis: hl:storm-glass: has" not in told
    assert ": waiver: short_synopsis: hl:storm-glass: waived until 2026-12-24: it is a haiku (1 failures pass)" in told
    review = (there.out / "review.md").read_text("utf-8")
    assert (
        "## Waivers in force: 1\n\n* short\\_synopsis hl:storm-glass, until 2026-12-24: it is a haiku (1 let pass)"
        in review
    )

    before = hashes(there.out)
    ran = there.generate(*BARE, *LATER)
    assert ran.code == 1, ran.said
    assert hashes(there.out) == before
    assert "The waiver of short_synopsis hl:storm-glass held until 2026-12-24" in ran.err
    assert "  short_synopsis hl:storm-glass has a synopsis of 8 characters" in ran.err.splitlines()
    waivers.unlink()
    assert there.generate(*BARE, *LATER).code == 0
    assert there.query(SHORT) == [("warn", False, False, "20261121T120000Z")]
    assert there.json("run.json")["validation"]["validationWarnings"] == warnings
    assert ": short_synopsis: hl:storm-glass: has a synopsis" in there.run("validate", there.out).out


def test_a_waiver_that_lets_nothing_pass_is_reported(there: Workplace) -> None:
    (there.folder / "waivers.toml").write_text(WAIVER.format("2026-12-24"), "utf-8")
    assert there.generate(*BARE, *NEXT).code == 0
    assert there.json("run.json")["lapsed_decisions"] == [
        "waiver short_synopsis hl:storm-glass: nothing of the kind was found; remove the waiver."
    ]
    assert "lets nothing pass, remove it" in (there.out / "review.md").read_text("utf-8")


def test_a_waiver_that_is_none_is_refused_before_anybody_is_asked(there: Workplace) -> None:
    (there.folder / "waivers.toml").write_text(WAIVER.format("never"), "utf-8")
    ran = there.generate(*BARE, *NEXT)
    assert ran.code == 3
    assert "waivers.toml:5: " in ran.err
    assert there.server.log == []


def test_lost_coverage_stops_a_release_until_it_is_waived_and_is_old_then(there: Workplace) -> None:
    empty_lights(there.server.world, "runtime")
    before = hashes(there.out)
    ran = there.generate(*BARE, *NEXT)
    assert ran.code == 1, ran.said
    assert hashes(there.out) == before
    assert "coverage_fell fails where the last release did not: No field of a series" in ran.err
    assert re.search(
        r"^  coverage_fell hl runtime_min \d+ 0 had a value in \d+ episodes or films", ran.err, re.MULTILINE
    )

    block = "\n".join(ran.err.split("waivers.toml:\n")[1].splitlines()[:5])
    answered = block.replace("say why", "it never was true").replace("2000-01-01", "2026-11-30")
    waivers = there.folder / "waivers.toml"
    waivers.write_text(answered, "utf-8")
    ran = there.generate(*BARE, *NEXT)
    assert ran.code == 0, ran.said
    assert there.run("validate", there.out).code == 0
    waivers.unlink()
    # Compared with the release that lacks it, nothing is lost.
    assert there.generate(*BARE, "--as-of", "2026-11-22").code == 0
    assert there.query("select count(*) from check_failures where check_name = 'coverage_fell'") == [(0,)]


def test_accept_changes_lets_lost_coverage_pass_and_validate_still_names_it(there: Workplace) -> None:
    empty_lights(there.server.world, "runtime")
    assert there.generate(*BARE, *NEXT, "--accept-changes").code == 0
    ran = there.run("validate", there.out, "--format", "json")
    assert ran.code == 0, ran.said
    (told,) = [one for one in json.loads(ran.out)["problems"] if "coverage_fell" in one["where"]]
    assert told["severity"] == "warning"
    assert told["message"].endswith(" Known since run 20261121T120000Z.")


def make_poor(world: World) -> None:
    empty_lights(world, "overview", "runtime")
    for number in (1, 2):
        for episode in world.season(LIGHTS, number)["episodes"]:
            episode.update(crew=[], guest_stars=[])


def strict_franchise(folder: Path) -> Path:
    """The same franchise, whose series may fall by less."""
    copied = shutil.copytree(FRANCHISE.parent, folder / "strict")
    file = copied / FRANCHISE.name
    file.write_text(file.read_text("utf-8").replace("[checks]", "[quality]\nmax_fall = 0.03\n\n[checks]"), "utf-8")
    return file


def test_a_worse_release_is_stopped_with_the_reason_in_one_sentence(there: Workplace) -> None:
    make_poor(there.server.world)
    before = hashes(there.out)
    franchise = strict_franchise(there.folder)
    ran = there.generate(*BARE, *NEXT, "--franchise", franchise)
    assert ran.code == 2, ran.said
    assert hashes(there.out) == before
    first = ran.err.splitlines()[0]
    assert re.fullmatch(
        r"Error: The average quality of a series fell by more than 0.03, growing older left aside"
        r" \(that of hl from 0\.\d+ to 0\.\d+\), so nothing was published\.",
        first,
    )
    page = (there.out / ".refused" / "changes.md").read_text("utf-8")
    (block,) = re.findall(r"^  ```toml\n(.*?)^  ```$", page, re.DOTALL | re.MULTILINE)
    assert 'what = "quality"' in block

    (there.folder / "decisions.toml").write_text(block.replace("say why", "the source was bought"), "utf-8")
    ran = there.generate(*BARE, *NEXT, "--franchise", franchise)
    # The quality may fall now; that values went is another matter.
    assert ran.code == 1, ran.said
    assert "coverage_fell hl guest_stars" in ran.err
    (there.folder / "decisions.toml").unlink()
    assert there.generate(*BARE, *NEXT, "--franchise", franchise, "--accept-changes").code == 0
    assert there.query("select subject, accepted from changes where kind = 'quality'") == [("hl", "--accept-changes")]


def test_time_alone_and_a_dead_source_make_no_release_worse(there: Workplace) -> None:
    there.set(TMDB_BASE_URL="http://127.0.0.1:1/3")
    ran = there.generate("--no-catalogue", "--refresh", "--as-of", "2027-11-21")
    assert ran.code == 0, ran.said


def test_what_to_mend_first_is_shown_with_links(bare: FirstRun, place: Workplace) -> None:
    place.begin_with(bare)
    ran = place.run("report", place.out, "--fix-list", "3")
    assert ran.code == 0, ran.said
    lines = ran.out.splitlines()
    assert len([line for line in lines if re.match(r"\d+\. ", line)]) == 3
    assert "   Mend it by a correction (--overrides FILE):" in lines
    assert lines[-1].endswith(" more stand in report_fix_list.")
    assert place.json("quality.json")["fix_list"][0]["gain"] >= place.json("quality.json")["fix_list"][1]["gain"]
    assert place.run("report", place.out, "--fix-list", "0").code == 3


def test_a_franchise_counts_its_seasons(first_run: FirstRun) -> None:
    assert first_run.query("from expected_episodes order by all") == [("hl", 1, 4), ("hl", 2, 2), ("ob", 1, 3)]
    assert first_run.query("from check_failures where check_name = 'expected_episodes'") == []
