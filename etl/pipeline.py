"""The whole run: the only file that knows the order of the stages."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import polars as pl

from etl import policies, steps
from etl.asking import Asked, Listener, ask_sources
from etl.before import still_to_ask
from etl.bookkeeping import account_for_rows, book_run, describe_run, mean_quality, threshold_of
from etl.checking import book_checks, quality_fell, refuse_failures
from etl.corrections import read_given
from etl.decisions import read_decisions
from etl.errors import ChangesRefused, ContractBroken, NothingPublished, QualityGateFailed
from etl.franchise import Franchise, load_franchise
from etl.history import book_history, let_go
from etl.known_names import known_names
from etl.licence import limit_release, limit_values, prose_left_out
from etl.load.publish import locked, staged_release
from etl.load.refusal import forget_refusal, refusal_in_words, write_refusal
from etl.load.release import DATABASE, write_files, write_run
from etl.options import Options, Outcome
from etl.rows import conform
from etl.seams import WORLD, Seams
from etl.second_round import add_people, ask_for_people
from etl.settings import Settings
from etl.validate import Problem, inspect_database, inspect_release
from etl.waivers import read_waivers
from schemas.history import QUALITY
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
    waivers = read_waivers(options.waivers)
    given = read_given(options.overrides, options.patch)
    with locked(options.out, f"{options.as_of:%Y-%m-%d %H:%M:%S} UTC"):
        last = limit_release(franchise, options, seams.read_last(franchise, options))
        corrections = given.understood(known_names(franchise, last, options.numbering))
        last |= steps.forget_taken_back(last, corrections.overrides)
        narrowed = still_to_ask(scope, options, last)
        asked = ask_sources(franchise, narrowed, settings, options, listen, seams.open_client)
        listen("Linking, merging, scoring")
        rows = steps.add_given_episodes(conform(franchise, asked, last), scope, corrections.overrides, last)
        identified = steps.identify_rows(rows, decisions)
        gone = let_go(identified, asked, narrowed, last)
        identified, known = gone.identified, gone.known
        tables = steps.number(rows, identified, known)
        tables |= steps.gather_values(rows, identified, narrowed, asked, known)
        asked = ask_for_people(
            franchise, asked, tables, corrections.overrides, settings, options, listen, seams.open_client
        )
        tables["told"] = limit_values(options, add_people(asked, tables, known))
        tables |= steps.cover(franchise, options, asked, identified, tables)
        accounts = account_for_rows(asked, rows, identified)
        tables |= steps.merge_values(franchise, options, rows, tables, decisions, corrections)
        tables |= steps.score_episodes(franchise, options, tables, known)
        tables |= steps.score_movies(franchise, options, tables, corrections.overrides, known)
        tables |= steps.order_release(franchise, options, rows, tables, corrections.overrides)
        tables |= steps.set_aside(options, asked, rows, identified, tables)
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
        tables |= book_checks(franchise, options, waivers, tables, last)
        release = {name: tables[name] for name in TABLES}
        _refuse_too_little(franchise, options, asked, tables)
        _refuse_changes(franchise, options, tables)
        refuse_failures(tables, options.as_of.date())
        listen("Publishing")
        with staged_release(options.out, f"{options.as_of:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}") as folder:
            content_hash = write_files(folder, release, franchise.code, prose_left_out(options))
            database = inspect_database(folder / DATABASE, tables["found"])
            run = write_run(folder, describe_run(franchise, options, asked, tables, database.problems), content_hash)
            _refuse_broken(inspect_release(folder, database))
    return Outcome(options.out, run, release)


def _refuse_too_little(franchise: Franchise, options: Options, asked: Sequence[Asked], tables: Tables) -> None:
    if tables["scored"].is_empty() and tables["episodes"].is_empty():
        causes = "; ".join(dict.fromkeys(str(error) for one in asked for error in one.extracted.errors))
        raise NothingPublished(f"No source gave an episode, so nothing was published. {causes}".strip())
    average, threshold = mean_quality(tables["scored"]), threshold_of(franchise, options)
    if average < threshold:
        raise QualityGateFailed(
            f"The average quality {average:.3f} is below the threshold {threshold}, so nothing was published."
        )


def _refuse_changes(franchise: Franchise, options: Options, tables: Tables) -> None:
    if tables["stopped"].height:
        report = write_refusal(options.out, tables)
        if (tables["stopped"]["kind"] == QUALITY).all():
            raise quality_fell(tables["stopped"], report, franchise.quality.max_fall)
        raise ChangesRefused(refusal_in_words(tables["stopped"], report))
    forget_refusal(options.out)


def _refuse_broken(problems: Sequence[Problem]) -> None:
    errors = [str(problem) for problem in problems if problem.severity == "error"]
    if errors:
        raise ContractBroken("\n".join(["What was built breaks its contract, so nothing was published:", *errors]))
