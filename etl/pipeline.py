"""The whole run: the only file that knows the order of the stages."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from etl import policies
from etl.asking import Asked, Listener, ask_sources
from etl.before import still_to_ask
from etl.bookkeeping import account_for_rows, book_run, describe_run, mean_quality, threshold_of
from etl.corrections import Corrections, read_given
from etl.decisions import read_decisions
from etl.errors import ChangesRefused, ContractBroken, NothingPublished, QualityGateFailed
from etl.extract.shapes import Scope
from etl.franchise import Franchise, load_franchise
from etl.history import book_history, let_go
from etl.known_names import known_names
from etl.licence import limit_rejects, limit_release, limit_values, prose_left_out
from etl.load.publish import locked, staged_release
from etl.load.refusal import forget_refusal, refusal_in_words, write_refusal
from etl.load.release import DATABASE, write_files, write_run
from etl.options import Options, Outcome
from etl.rows import Rows, conform
from etl.seams import WORLD, Seams
from etl.second_round import add_people, ask_for_people
from etl.settings import Settings
from etl.transform import chronology, correct, coverage, decide, keep, merge, numbering, quality, score
from etl.transform.connections import resolve_connections
from etl.transform.gate import gate, gate_movies
from etl.transform.identify import Identified, identify
from etl.transform.lapsed import stale_decisions
from etl.transform.series import summarise_series
from etl.transform.shifts import explain_numbers, with_numbers_explained
from etl.transform.stories import one_row_a_story
from etl.validate import Problem, inspect_database, inspect_release
from schemas.columns import polars_schema
from schemas.conformed import MOVIE_ROWS
from schemas.corrections import Overrides
from schemas.decisions import Decisions
from schemas.episodes import EPISODES, MERGED_FIELDS, MOVIE_WEIGHTS, MOVIES, WEIGHTS
from schemas.tables import TABLES

Tables = dict[str, pl.DataFrame]


def generate(options: Options, settings: Settings, listen: Listener, seams: Seams = WORLD) -> Outcome:
    """Ask the sources, make one release of what they say, and publish it into `options.out`.

    `listen` hears in words how far the run is; `seams` have the sources' clients and the last release. Raises
    InputError for what a person gave wrongly, ContractBroken if what was built does not keep its contract,
    QualityGateFailed if it is too poor on average, NothingPublished if there is nothing to publish, ChangesRefused if
    it would change too much; the last release then stands untouched.
    """
    franchise = load_franchise(options.franchise, has_catalogue=options.has_catalogue)
    scope = policies.scope_of(franchise, options)
    decisions = read_decisions(options.decisions)
    given = read_given(options.overrides, options.patch)
    with locked(options.out, f"{options.as_of:%Y-%m-%d %H:%M:%S} UTC"):
        last = limit_release(franchise, options, seams.read_last(franchise, options))
        corrections = given.understood(known_names(franchise, last, options.numbering))
        last |= _forget(last, corrections.overrides)
        narrowed = still_to_ask(scope, options, last)
        asked = ask_sources(franchise, narrowed, settings, options, listen, seams.open_client)
        listen("Linking, merging, scoring")
        rows = _add(conform(franchise, asked, last), scope, corrections.overrides, last)
        identified = _identify(rows, decisions)
        gone = let_go(identified, asked, narrowed, last)
        identified, known = gone.identified, gone.known
        tables = _number(rows, identified, known)
        tables |= _gather_values(rows, identified, narrowed, asked, known)
        asked = ask_for_people(
            franchise, asked, tables, corrections.overrides, settings, options, listen, seams.open_client
        )
        tables["told"] = limit_values(options, add_people(asked, tables, known))
        tables |= _cover(franchise, options, asked, identified, tables)
        accounts = account_for_rows(asked, rows, identified)
        tables |= _merge(franchise, options, rows, tables, decisions, corrections)
        tables |= _score_episodes(franchise, options, tables, known)
        tables |= _score_movies(franchise, options, tables, corrections.overrides, known)
        tables |= _order(franchise, options, rows, tables, corrections.overrides)
        tables |= _set_aside(options, asked, rows, identified, tables)
        history = book_history(
            franchise, options, narrowed, asked, rows.episodes, decisions, gone.superseded, tables, last
        )
        tables |= history.tables
        tables |= book_run(
            franchise,
            options,
            asked,
            accounts,
            tables,
            last,
            release=history.release,
            compared_with=history.compared_with,
        )
        release = {name: tables[name] for name in TABLES}
        _refuse_too_little(franchise, options, asked, tables)
        _refuse_changes(options, tables)
        listen("Publishing")
        with staged_release(options.out, f"{options.as_of:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}") as folder:
            content_hash = write_files(folder, release, franchise.code, prose_left_out(options))
            database = inspect_database(folder / DATABASE)
            run = write_run(folder, describe_run(franchise, options, asked, tables, database.problems), content_hash)
            _refuse_broken(inspect_release(folder, database))
    return Outcome(options.out, run, release)


def _forget(last: Tables, overrides: Overrides) -> Tables:
    return {
        "episodes": correct.without_taken_back(last["episodes"], overrides),
        "movies": correct.without_taken_back(last["movies"], overrides, "movie_key"),
    }


def _add(rows: Rows, scope: Scope, overrides: Overrides, last: Tables) -> Rows:
    """Episodes that a person added stand in the registry, so that a source that comes to know one is linked to it."""
    in_scope = pl.col("series").is_in([series.code for series in scope.series])
    was_published = pl.col("episode_key").is_in(last["episodes"]["episode_key"].implode())
    added = correct.added_registry(overrides).filter(in_scope | was_published)
    return replace(rows, registry=keep.extend_registry(rows.registry, added))


def _number(rows: Rows, identified: Identified, last: Tables) -> Tables:
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


def _identify(rows: Rows, decisions: Decisions) -> Identified:
    refused = decide.refused_rows(rows.episodes, decisions)
    pins = keep.add_unknown(decide.decided_pins(decisions), rows.pins, ["source", "source_id"])
    identified = identify(rows.episodes.join(refused, on=["source", "source_id"], how="anti"), rows.registry, pins)
    return replace(identified, rejects=pl.concat([identified.rejects, refused]))


def _gather_values(rows: Rows, identified: Identified, scope: Scope, asked: Sequence[Asked], last: Tables) -> Tables:
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


def _cover(
    franchise: Franchise, options: Options, asked: Sequence[Asked], identified: Identified, tables: Tables
) -> Tables:
    sources = [one.source.name for one in asked if one.is_wanted]
    wanted = policies.episodes_wanted(franchise, identified.registry, sources)
    return {
        "success": coverage.success_shares(wanted, tables["told"]),
        "coverage": coverage.coverage(wanted, tables["told"], identified.registry, options.as_of),
    }


def _merge(
    franchise: Franchise, options: Options, rows: Rows, tables: Tables, decisions: Decisions, corrections: Corrections
) -> Tables:
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


def _score_episodes(franchise: Franchise, options: Options, tables: Tables, last: Tables) -> Tables:
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


def _score_movies(franchise: Franchise, options: Options, tables: Tables, overrides: Overrides, last: Tables) -> Tables:
    values = tables["field_values"].join(tables["registry"], on="episode_key", how="anti")
    fields = pl.Schema({name: MOVIE_ROWS[name] for name in policies.MOVIE_COMPARISONS})
    scored = score.score_movies(
        merge.assemble(values, fields),
        trust=quality.trust_of_values(values, policies.trust_table(), tables["success"], MOVIE_WEIGHTS),
        agreement=tables["agreement"],
        half_life_days=franchise.quality.half_life_ended_days,
        weights=MOVIE_WEIGHTS,
        as_of=options.as_of,
    )
    kept = scored.join(tables["removed"], on="episode_key", how="anti")
    facts = correct.correct_film_facts(policies.film_facts(franchise), overrides)
    gated = gate_movies(chronology.add_film_facts(kept, facts), last["movies"])
    return {
        "movies": gated.passed,
        "refused_movies": pl.concat([gated.rejects, correct.removed_rows(scored, tables["removed"])]),
        "field_values": keep.values_of_kept(tables["field_values"], last["field_values"], gated.kept),
    }


def _order(franchise: Franchise, options: Options, rows: Rows, tables: Tables, overrides: Overrides) -> Tables:
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


def _set_aside(options: Options, asked: Sequence[Asked], rows: Rows, identified: Identified, tables: Tables) -> Tables:
    extracted = [one.extracted.rejects for one in asked]
    refused = [rows.unreadable, identified.rejects, tables["refused"], tables["refused_movies"]]
    return {"review": identified.review, "rejects": limit_rejects(options, pl.concat([*extracted, *refused]))}


def _refuse_too_little(franchise: Franchise, options: Options, asked: Sequence[Asked], tables: Tables) -> None:
    if tables["scored"].is_empty() and tables["episodes"].is_empty():
        causes = "; ".join(dict.fromkeys(str(error) for one in asked for error in one.extracted.errors))
        raise NothingPublished(f"No source gave an episode, so nothing was published. {causes}".strip())
    average, threshold = mean_quality(tables["scored"]), threshold_of(franchise, options)
    if average < threshold:
        raise QualityGateFailed(
            f"The average quality {average:.3f} is below the threshold {threshold}, so nothing was published."
        )


def _refuse_changes(options: Options, tables: Tables) -> None:
    if tables["stopped"].height:
        raise ChangesRefused(refusal_in_words(tables["stopped"], write_refusal(options.out, tables)))
    forget_refusal(options.out)


def _refuse_broken(problems: Sequence[Problem]) -> None:
    errors = [str(problem) for problem in problems if problem.severity == "error"]
    if errors:
        raise ContractBroken("\n".join(["What was built breaks its contract, so nothing was published:", *errors]))
