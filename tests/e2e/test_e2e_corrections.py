"""What a person decides or corrects holds in every later run, and is named when it says nothing any more."""

from __future__ import annotations

import pytest
from e2e_kit import FirstRun, Workplace

pytest_plugins = ["e2e_fixtures"]

FOG_DATE = "select air_date::text from episodes where episode_key = 'hl:fog-signal'"
FOG_CONFLICT = "select count(*) from conflicts where episode_key = 'hl:fog-signal'"
FOG_RULE = "select rule from field_values where episode_key = 'hl:fog-signal' and field = 'air_date' and is_chosen"

BELIEVE_TMDB = """
[[value]]
episode = "hl:fog-signal"
field = "air_date"
source = "tmdb"
expects = 2001-09-17
reason = "the network's own list says Tuesday"
"""

CORRECT = """
[[override]]
episode = "hl:fog-signal"
field = "air_date"
value = 2001-09-19
reason = "seen in the newspaper of that week"
"""


@pytest.fixture
def decided(warm: Workplace) -> Workplace:
    (warm.folder / "decisions.toml").write_text(BELIEVE_TMDB, "utf-8")
    ran = warm.generate("--offline")
    assert ran.code == 0, ran.said
    return warm


def test_a_decision_ends_a_conflict(decided: Workplace, first_run: FirstRun) -> None:
    assert (first_run.query(FOG_DATE), first_run.query(FOG_CONFLICT)) == ([("2001-09-17",)], [(1,)])
    assert (decided.query(FOG_DATE), decided.query(FOG_CONFLICT)) == ([("2001-09-18",)], [(0,)])
    assert decided.query(FOG_RULE) == [("decision: the network's own list says Tuesday",)]


def test_a_decision_survives_the_next_run(decided: Workplace) -> None:
    assert decided.generate("--offline").code == 0
    assert decided.query(FOG_DATE) == [("2001-09-18",)]
    assert decided.json("run.json")["lapsed_decisions"] == []


def test_a_decision_that_was_taken_back_is_forgotten(decided: Workplace) -> None:
    (decided.folder / "decisions.toml").unlink()
    assert decided.generate("--offline").code == 0
    assert (decided.query(FOG_DATE), decided.query(FOG_CONFLICT)) == ([("2001-09-17",)], [(1,)])


def test_a_decision_about_nothing_is_named(warm: Workplace) -> None:
    gone = BELIEVE_TMDB.replace("hl:fog-signal", "hl:no-such-tide").replace("expects = 2001-09-17\n", "")
    (warm.folder / "decisions.toml").write_text(gone, "utf-8")
    ran = warm.generate("--offline")
    assert ran.code == 0, ran.said
    (lapsed,) = warm.json("run.json")["lapsed_decisions"]
    assert lapsed.startswith("value hl:no-such-tide air_date = tmdb: ")
    assert f"A decision says nothing any more: {lapsed}" in ran.out


def test_a_row_that_waits_is_linked_by_a_decision(warm: Workplace) -> None:
    (warm.folder / "decisions.toml").write_text(
        '[[link]]\nsource = "tmdb"\nid = 70305\nepisode = "ob:dark-water"\npart = 2\nreason = "its second half"\n',
        "utf-8",
    )
    assert warm.generate("--offline").code == 0
    assert warm.query("select * from review") == []
    linked = "select episode_key, part, method, evidence from links where source_id = '70305'"
    assert warm.query(linked) == [("ob:dark-water", 2, "decision", "its second half")]


def test_a_row_can_be_refused_by_a_decision(warm: Workplace) -> None:
    (warm.folder / "decisions.toml").write_text(
        '[[link]]\nsource = "tmdb"\nid = 70305\nepisode = "none"\nreason = "an advertisement"\n', "utf-8"
    )
    assert warm.generate("--offline").code == 0
    assert warm.query("select * from review") == []
    refused = warm.query("select stage, reason from rejects where source_id = '70305'")
    assert [stage for stage, _ in refused] == ["identify"]
    assert "an advertisement" in refused[0][1]


def test_a_mistake_in_decisions_is_named_before_anything_is_asked(warm: Workplace) -> None:
    (warm.folder / "decisions.toml").write_text(BELIEVE_TMDB.replace("air_date", "airdate"), "utf-8")
    ran = warm.generate()
    assert ran.code == 3
    assert "decisions.toml" in ran.err
    assert "value[0].field" in ran.err
    assert warm.server.log == []


def test_a_correction_beats_every_source_and_is_gone_with_its_file(warm: Workplace) -> None:
    file = warm.folder / "corrections.toml"
    file.write_text(CORRECT, "utf-8")
    assert warm.generate("--offline", "--overrides", file).code == 0
    assert warm.query(FOG_DATE) == [("2001-09-19",)]
    assert warm.query(FOG_RULE) == [("override: seen in the newspaper of that week",)]
    assert warm.generate("--offline").code == 0
    assert warm.query(FOG_DATE) == [("2001-09-17",)]
    assert warm.query("select count(*) from field_values where source = 'override'") == [(0,)]


def test_why_tells_the_story_of_an_episode(warm: Workplace) -> None:
    ran = warm.run("why", "hl:first-light", "--out", warm.out)
    assert ran.code == 0, ran.said
    for told in ("hl:first-light", "Numbers", "70101", "70102", "Jon Abel", "Ines Holt", "union"):
        assert told in ran.out


def test_why_tells_one_field_by_public_id(warm: Workplace) -> None:
    (episode_id,) = warm.query("select episode_id from episodes where episode_key = 'hl:fog-signal'")[0]
    ran = warm.run("why", episode_id, "air_date", "--out", warm.out)
    assert ran.code == 0, ran.said
    assert "2001-09-17" in ran.out
    assert "2001-09-18" in ran.out
    assert "synopsis" not in ran.out


def test_why_names_the_nearest_where_nothing_has_that_name(warm: Workplace) -> None:
    ran = warm.run("why", "hl:fog-signals", "--out", warm.out)
    assert ran.code == 3
    assert "hl:fog-signal" in ran.err


def test_review_shows_what_waits_as_the_published_page_does(warm: Workplace) -> None:
    ran = warm.run("review", warm.out)
    assert ran.code == 0, ran.said
    assert ran.out == (warm.out / "review.md").read_text("utf-8")
    assert 'id = "70305"' in ran.out


def test_review_without_a_release_says_so(place: Workplace) -> None:
    ran = place.run("review", place.out)
    assert ran.code == 3
    assert "holds no release" in ran.err


def test_init_drafts_a_franchise_that_generate_takes(warm: Workplace) -> None:
    draft = warm.run("init", "--tmdb", "9101")
    assert draft.code == 0, draft.said
    file = warm.folder / "drafted.toml"
    file.write_text(draft.out, "utf-8")
    ran = warm.generate("--franchise", file, "--out", warm.folder / "drafted")
    assert ran.code == 0, ran.said
    titles = warm.query("select title from episodes order by season, episode", out=warm.folder / "drafted")
    assert ("The Drowned Bell",) in titles


def test_init_of_a_series_that_tmdb_does_not_have_says_so(warm: Workplace) -> None:
    ran = warm.run("init", "--tmdb", "9")
    assert ran.code == 3
    assert "TMDB has nothing at" in ran.err
