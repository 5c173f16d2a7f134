"""Policies: the franchise in plain values, and what a person asked for that it does not have."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from etl import policies
from etl.errors import InputError
from etl.extract.shapes import Scope
from etl.franchise import Era, EraRule, FieldPolicy, Film, Franchise, MergePolicy, QualityPolicy, Season, Series
from etl.options import Options
from etl.sources import SOURCES
from etl.transform.chronology import SEASON_FACTS
from schemas.conformed import MOVIE_ROWS, REGISTRY
from schemas.episodes import MERGED_FIELDS

RUNNING = Series(
    code="loom",
    name="Loom of Suns",
    kind="series",
    is_ended=False,
    ids={"tmdb": "9101", "imdb": "tt9900001"},
    seasons=(Season(number=1, years="2301", name="Dawn"), Season(number=2)),
)
ENDED = Series(code="veil", name="Veil", kind="animated", is_ended=True, seasons=(Season(number=1),))
FILMS = (
    Film(code="shuttle", title="The Shuttle", years="2310", ids={"tmdb": "9201"}),
    Film(code="warp", title="The Warp"),
)
ERAS = (
    Era(
        id="early",
        title="Early",
        years="2301",
        stardates="none",
        description="First.",
        rules=(EraRule(series="loom", seasons=(1,)),),
        films=("shuttle",),
    ),
    Era(
        id="late",
        title="Late",
        years="2302",
        stardates="all",
        description="Second.",
        rules=(EraRule(series="loom", seasons=(2,)), EraRule(series="veil")),
    ),
)
FRANCHISE = Franchise(
    code="loom",
    name="Loom of Suns",
    series=(RUNNING, ENDED),
    films=FILMS,
    eras=ERAS,
    merge=MergePolicy(
        order=("tmdb", "catalogue"),
        fields={
            "title": FieldPolicy(rule="agree", order=("catalogue", "tmdb")),
            "synopsis": FieldPolicy(rule="longest"),
        },
    ),
    quality=QualityPolicy(threshold=0.5, half_life_running_days=10.0, half_life_ended_days=100.0),
)


def options(series: tuple[str, ...] = (), season: int | None = None) -> Options:
    return Options(
        out=Path("outputs"),
        as_of=datetime(2026, 11, 1, tzinfo=UTC),
        franchise="star_trek",
        series=series,
        season=season,
    )


class TestScope:
    def test_without_a_choice_it_is_everything(self) -> None:
        assert policies.scope_of(FRANCHISE, options()) == Scope((RUNNING, ENDED), FILMS)

    def test_chosen_series_come_without_films(self) -> None:
        assert policies.scope_of(FRANCHISE, options(("veil",))) == Scope((ENDED,), ())

    def test_chosen_series_come_in_the_order_of_the_franchise(self) -> None:
        assert policies.scope_of(FRANCHISE, options(("veil", "loom"))).series == (RUNNING, ENDED)

    def test_a_season_narrows_it(self) -> None:
        assert policies.scope_of(FRANCHISE, options(("loom",), 2)) == Scope((RUNNING,), (), 2)

    def test_season_zero_is_a_season(self) -> None:
        with pytest.raises(InputError, match="--season needs a series"):
            policies.scope_of(FRANCHISE, options(season=0))

    def test_a_season_without_a_series_says_how_to_mend_it(self) -> None:
        with pytest.raises(InputError, match=r"^--season: --season needs a series\. Add --series CODE\.$"):
            policies.scope_of(FRANCHISE, options(season=1))

    def test_an_unknown_series_names_the_known_ones(self) -> None:
        with pytest.raises(InputError) as caught:
            policies.scope_of(FRANCHISE, options(("loom", "weft")))
        assert str(caught.value) == "--series: 'weft' is no series of Loom of Suns. Known are loom, veil."


class TestStillToAsk:
    whole = Scope((RUNNING, ENDED), FILMS)

    def test_a_full_run_asks_for_all(self) -> None:
        assert policies.still_to_ask(self.whole, {"loom", "veil"}, is_incremental=False) == self.whole

    def test_an_incremental_run_leaves_out_what_has_ended_and_was_published(self) -> None:
        assert policies.still_to_ask(self.whole, {"loom", "veil"}, is_incremental=True) == Scope((RUNNING,), FILMS)

    def test_an_incremental_run_asks_for_what_was_never_published(self) -> None:
        assert policies.still_to_ask(self.whole, set(), is_incremental=True) == self.whole


class TestIds:
    def test_series_are_known_by_their_pinned_id(self) -> None:
        assert policies.ids_of("tmdb", FRANCHISE) == {"9101": "loom"}

    def test_films_are_known_by_their_pinned_id(self) -> None:
        assert policies.film_keys_of("tmdb", FRANCHISE) == {"9201": "film:shuttle"}

    def test_a_source_that_nothing_is_pinned_for_knows_nothing(self) -> None:
        assert (policies.ids_of("tvmaze", FRANCHISE), policies.film_keys_of("tvmaze", FRANCHISE)) == ({}, {})


class TestMergePolicies:
    def test_every_field_that_is_merged_has_a_rule_and_an_order(self) -> None:
        fields = {*MERGED_FIELDS, "release_date"}
        assert set(policies.rules_of(FRANCHISE)) == set(policies.orders_of(FRANCHISE)) == fields

    def test_a_field_has_its_own_rule(self) -> None:
        rules = policies.rules_of(FRANCHISE)
        assert (rules["title"], rules["synopsis"], rules["air_date"]) == ("agree", "longest", "order")

    def test_a_field_has_its_own_order_or_that_of_the_franchise(self) -> None:
        orders = policies.orders_of(FRANCHISE)
        assert (orders["title"], orders["synopsis"]) == (("catalogue", "tmdb"), ("tmdb", "catalogue"))

    def test_a_compilation_is_no_witness(self) -> None:
        assert "catalogue" in policies.LINEAGES
        assert "catalogue" not in policies.WITNESS_LINEAGES


def test_data_of_a_series_that_has_ended_grow_old_more_slowly() -> None:
    assert dict(policies.half_lives(FRANCHISE).iter_rows()) == {"loom": 10.0, "veil": 100.0}


class TestEras:
    def test_they_come_in_the_order_of_the_file(self) -> None:
        assert policies.eras_table(FRANCHISE).rows() == [
            ("early", 1, "Early", "2301", "none", "First."),
            ("late", 2, "Late", "2302", "all", "Second."),
        ]

    def test_a_franchise_without_eras_has_an_empty_table(self) -> None:
        assert policies.eras_table(Franchise(code="loom", name="Loom")).is_empty()


class TestSeasonFacts:
    def facts(self, *seasons: tuple[str, int]) -> pl.DataFrame:
        named = pl.DataFrame(seasons, schema={"series": pl.String, "season": pl.Int64}, orient="row")
        return policies.season_facts(FRANCHISE, named)

    def test_they_keep_their_contract(self) -> None:
        assert self.facts(("loom", 1)).schema == SEASON_FACTS
        assert self.facts().schema == SEASON_FACTS

    def test_a_season_that_is_named_has_its_name(self) -> None:
        assert self.facts(("loom", 1)).row(0, named=True) == {
            "series": "loom",
            "season": 1,
            "era": "early",
            "years": "2301",
            "title": "Loom of Suns – Dawn",
            "kind": "series",
        }

    def test_a_season_without_a_name_has_its_number(self) -> None:
        assert self.facts(("veil", 1)).row(0, named=True) == {
            "series": "veil",
            "season": 1,
            "era": "late",
            "years": None,
            "title": "Veil Season 1",
            "kind": "animated",
        }

    def test_a_season_that_nobody_knew_continues_the_newest_era(self) -> None:
        assert self.facts(("loom", 3)).select("era", "title").row(0) == ("late", "Loom of Suns Season 3")

    def test_a_season_is_told_once_however_many_episodes_it_has(self) -> None:
        assert self.facts(("loom", 1), ("loom", 1), ("loom", 2))["season"].to_list() == [1, 2]

    def test_a_season_of_a_series_in_no_era_has_none(self) -> None:
        bare = FRANCHISE.model_copy(update={"eras": ()})
        named = pl.DataFrame({"series": ["loom"], "season": [1]})
        assert policies.season_facts(bare, named)["era"].to_list() == [None]


class TestFilmsAndSeries:
    def test_a_film_has_its_era_and_years(self) -> None:
        assert policies.film_facts(FRANCHISE).rows() == [
            ("film:shuttle", "shuttle", "early", "2310"),
            ("film:warp", "warp", None, None),
        ]

    def test_a_series_has_its_pinned_ids(self) -> None:
        facts = policies.series_facts(FRANCHISE).select("series", "name", "kind", "is_ended", "tmdb_id", "imdb_id")
        assert facts.rows() == [
            ("loom", "Loom of Suns", "series", False, 9101, "tt9900001"),
            ("veil", "Veil", "animated", True, None, None),
        ]

    def test_a_film_is_linked_by_the_id_that_is_pinned(self) -> None:
        rows = pl.DataFrame(
            [
                {"source": "tmdb", "source_id": "9201", "movie_key": "film:shuttle"},
                {"source": "catalogue", "source_id": "film:shuttle", "movie_key": "film:shuttle"},
            ],
            schema=MOVIE_ROWS,
        )
        assert policies.movie_links(rows).select("source", "method", "evidence").rows() == [
            ("tmdb", "pinned", "the franchise file pins tmdb id 9201"),
            ("catalogue", "registered", "the franchise file pins catalogue id film:shuttle"),
        ]


class TestTrust:
    def test_every_source_has_its_record(self) -> None:
        trust = {row[0]: row[1:] for row in policies.trust_table().rows()}
        assert set(trust) == {*SOURCES, "override"}
        assert trust["tmdb"] == (0.85, 0.99, 0.92)
        assert trust["override"] == (1.0, 1.0, 1.0)


class TestEpisodesWanted:
    registry = pl.DataFrame(
        [
            {"episode_key": "loom:a", "series": "loom", "season": 1},
            {"episode_key": "veil:c", "series": "veil", "season": 1},
        ],
        schema=REGISTRY,
    )

    def wanted(self, *sources: str) -> list[tuple[str, str]]:
        return sorted(policies.episodes_wanted(FRANCHISE, self.registry, sources).rows())

    def test_a_source_can_know_what_the_franchise_has_an_id_of(self) -> None:
        assert self.wanted("tmdb") == [("tmdb", "film:shuttle"), ("tmdb", "loom:a")]

    def test_the_bundled_catalogue_can_know_all(self) -> None:
        keys = ["film:shuttle", "film:warp", "loom:a", "veil:c"]
        assert self.wanted("catalogue") == [("catalogue", key) for key in keys]

    def test_a_source_without_ids_is_wanted_for_nothing(self) -> None:
        assert self.wanted("stapi") == []


class TestEpisodesToAsk:
    registry = pl.DataFrame(
        [
            {"episode_key": "loom:a", "series": "loom", "season": 1},
            {"episode_key": "loom:b", "series": "loom", "season": 2},
            {"episode_key": "veil:c", "series": "veil", "season": 1},
        ],
        schema=REGISTRY,
    )

    def keys(self, scope: Scope, *sources: str) -> list[tuple[str, str]]:
        return policies.episodes_to_ask(scope, self.registry, sources).rows()

    def test_they_are_those_of_the_series_and_the_films(self) -> None:
        assert self.keys(Scope((RUNNING,), FILMS), "tmdb") == [
            ("tmdb", "loom:a"),
            ("tmdb", "loom:b"),
            ("tmdb", "film:shuttle"),
            ("tmdb", "film:warp"),
        ]

    def test_a_season_narrows_them(self) -> None:
        assert self.keys(Scope((RUNNING,), (), 2), "tmdb") == [("tmdb", "loom:b")]

    def test_each_source_is_to_speak_of_all(self) -> None:
        assert self.keys(Scope((ENDED,), ()), "tmdb", "catalogue") == [("tmdb", "veil:c"), ("catalogue", "veil:c")]

    def test_no_source_is_to_speak_of_none(self) -> None:
        assert self.keys(Scope((ENDED,), ())) == []
