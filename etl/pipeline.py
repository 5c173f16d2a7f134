"""The whole run: the only file that knows the order of the stages."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from etl import policies
from etl.asking import Asked, Listener, ask_sources
from etl.bookkeeping import account_for_rows, book_run, describe_run, mean_quality, threshold_of
from etl.decisions import read_decisions, read_overrides
from etl.errors import ContractBroken, InputError, NothingPublished, QualityGateFailed
from etl.extract.shapes import Scope
from etl.formula import formula_of
from etl.franchise import Franchise, load_franchise
from etl.load.previous import read_previous
from etl.load.publish import locked, staged_release
from etl.load.release import DATABASE, write_files, write_run
from etl.options import Options, Outcome
from etl.rows import Rows, conform
from etl.settings import Settings
from etl.transform import chronology, decide, keep, merge, numbering, quality, score
from etl.transform.connections import resolve_connections
from etl.transform.gate import gate, gate_movies
from etl.transform.identify import Identified, identify
from etl.transform.lapsed import stale_decisions
from etl.transform.series import summarise_series
from etl.transform.stories import one_row_a_story
from etl.validate import Problem, inspect_release
from schemas.columns import empty, polars_schema
from schemas.conformed import MOVIE_ROWS
from schemas.decisions import Decisions, Overrides
from schemas.episodes import EPISODES, MERGED_FIELDS, MOVIE_WEIGHTS, MOVIES, WEIGHTS
from schemas.tables import TABLES

Tables = dict[str, pl.DataFrame]


def generate(options: Options, settings: Settings, listen: Listener) -> Outcome:
    """Ask the sources, make one release of what they say, and publish it into `options.out`.

    `listen` hears in words how far the run is. Raises InputError for what a person gave wrongly, ContractBroken if
    what was built does not keep its contract, QualityGateFailed if it is too poor on average, NothingPublished if
    there is nothing to publish; the last release then stands untouched.
    """
    franchise = load_franchise(options.franchise, has_catalogue=options.has_catalogue)
    scope = policies.scope_of(franchise, options)
    decisions = read_decisions(options.decisions)
    overrides = read_overrides(options.overrides) if options.overrides else Overrides()
    with locked(options.out, f"{options.as_of:%Y-%m-%d %H:%M:%S} UTC"):
        last = _last_release(franchise, options)
        asked = ask_sources(franchise, _narrowed(scope, options, last), settings, options, listen)
        listen("Linking, merging, scoring")
        rows = conform(franchise, asked, last)
        identified = _identify(rows, decisions)
        accounts = account_for_rows(asked, rows, identified)
        tables = _number(rows, identified, last)
        tables |= _gather_values(rows, identified, scope, asked, last)
        tables |= _merge(franchise, options, rows, tables, decisions, overrides)
        tables |= _score_episodes(franchise, options, asked, tables, last)
        tables |= _score_movies(franchise, options, asked, tables, last)
        tables |= _order(franchise, rows, tables)
        tables |= _set_aside(asked, identified, tables)
        tables |= book_run(franchise, options, asked, accounts, tables, last)
        release = {name: tables[name] for name in TABLES}
        _refuse_too_little(franchise, options, asked, tables)
        listen("Publishing")
        with staged_release(options.out, f"{options.as_of:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}") as folder:
            content_hash = write_files(folder, release, franchise.code)
            problems = inspect_release(folder / DATABASE)
            run = write_run(folder, describe_run(franchise, options, asked, tables, problems), content_hash)
            _refuse_broken(inspect_release(folder))
    return Outcome(options.out, run, release)


def _last_release(franchise: Franchise, options: Options) -> Tables:
    last = read_previous(options.out)
    strangers = set(last.tables["episodes"]["series"]) - set(franchise.series_codes) if last else set()
    if strangers:
        raise InputError(
            f"The last release there has series that {franchise.name} does not know: {', '.join(sorted(strangers))}.",
            file=options.out,
            mend="Choose another --out.",
        )
    return {name: empty(contract) for name, contract in TABLES.items()} | dict(last.tables if last else {})


def _narrowed(scope: Scope, options: Options, last: Tables) -> Scope:
    published = set(last["episodes"]["series"])
    return policies.still_to_ask(scope, published, is_incremental=options.is_incremental)


def _number(rows: Rows, identified: Identified, last: Tables) -> Tables:
    registry = numbering.complete_registry(identified.registry)
    series_of = registry.select("episode_key", "series")
    schemes = list(numbering.SCHEME_SOURCES)
    told = numbering.source_numbers(rows.episodes, identified.links.filter(pl.col("source").is_in(schemes)))
    kept = last["numbering"].filter(pl.col("scheme").is_in(schemes)).join(series_of, on="episode_key", how="semi")
    known = numbering.prefer_fresh(kept, rows.numbers, series_of)
    numbers = pl.concat([numbering.counted_numbers(registry), numbering.prefer_fresh(told, known, series_of)])
    return {"registry": registry, "numbering": numbers.sort("episode_key", "scheme")}


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


def _merge(
    franchise: Franchise, options: Options, rows: Rows, tables: Tables, decisions: Decisions, overrides: Overrides
) -> Tables:
    comparisons = {**policies.COMPARISONS, **policies.MOVIE_COMPARISONS}
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
        "lapsed": pl.DataFrame({"decision": [] if options.series else lapsed}, schema={"decision": pl.String}),
    }


def _score_episodes(
    franchise: Franchise, options: Options, asked: Sequence[Asked], tables: Tables, last: Tables
) -> Tables:
    fields = pl.Schema({name: polars_schema(EPISODES)[name] for name in MERGED_FIELDS})
    values = tables["field_values"].join(tables["registry"], on="episode_key", how="semi")
    scored = score.score_episodes(
        merge.assemble(values, fields),
        registry=tables["registry"],
        trust=quality.trust_of_values(values, policies.trust_table(asked), WEIGHTS),
        agreement=tables["agreement"],
        half_lives=policies.half_lives(franchise),
        weights=WEIGHTS,
        as_of=options.as_of,
        formula=formula_of(franchise.quality),
    )
    public = numbering.public_numbers(tables["numbering"], tables["registry"], options.numbering)
    gated = gate(
        scored.select(name for name in scored.columns if name in EPISODES.columns and name not in public.columns[1:]),
        threshold_of(franchise, options),
        WEIGHTS,
        last["episodes"],
    )
    return {
        "scored": scored,
        "gated": gated.passed.join(public, on="episode_key", validate="1:1"),
        "refused": gated.rejects,
        "field_values": keep.values_of_kept(tables["field_values"], last["field_values"], gated.kept),
    }


def _score_movies(
    franchise: Franchise, options: Options, asked: Sequence[Asked], tables: Tables, last: Tables
) -> Tables:
    values = tables["field_values"].join(tables["registry"], on="episode_key", how="anti")
    fields = pl.Schema({name: MOVIE_ROWS[name] for name in policies.MOVIE_COMPARISONS})
    scored = score.score_movies(
        merge.assemble(values, fields),
        trust=quality.trust_of_values(values, policies.trust_table(asked), MOVIE_WEIGHTS),
        agreement=tables["agreement"],
        half_life_days=franchise.quality.half_life_ended_days,
        weights=MOVIE_WEIGHTS,
        as_of=options.as_of,
        formula=formula_of(franchise.quality),
    )
    facts = policies.film_facts(franchise)
    gated = gate_movies(chronology.add_film_facts(scored, facts), last["movies"])
    return {
        "movies": gated.passed,
        "refused_movies": gated.rejects,
        "field_values": keep.values_of_kept(tables["field_values"], last["field_values"], gated.kept),
    }


def _order(franchise: Franchise, rows: Rows, tables: Tables) -> Tables:
    facts = policies.season_facts(franchise, tables["gated"])
    seasons = chronology.order_seasons(tables["gated"], facts, rows.notes)
    seasons, movies = chronology.add_positions(seasons, tables["movies"])
    eras = facts.select("series", "season", "era")
    episodes = tables["gated"].join(eras, on=["series", "season"], validate="m:1").select(*EPISODES.columns)
    return {
        "episodes": episodes.sort("series", "season", "episode"),
        "seasons": seasons,
        "movies": movies.select(*MOVIES.columns),
        "eras": policies.eras_table(franchise),
        "series": summarise_series(episodes, policies.series_facts(franchise)),
        "links": tables["links"].join(episodes, on="episode_key", how="semi"),
        "movie_links": tables["movie_links"].join(movies, on="movie_key", how="semi"),
        "numbering": tables["numbering"].join(episodes, on="episode_key", how="semi"),
    }


def _set_aside(asked: Sequence[Asked], identified: Identified, tables: Tables) -> Tables:
    extracted = [one.extracted.rejects for one in asked]
    return {
        "review": identified.review,
        "rejects": pl.concat([*extracted, identified.rejects, tables["refused"], tables["refused_movies"]]),
    }


def _refuse_too_little(franchise: Franchise, options: Options, asked: Sequence[Asked], tables: Tables) -> None:
    if tables["scored"].is_empty() and tables["episodes"].is_empty():
        causes = "; ".join(dict.fromkeys(str(error) for one in asked for error in one.extracted.errors))
        raise NothingPublished(f"No source gave an episode, so nothing was published. {causes}".strip())
    average, threshold = mean_quality(tables["scored"]), threshold_of(franchise, options)
    if average < threshold:
        raise QualityGateFailed(
            f"The average quality {average:.3f} is below the threshold {threshold}, so nothing was published."
        )


def _refuse_broken(problems: Sequence[Problem]) -> None:
    errors = [str(problem) for problem in problems if problem.severity == "error"]
    if errors:
        raise ContractBroken("\n".join(["What was built breaks its contract, so nothing was published:", *errors]))
