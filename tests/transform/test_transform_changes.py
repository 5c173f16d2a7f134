"""What changed from one release to another."""

from __future__ import annotations

from release_kit import change, changes, film, release, story, told, tombstone
from transform_factory import day, number

from etl.transform.changes import compare, in_order, published
from schemas.checks import broken_rules
from schemas.history import CHANGES
from tests.factories import changed, tiny_tables, without


def test_nothing_changes_between_equal_releases() -> None:
    found = compare(published(tiny_tables()), published(tiny_tables()))
    assert found.is_empty()
    assert found.equals(changes())


def test_an_episode_that_comes_is_told_once_whatever_it_has() -> None:
    new = story("tng_s1_e02", "tng:b", "B", air_date=day("1987-10-05"), parts=1)
    found = compare(release(), release(new, numbering=[number("tng:b", "aired", 1, 2)]))
    assert told(found) == [("added", "tng:b", "public_id", None, "tng_s1_e02")]
    assert found.row(0, named=True)["title"] == "B"
    assert broken_rules(CHANGES, found) == []


def test_an_episode_that_goes_is_told_with_the_one_that_takes_its_place() -> None:
    old = release(story("tng_s1_e02", "tng:b", "B"), story("tng_s1_e03", "tng:c"))
    found = compare(old, release(gone=[tombstone("tng:b", "tng:a"), tombstone("tng:c")]))
    assert told(found) == [
        ("removed", "tng:b", "public_id", "tng_s1_e02", "tng:a"),
        ("removed", "tng:c", "public_id", "tng_s1_e03", None),
    ]
    assert found["title"].to_list() == ["B", "tng:c"]


def test_titles_and_fields_are_told_with_both_values() -> None:
    old = story("tng_s1_e01", "tng:a", "A", air_date=day("1987-09-28"), directors=["X"], synopsis="Old.")
    new = story("tng_s1_e01", "tng:a", "A!", air_date=day("1987-09-29"), directors=["X", "Y"], runtime_min=44)
    assert told(compare(release(old), release(new))) == [
        ("retitled", "tng:a", "title", "A", "A!"),
        ("changed", "tng:a", "air_date", "1987-09-28", "1987-09-29"),
        ("changed", "tng:a", "directors", '["X"]', '["X","Y"]'),
        ("changed", "tng:a", "runtime_min", None, "44"),
        ("changed", "tng:a", "synopsis", "Old.", None),
    ]


def test_an_empty_list_is_nothing() -> None:
    old, new = (release(story("tng_s1_e01", "tng:a", guest_stars=stars)) for stars in ([], None))
    assert compare(old, new).is_empty()
    assert compare(new, old).is_empty()


def test_scores_and_flags_are_no_facts() -> None:
    old = story("tng_s1_e01", "tng:a", quality_overall=0.5, is_stale=False, grade="poor", sources=["tmdb"])
    new = {**old, "quality_overall": 0.9, "is_stale": True, "grade": "excellent", "sources": ["tvmaze"]}
    assert compare(release(old), release(new)).is_empty()


def test_a_swap_of_two_numbers_reassigns_both_ids() -> None:
    old = release(story("tng_s4_e07", "tng:a", "A"), story("tng_s4_e08", "tng:b", "B"))
    new = release(story("tng_s4_e08", "tng:a", "A"), story("tng_s4_e07", "tng:b", "B"))
    found = compare(old, new)
    assert told(found) == [
        ("reassigned", "tng_s4_e07", "episode_key", "tng:a", "tng:b"),
        ("reassigned", "tng_s4_e08", "episode_key", "tng:b", "tng:a"),
        ("renumbered", "tng:a", "public_id", "tng_s4_e07", "tng_s4_e08"),
        ("renumbered", "tng:b", "public_id", "tng_s4_e08", "tng_s4_e07"),
    ]
    assert found["title"].to_list() == ["B", "A", "A", "B"]
    assert found["series"].unique().to_list() == ["tng"]


def test_a_new_episode_that_takes_an_id_reassigns_it() -> None:
    old = release(story("tng_s1_e02", "tng:b"))
    new = release(story("tng_s1_e02", "tng:a"), story("tng_s1_e03", "tng:b"))
    assert told(compare(old, new)) == [
        ("reassigned", "tng_s1_e02", "episode_key", "tng:b", "tng:a"),
        ("renumbered", "tng:b", "public_id", "tng_s1_e02", "tng_s1_e03"),
        ("added", "tng:a", "public_id", None, "tng_s1_e02"),
    ]


def test_numbers_of_other_schemes_are_told_apart_from_the_public_id() -> None:
    one = story("tng_s1_e01", "tng:a")
    old = release(one, numbering=[number("tng:a", "tmdb", 1, 1), number("tng:a", "parts", 1, 1, 2)])
    new = release(one, numbering=[number("tng:a", "tmdb", 1, 12), number("tng:a", "parts", 1, 1, 3)])
    assert told(compare(old, new)) == [
        ("renumbered", "tng:a", "number_parts", "1x01–02", "1x01–03"),
        ("renumbered", "tng:a", "number_tmdb", "1x01", "1x12"),
    ]


def test_films_are_compared_too() -> None:
    old = release(movies=[film("keep", "Keeper", release_date=day("2003-05-02")), film("gone", "Gone")])
    new = release(movies=[film("keep", "The Keeper", release_date=day("2003-05-03"))])
    found = compare(old, new)
    assert told(found) == [
        ("removed", "film:gone", "public_id", "gone", None),
        ("retitled", "film:keep", "title", "Keeper", "The Keeper"),
        ("changed", "film:keep", "release_date", "2003-05-02", "2003-05-03"),
    ]
    assert found["series"].unique().to_list() == ["film"]


def test_columns_that_one_side_lacks_are_not_compared() -> None:
    full = release(story("tng_s1_e01", "tng:a", "A", synopsis="Long.", parts=2), movies=[film("keep", "K", tmdb_id=1)])
    bare = published(
        {
            "episodes": full.episodes.select("episode_key", "episode_id", "title"),
            "movies": full.movies.select("movie_key", "movie_id"),
            "numbering": full.numbering,
            "tombstones": full.tombstones,
        }
    )
    assert compare(full, bare).is_empty()
    assert compare(bare, full).is_empty()


def test_the_series_of_an_id_is_found_where_there_is_no_key() -> None:
    found = compare(
        release(), release(story("tng_s1_e02", "tng_s1_e02"), movies=[{"movie_key": "keep", "movie_id": "keep"}])
    )
    assert found.select("subject", "series").rows() == [("keep", "film"), ("tng_s1_e02", "tng")]


def test_the_gravest_come_first() -> None:
    mixed = changes(
        change("changed", "a:a", "air_date"),
        change("added", "b:a"),
        change("removed", "a:b"),
        change("reassigned", "a_s1_e01", "episode_key"),
        change("removed", "a:a"),
    )
    assert in_order([mixed.head(2), mixed.tail(3)]).select("kind", "subject").rows() == [
        ("removed", "a:a"),
        ("removed", "a:b"),
        ("reassigned", "a_s1_e01"),
        ("added", "b:a"),
        ("changed", "a:a"),
    ]


def test_a_real_release_keeps_the_contract_when_compared() -> None:
    tables = changed(without(tiny_tables(), "episodes", "tas:yesteryear"), "movies", "film:twok", title="Khan")
    found = compare(published(tiny_tables()), published(tables))
    assert broken_rules(CHANGES, found) == []
    assert set(found["kind"]) == {"removed", "retitled"}
