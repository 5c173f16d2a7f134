"""The steps of a run, each the call of a few transforms with what the franchise file, the options and people say.

In and out go tables by name; which step follows which stands in pipeline.py alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from etl import policies
from etl.asking import Asked
from etl.bookkeeping import threshold_of
from etl.corrections import Corrections
from etl.extract.shapes import Scope
from etl.formula import formula_of
from etl.franchise import Franchise
from etl.licence import limit_rejects
from etl.options import Options
from etl.rows import Rows
from etl.transform import chronology, correct, coverage, decide, keep, merge, numbering, quality, score
from etl.transform.connections import resolve_connections
from etl.transform.gate import gate, gate_movies
from etl.transform.identify import Identified, identify
from etl.transform.lapsed import stale_decisions
from etl.transform.series import summarise_series
from etl.transform.shifts import explain_numbers, with_numbers_explained
from etl.transform.stories import one_row_a_story
from schemas.columns import polars_schema
from schemas.conformed import MOVIE_ROWS
from schemas.corrections import Overrides
from schemas.decisions import Decisions
from schemas.episodes import EPISODES, MERGED_FIELDS, MOVIE_WEIGHTS, MOVIES, WEIGHTS

Tables = dict[str, pl.DataFrame]


def forget_taken_back(last: Tables, overrides: Overrides) -> Tables:
    """Tables `episodes` and `movies` of the last release without the values of corrections that were taken back."""
    return {
        "episodes": correct.without_taken_back(last["episodes"], overrides),
        "movies": correct.without_taken_back(last["movies"], overrides, "movie_key"),
    }


def add_given_episodes(rows: Rows, scope: Scope, overrides: Overrides, last: Tables) -> Rows:
    """Episodes that a person added stand in the registry, so that a source that comes to know one is linked to it."""
    in_scope = pl.col("series").is_in([series.code for series in scope.series])
    was_published = pl.col("episode_key").is_in(last["episodes"]["episode_key"].implode())
    added = correct.added_registry(overrides).filter(in_scope | was_published)
    return replace(rows, registry=keep.extend_registry(rows.registry, added))


def number(rows: Rows, identified: Identified, last: Tables) -> Tables:
    """Tables `registry`, `numbering` and `number_shifts`: numbers in every scheme, and why they differ."""
    registry = numbering.complete_registry(identified.registry)
    series_of = registry.select("episode_key", "series")
    schemes = list(numbering.SCHEME_SOURCES)
    told = numbering.source_numbers(rows.episodes, identified.links.filter(pl.col("source").is_in(schemes)))
    kept = last["numbering"].filter(pl.col("scheme").is_in(schemes)).join(series_of, on="episode_key", how="semi")
    known = numbering.prefer_fresh(kept, rows.numbers, series_of)
    numbers = pl.concat([numbering.counted_numbers(registry), numbering.prefer_fresh(told, known, series_of)])
    return {
        "registry": registry,
        "numbering": numbers.sort("episode_key", "scheme"),
        "number_shifts": explain_numbers(numbers, registry),
    }


def identify_rows(rows: Rows, decisions: Decisions) -> Identified:
    """Link the rows to episodes; decisions go first, as pins or as refusals."""
    refused = decide.refused_rows(rows.episodes, decisions)
    pins = keep.add_unknown(decide.decided_pins(decisions), rows.pins, ["source", "source_id"])
    identified = identify(rows.episodes.join(refused, on=["source", "source_id"], how="anti"), rows.registry, pins)
    return replace(identified, rejects=pl.concat([identified.rejects, refused]))


def gather_values(rows: Rows, identified: Identified, scope: Scope, asked: Sequence[Asked], last: Tables) -> Tables:
    """What the sources say (`told`, FIELD_VALUES not yet decided) and their links, with what is kept from before."""
    stories = one_row_a_story(rows.episodes, identified.links).pipe(
        resolve_connections, identified.links, identified.registry.select("episode_key", "title")
    )
    films = rows.movies.rename({"movie_key": "episode_key"})
    fresh = pl.concat(
        [merge.candidates(stories, policies.COMPARISONS), merge.candidates(films, policies.MOVIE_COMPARISONS)]
    )
    to_ask = policies.episodes_to_ask(scope, identified.registry, [one.source.name for one in asked if one.is_wanted])
    # A correction that was taken back must not live on as a value of the last release.
    told_before = last["field_values"].filter(pl.col("source") != decide.OVERRIDE)
    kept = keep.values_to_keep(told_before, fresh, to_ask)
    fresh_films = policies.movie_links(rows.movies)
    return {
        "told": pl.concat([fresh, kept]),
        "links": pl.concat([identified.links, keep.links_to_keep(last["links"], identified.links, kept)]),
        "movie_links": keep.add_unknown(
            fresh_films, keep.movie_links_to_keep(last["movie_links"], kept), ["source", "source_id"]
        ),
    }


def cover(
    franchise: Franchise, options: Options, asked: Sequence[Asked], identified: Identified, tables: Tables
) -> Tables:
    """What was wanted of each source against what it told: `coverage`, and `success` of every episode."""
    sources = [one.source.name for one in asked if one.is_wanted]
    wanted = policies.episodes_wanted(franchise, identified.registry, sources)
    return {
        "success": coverage.success_shares(wanted, tables["told"]),
        "coverage": coverage.coverage(wanted, tables["told"], identified.registry, options.as_of),
    }


def merge_values(
    franchise: Franchise, options: Options, rows: Rows, tables: Tables, decisions: Decisions, corrections: Corrections
) -> Tables:
    """Decide every field: `field_values`, `conflicts`, `agreement`, what `lapsed`, and what people `removed`."""
    comparisons = {**policies.COMPARISONS, **policies.MOVIE_COMPARISONS}
    overrides = corrections.overrides
    holding = decide.holding_overrides(overrides, tables["told"])
    chosen = merge.choose(
        pl.concat([tables["told"], decide.override_values(holding, options.as_of)]),
        policies.rules_of(franchise),
        policies.orders_of(franchise),
        policies.WITNESS_LINEAGES,
    )
    disputed = merge.find_conflicts(chosen, comparisons, policies.LINEAGES)
    values = decide.prefer_decided(chosen, decisions, holding)
    lapsed = stale_decisions(
        decisions, overrides, rows=rows.episodes, links=tables["links"], values=chosen, conflicts=disputed
    )
    return {
        "field_values": values,
        "conflicts": decide.open_conflicts(disputed, values),
        "agreement": merge.agreement(values, comparisons, policies.WITNESS_LINEAGES),
        # A run of one series sees no rows of the others, so that their decisions only look lapsed.
        "lapsed": _told([] if options.series else [*lapsed, *corrections.told]),
        "removed": correct.removed(overrides),
    }


def _told(sentences: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame({"decision": sentences}, schema={"decision": pl.String})


def score_episodes(franchise: Franchise, options: Options, tables: Tables, last: Tables) -> Tables:
    """Score the episodes and hold them against the gate: `scored`, `gated`, `refused`, and their `field_values`."""
    fields = pl.Schema({name: polars_schema(EPISODES)[name] for name in MERGED_FIELDS})
    values = tables["field_values"].join(tables["registry"], on="episode_key", how="semi")
    scored = score.score_episodes(
        merge.assemble(values, fields),
        registry=tables["registry"],
        trust=quality.trust_of_values(values, policies.trust_table(), tables["success"], WEIGHTS),
        agreement=tables["agreement"],
        half_lives=policies.half_lives(franchise),
        weights=WEIGHTS,
        as_of=options.as_of,
        formula=formula_of(franchise.quality),
    )
    public = numbering.public_numbers(tables["numbering"], tables["registry"], options.numbering)
    kept = scored.join(tables["removed"], on="episode_key", how="anti")
    gated = gate(
        kept.select(name for name in scored.columns if name in EPISODES.columns and name not in public.columns[1:]),
        threshold_of(franchise, options),
        WEIGHTS,
        last["episodes"],
    )
    return {
        "scored": scored,
        "gated": gated.passed.join(public, on="episode_key", validate="1:1"),
        "refused": pl.concat([gated.rejects, correct.removed_rows(scored, tables["removed"])]),
        "field_values": keep.values_of_kept(tables["field_values"], last["field_values"], gated.kept),
    }


def score_movies(franchise: Franchise, options: Options, tables: Tables, overrides: Overrides, last: Tables) -> Tables:
    """Score the films: `movies`, `refused_movies`, and their `field_values`."""
    values = tables["field_values"].join(tables["registry"], on="episode_key", how="anti")
    fields = pl.Schema({name: MOVIE_ROWS[name] for name in policies.MOVIE_COMPARISONS})
    scored = score.score_movies(
        merge.assemble(values, fields),
        trust=quality.trust_of_values(values, policies.trust_table(), tables["success"], MOVIE_WEIGHTS),
        agreement=tables["agreement"],
        half_life_days=franchise.quality.half_life_ended_days,
        weights=MOVIE_WEIGHTS,
        as_of=options.as_of,
        formula=formula_of(franchise.quality),
    )
    kept = scored.join(tables["removed"], on="episode_key", how="anti")
    facts = correct.correct_film_facts(policies.film_facts(franchise), overrides)
    gated = gate_movies(chronology.add_film_facts(kept, facts), last["movies"])
    return {
        "movies": gated.passed,
        "refused_movies": pl.concat([gated.rejects, correct.removed_rows(scored, tables["removed"])]),
        "field_values": keep.values_of_kept(tables["field_values"], last["field_values"], gated.kept),
    }


def order_release(franchise: Franchise, options: Options, rows: Rows, tables: Tables, overrides: Overrides) -> Tables:
    """Put seasons, films and eras into their order; what speaks of an episode that is not published is left out."""
    facts = policies.season_facts(franchise, tables["gated"])
    seasons = correct.correct_seasons(chronology.order_seasons(tables["gated"], facts, rows.notes), overrides)
    seasons, movies = chronology.add_positions(seasons, tables["movies"])
    told_eras = policies.eras_table(franchise)
    lapsed = [] if options.series else correct.without_target(overrides, seasons, told_eras)
    eras = facts.select("series", "season", "era")
    episodes = tables["gated"].join(eras, on=["series", "season"], validate="m:1").select(*EPISODES.columns)
    return {
        "episodes": episodes.sort("series", "season", "episode"),
        "seasons": seasons,
        "movies": movies.select(*MOVIES.columns),
        "eras": correct.correct_eras(told_eras, overrides),
        "lapsed": pl.concat([tables["lapsed"], _told(lapsed)]),
        "series": summarise_series(episodes, policies.series_facts(franchise)),
        "links": with_numbers_explained(
            tables["links"].join(episodes, on="episode_key", how="semi"), tables["number_shifts"], tables["registry"]
        ),
        "movie_links": tables["movie_links"].join(movies, on="movie_key", how="semi"),
        "numbering": tables["numbering"].join(episodes, on="episode_key", how="semi"),
        "number_shifts": tables["number_shifts"].join(episodes, on="series", how="semi"),
    }


def set_aside(options: Options, asked: Sequence[Asked], rows: Rows, identified: Identified, tables: Tables) -> Tables:
    """What waits for a person, and what was refused, with the reasons."""
    extracted = [one.extracted.rejects for one in asked]
    refused = [rows.unreadable, identified.rejects, tables["refused"], tables["refused_movies"]]
    return {"review": identified.review, "rejects": limit_rejects(options, pl.concat([*extracted, *refused]))}
