"""The commands as a person types them: what they print, where, and how the process ends."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest
import typer
from typer._click.core import Command
from typer.core import TyperArgument, TyperGroup, TyperOption

import etl.commands
from etl.asking import EXTRACTORS
from etl.cli import app, main, run
from etl.errors import ContractBroken, ExitCode, NothingPublished, QualityGateFailed, TrekEtlError
from etl.http.cache import Entry, ResponseCache
from etl.settings import Settings

HEAVY = {"polars", "duckdb", "pandera", "requests", "rich", "pydantic", "structlog", "requests_cache"}
KEY = "0123456789abcdef0123456789abcdef"
AS_OF = "2026-11-23T09:00:00Z"
FAST = ["generate", "--offline", "--franchise", "star_trek", "--series", "pic", "--as-of", AS_OF]

Captured = pytest.CaptureFixture[str]


def ended(code: int, arguments: list[str], capsys: Captured) -> str:
    """Run, expect the exit code, and give what went to stderr."""
    assert run(arguments) == code
    return capsys.readouterr().err


@dataclass(frozen=True)
class Told:
    """How a run ended, what it said, and the folder that it ran in."""

    code: int
    out: str
    err: str
    folder: Path


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A run in a process of its own, for those who only read."""
    folder = tmp_path_factory.mktemp("told")
    environment = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    options = ["--out", "out", "--cache-dir", "kept", "--summary-output", "new/summary.json"]
    ran = subprocess.run(
        [sys.executable, "-c", "from etl.cli import main; main()", *FAST, *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return Told(ran.returncode, ran.stdout, ran.stderr, folder)


@pytest.fixture
def released(told: Told) -> Path:
    """What that run published."""
    return told.folder / "out"


class TestGenerate:
    def test_it_publishes_says_so_on_stdout_and_ends_with_0(self, told: Told) -> None:
        assert told.code == ExitCode.DONE
        assert told.out.startswith("30 episodes and 0 films of ")
        assert told.err == ""
        assert (told.folder / "out" / "run.json").is_file()

    def test_the_cache_is_where_it_was_told_to_be(self, told: Told) -> None:
        assert (told.folder / "kept" / "responses.sqlite").is_file()

    def test_a_summary_is_written_beside(self, told: Told) -> None:
        summary = told.folder / "new" / "summary.json"
        written = json.loads(summary.read_text("utf-8"))
        assert written.pop("outputPath") == str((told.folder / "out").resolve())
        published = json.loads((told.folder / "out" / "run.json").read_text("utf-8"))
        assert written == published
        assert [entry.name for entry in summary.parent.iterdir()] == ["summary.json"]

    def test_quiet_says_only_what_failed_and_strict_ends_with_2(self, tmp_path: Path, capsys: Captured) -> None:
        arguments = [*FAST, "--quiet", "--strict", "--out", str(tmp_path / "out")]
        assert run(arguments) == ExitCode.QUALITY_GATE_FAILED
        assert (tmp_path / "out" / "run.json").is_file()
        said = capsys.readouterr()
        assert said.out == ""
        told = said.err.splitlines()
        assert len(told) == len(EXTRACTORS) - 1  # one of them has no site for this series
        assert told[0].startswith("! TMDB: This run is offline, and the answer is not in the cache. (network)")

    def test_where_nothing_failed_quiet_says_nothing_and_strict_ends_with_0(
        self, tmp_path: Path, capsys: Captured
    ) -> None:
        arguments = [*FAST, "--quiet", "--strict", "--source", "catalogue", "--out", str(tmp_path / "out")]
        assert run(arguments) == ExitCode.DONE
        assert tuple(capsys.readouterr()) == ("", "")

    def test_where_no_source_gives_anything_it_ends_with_4_and_says_why(self, tmp_path: Path, capsys: Captured) -> None:
        told = ended(4, [*FAST, "--source", "tmdb", "--out", str(tmp_path / "out")], capsys)
        assert told.startswith("Error: ")
        assert "This run is offline, and the answer is not in the cache." in told
        assert not (tmp_path / "out" / "run.json").exists()

    def test_where_nothing_is_good_enough_it_ends_with_2_and_publishes_nothing(
        self, tmp_path: Path, capsys: Captured
    ) -> None:
        told = ended(2, [*FAST, "--quality-threshold", "0.99", "--out", str(tmp_path)], capsys)
        assert re.fullmatch(
            r"Error: The average quality 0\.\d{3} is below the threshold 0\.99, so nothing was published\.\n", told
        )
        assert not (tmp_path / "run.json").exists()

    def test_a_release_of_another_franchise_is_not_touched(
        self, released: Path, tmp_path: Path, capsys: Captured
    ) -> None:
        own = tmp_path / "franchise.toml"
        own.write_text('code = "none"\nname = "None"\n')
        out = shutil.copytree(released, tmp_path / "out", symlinks=True)
        told = ended(3, ["generate", "--offline", "--franchise", str(own), "--out", str(out)], capsys)
        assert "The last release there has series that None does not know: pic." in told

    def test_series_may_be_repeated_or_listed(self, tmp_path: Path) -> None:
        arguments = [*FAST, "--series", "tas,pic", "--source", "catalogue", "--out", str(tmp_path / "out")]
        assert run(arguments) == ExitCode.DONE
        assert json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["counts"]["episodes"] == 52

    def test_verbose_logs_every_request_as_a_line_of_json(self, tmp_path: Path, capsys: Captured) -> None:
        arguments = [*FAST, "--verbose", "--log-format", "json", "--out", str(tmp_path / "out")]
        lines = [json.loads(line) for line in ended(0, arguments, capsys).splitlines()]
        assert any("/tv/85949" in line["event"] for line in lines)

    def test_a_summary_that_cannot_be_written_names_the_file(self, tmp_path: Path, capsys: Captured) -> None:
        (tmp_path / "file").write_text("", encoding="utf-8")
        summary = tmp_path / "file" / "summary.json"
        told = ended(3, [*FAST, "--out", str(tmp_path / "out"), "--summary-output", str(summary)], capsys)
        assert told.startswith(f"Error: {summary}: --summary-output: cannot be written (")
        assert told.endswith("Name another file.\n")


class TestWrongArguments:
    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["generate", "--serie", "pic"], "Error: No such option: --serie.\nDid you mean --series?\n"),
            (["cache", "path", "--cachedir", "x"], "Error: No such option: --cachedir.\nDid you mean --cache-dir?\n"),
            (
                ["generate", "--xyzzy"],
                "Error: No such option: --xyzzy.\ntrek-etl COMMAND --help lists the options.\n",
            ),
            (
                ["genrate"],
                "Error: No such command 'genrate'. Did you mean 'generate'?\ntrek-etl --help lists what there is.\n",
            ),
            (
                ["generate", "--as-of", "yesterday"],
                "Error: --as-of: 'yesterday' is no time. Write it like 2026-11-23 or 2026-11-23T09:00:00Z.\n",
            ),
            (
                ["generate", "--as-of", "9999-12-31T23:59:59-12:00"],
                (
                    "Error: --as-of: '9999-12-31T23:59:59-12:00' is no time."
                    " Write it like 2026-11-23 or 2026-11-23T09:00:00Z.\n"
                ),
            ),
            (
                ["generate", "--mode", "half"],
                "Error: --mode: 'half' is not known. Known are full, incremental.\n",
            ),
            (
                ["generate", "--numbering", "imdb"],
                "Error: --numbering: 'imdb' is not known. Known are aired, tmdb, parts.\n",
            ),
            (
                ["generate", "--source", "imdb"],
                (
                    "Error: --source: 'imdb' is not known."
                    " Known are tmdb, memory_alpha, stapi, trekcore, tvmaze, catalogue.\n"
                ),
            ),
            (
                ["generate", "--log-format", "xml"],
                "Error: --log-format: 'xml' is no log format. Use text or json.\n",
            ),
            (
                ["generate", "--franchise", "stargate"],
                (
                    "Error: There is no franchise 'stargate'. Bundled: breaking_bad, game_of_thrones, star_trek;"
                    " or give the path of a .toml file.\n"
                ),
            ),
            (
                ["generate", "--series", "sg1"],
                (
                    "Error: --series: 'sg1' is no series of Star Trek."
                    " Known are tos, tas, tng, ds9, voy, ent, dis, st, pic, ld, pro, snw, sfa.\n"
                ),
            ),
            (["generate", "--season", "1"], "Error: --season: --season needs a series. Add --series CODE.\n"),
            (["validate", "--format", "xml"], "Error: --format: 'xml' is not known. Known are text, json, github.\n"),
        ],
    )
    def test_they_end_with_3_and_how_to_mend_them(self, arguments: list[str], told: str, capsys: Captured) -> None:
        assert ended(3, arguments, capsys) == told

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["generate", "--season", "-1"], "--season"),
            (["generate", "--season", "one"], "--season"),
            (["generate", "--season"], "--season"),
            (["generate", "--max-retries", "11"], "--max-retries"),
            (["generate", "--quality-threshold", "high"], "--quality-threshold"),
            (["generate", "--quality-threshold", "1.5"], "--quality-threshold: "),
            (["generate", "--concurrency", "0"], "--concurrency: "),
            (["generate", "--series", "pic", "--season", "77"], "pic has no season 77. Known are 1, 2, 3."),
            (["generate", "extra"], "extra"),
            (["cache", "drop"], "drop"),
        ],
    )
    def test_others_end_with_3_and_are_named(self, arguments: list[str], told: str, capsys: Captured) -> None:
        text = ended(3, arguments, capsys)
        assert text.startswith("Error: ")
        assert told in text

    def test_they_leave_nothing_behind(self, alone: Path) -> None:
        run(["generate", "--series", "sg1"])
        assert list(alone.iterdir()) == []

    def test_a_wrong_variable_is_named(self, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
        monkeypatch.setenv("CONCURRENCY", "many")
        assert ended(3, FAST, capsys).startswith("Error: CONCURRENCY: ")

    @pytest.mark.parametrize("arguments", [[], ["cache"]])
    def test_no_command_shows_what_there_is(self, arguments: list[str], capsys: Captured) -> None:
        told = ended(3, arguments, capsys)
        assert "Usage: " in told
        assert "--help" in told


def fail_with(failure: BaseException) -> Any:
    def failing(*_: object) -> NoReturn:
        raise failure

    return failing


class TestFailures:
    @pytest.mark.parametrize(
        ("failure", "code"),
        [
            (ContractBroken("broken"), 1),
            (QualityGateFailed("too poor"), 2),
            (NothingPublished("nothing"), 4),
        ],
    )
    def test_a_foreseen_one_ends_with_its_code_and_its_text(
        self, failure: TrekEtlError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: Captured
    ) -> None:
        monkeypatch.setattr(etl.commands, "generate", fail_with(failure))
        assert ended(code, FAST, capsys) == f"Error: {failure}\n"

    def test_an_unforeseen_one_ends_with_4_and_its_traceback(
        self, monkeypatch: pytest.MonkeyPatch, capsys: Captured
    ) -> None:
        monkeypatch.setattr(etl.commands, "generate", fail_with(RuntimeError("gone wrong")))
        told = ended(4, FAST, capsys)
        assert told.startswith("Error: Traceback")
        assert told.endswith("RuntimeError: gone wrong\nPlease report it.\n")

    def test_an_unforeseen_one_shows_no_key(self, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
        monkeypatch.setenv("TMDB_API_KEY", KEY)
        cause = ValueError(f"https://example.org/?k={KEY}")
        failure = RuntimeError(f"Bearer {KEY}")
        failure.__cause__ = cause
        monkeypatch.setattr(etl.commands, "generate", fail_with(failure))
        assert run(FAST) == ExitCode.UNEXPECTED
        told = "".join(capsys.readouterr())
        assert KEY not in told
        assert "RuntimeError: Bearer ***" in told

    def test_a_key_that_cannot_be_sent_is_not_shown(self, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
        monkeypatch.setenv("TMDB_API_KEY", f"{KEY} and more")
        told = ended(3, FAST, capsys)
        assert KEY not in told
        assert told.startswith("Error: TMDB_API_KEY: ")

    def test_an_interrupted_run_ends_as_shells_expect(self, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
        monkeypatch.setattr(etl.commands, "generate", fail_with(KeyboardInterrupt()))
        assert "Traceback" not in ended(130, FAST, capsys)


class TestLevels:
    @pytest.mark.parametrize(
        ("option", "debug", "level"),
        [
            ([], "false", logging.WARNING),
            (["-v"], "false", logging.DEBUG),
            (["-q"], "false", logging.ERROR),
            ([], "true", logging.DEBUG),
            (["-q"], "true", logging.DEBUG),
        ],
    )
    def test_options_and_debug_set_the_level(
        self, option: list[str], debug: str, level: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DEBUG", debug)
        monkeypatch.setattr(etl.commands, "generate", fail_with(NothingPublished("nothing")))
        run([*FAST, *option])
        assert logging.getLogger().level == level


class TestOptionsGiven:
    """What `generate` of the pipeline is called with."""

    @pytest.fixture
    def options(self, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        seen: list[Any] = []

        def record(options: object, settings: object, listen: object) -> NoReturn:
            seen.extend([options, settings])
            raise NothingPublished("seen")

        monkeypatch.setattr(etl.commands, "generate", record)
        return seen

    @pytest.mark.parametrize(
        ("text", "instant"),
        [
            ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
            ("2026-11-23T09:00:00Z", datetime(2026, 11, 23, 9, tzinfo=UTC)),
            ("2026-11-23T09:00:00+02:00", datetime(2026, 11, 23, 7, tzinfo=UTC)),
            ("2026-11-23T09:00:00.75Z", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ],
    )
    def test_a_time_is_read_as_utc_and_whole_seconds(self, options: list[Any], text: str, instant: datetime) -> None:
        run(["generate", "--as-of", text])
        assert options[0].as_of == instant
        assert options[0].as_of.tzinfo is UTC

    def test_without_a_time_it_is_now(self, options: list[Any]) -> None:
        before = datetime.now(UTC).replace(microsecond=0)
        run(["generate"])
        assert before <= options[0].as_of <= datetime.now(UTC)

    def test_codes_are_split_and_each_stands_once(self, options: list[Any]) -> None:
        run(["generate", "--series", "tng, ds9", "--series", "tng", "--source", "tmdb,,catalogue"])
        assert (options[0].series, options[0].sources) == (("tng", "ds9"), ("tmdb", "catalogue"))

    def test_the_defaults_are_those_of_the_help(self, options: list[Any]) -> None:
        run(["generate"])
        given, settings = options
        assert (given.franchise, given.numbering, given.max_retries, given.out) == (
            "star_trek",
            "aired",
            3,
            Path("outputs"),
        )
        assert (given.is_incremental, given.is_offline, given.is_refresh, given.threshold) == (
            False,
            False,
            False,
            None,
        )
        assert settings.concurrency == 5

    def test_every_choice_arrives(self, options: list[Any]) -> None:
        choices = "--mode incremental --refresh --offline --numbering parts --max-retries 0 --quality-threshold 0"
        run(["generate", *choices.split(), "--concurrency", "2", "--season", "0", "--series", "tos"])
        given, settings = options
        assert (given.is_incremental, given.is_refresh, given.is_offline, given.numbering) == (
            True,
            True,
            True,
            "parts",
        )
        assert (given.max_retries, given.threshold, given.season, settings.concurrency) == (0, 0.0, 0, 2)


class TestValidate:
    def test_a_release_passes_with_0(self, released: Path, capsys: Captured) -> None:
        assert run(["validate", str(released)]) == ExitCode.DONE
        assert "0 errors" in capsys.readouterr().out

    def test_a_broken_one_ends_with_1(self, tmp_path: Path, capsys: Captured) -> None:
        assert run(["validate", str(tmp_path / "nowhere")]) == ExitCode.CONTRACT_BROKEN
        assert "does not exist" in capsys.readouterr().out

    def test_problems_can_be_had_as_json(self, tmp_path: Path, capsys: Captured) -> None:
        run(["validate", str(tmp_path / "nowhere"), "--format", "json"])
        assert "does not exist" in json.dumps(json.loads(capsys.readouterr().out))

    def test_long_lines_and_brackets_are_not_touched(self, tmp_path: Path, capsys: Captured) -> None:
        far = tmp_path / ("[bold]" + "x" * 150)
        run(["validate", str(far), "--format", "github"])
        assert str(far) in capsys.readouterr().out


class TestReport:
    def test_it_shows_every_report(self, released: Path, capsys: Captured) -> None:
        assert run(["report", str(released)]) == ExitCode.DONE
        told = capsys.readouterr()
        titles = {file.stem.replace("_", " ") for file in (Path(__file__).parents[2] / "sql" / "reports").glob("*.sql")}
        assert {title for title in titles if title in told.out} == titles
        assert told.err == ""

    def test_without_a_release_it_ends_with_3(self, tmp_path: Path, capsys: Captured) -> None:
        told = ended(3, ["report", str(tmp_path)], capsys)
        assert told.startswith(f"Error: {tmp_path / 'episodes.duckdb'}: ")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A cache folder with two answers of TVmaze, one of them fresh, and one of somebody else."""
    cache = ResponseCache(tmp_path / "responses.sqlite")
    for name, max_age_s in (("api.tvmaze.com/1", 0.0), ("api.tvmaze.com/2", 1e9), ("api.example.org/3", 0.0)):
        entry = Entry.of(f"https://{name}", b"{}", datetime(2026, 11, 1, tzinfo=UTC), {})
        cache.put(entry.fresh_for(max_age_s))
    cache.close()
    return tmp_path


class TestCache:
    def test_stats_counts_answers_by_source(self, kept: Path, capsys: Captured) -> None:
        assert run(["cache", "stats", "--cache-dir", str(kept)]) == ExitCode.DONE
        first, _, *lines = [line.split() for line in capsys.readouterr().out.splitlines()]
        assert first[:2] == ["3", "answers,"]
        assert [line[:3] for line in lines] == [["api.example.org", "1", "0"], ["TVmaze", "2", "1"]]

    def test_clear_may_forget_one_source_only(self, kept: Path, capsys: Captured) -> None:
        assert run(["cache", "clear", "--source", "tvmaze", "--cache-dir", str(kept)]) == ExitCode.DONE
        assert capsys.readouterr().out.startswith("2 answers forgotten (")
        run(["cache", "stats", "--cache-dir", str(kept)])
        assert capsys.readouterr().out.startswith("1 answers, ")

    def test_a_source_that_nobody_knows_ends_with_3(self, kept: Path, capsys: Captured) -> None:
        told = ended(3, ["cache", "clear", "--source", "catalogue", "--cache-dir", str(kept)], capsys)
        assert told.startswith("Error: --source: 'catalogue' is not known. Known are tmdb, ")

    def test_clear_forgets_them(self, kept: Path, capsys: Captured) -> None:
        assert run(["cache", "clear", "--cache-dir", str(kept)]) == ExitCode.DONE
        assert capsys.readouterr().out == f"3 answers forgotten ({kept / 'responses.sqlite'}).\n"
        run(["cache", "stats", "--cache-dir", str(kept)])
        assert capsys.readouterr().out.startswith("0 answers, ")

    @pytest.mark.parametrize("command", ["stats", "clear"])
    def test_where_there_is_none_it_holds_nothing(self, command: str, tmp_path: Path, capsys: Captured) -> None:
        assert run(["cache", command, "--cache-dir", str(tmp_path / "none")]) == ExitCode.DONE
        assert capsys.readouterr().out.startswith("0 answers")
        assert not (tmp_path / "none").exists()

    def test_path_says_where_it_is(self, alone: Path, capsys: Captured) -> None:
        assert run(["cache", "path"]) == ExitCode.DONE
        assert capsys.readouterr().out == f"{alone / 'cache' / 'trek-etl' / 'responses.sqlite'}\n"

    def test_path_obeys_the_environment(self, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
        monkeypatch.setenv("TREK_ETL_CACHE_DIR", "/somewhere/[bold]else")
        run(["cache", "path"])
        assert capsys.readouterr().out == "/somewhere/[bold]else/responses.sqlite\n"

    @pytest.mark.parametrize("command", ["stats", "clear"])
    def test_a_damaged_file_ends_with_3_and_how_to_mend_it(
        self, command: str, tmp_path: Path, capsys: Captured
    ) -> None:
        file = tmp_path / "responses.sqlite"
        file.write_bytes(b"this is no database at all")
        told = ended(3, ["cache", command, "--cache-dir", str(tmp_path)], capsys)
        assert told.startswith(f"Error: {file}: cannot be used as a cache (")
        assert told.endswith("Delete it: it is made anew.\n")


def commands(command: Command, *path: str) -> Iterator[tuple[tuple[str, ...], Command]]:
    yield path, command
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from commands(inner, *path, name)


COMMANDS = dict(commands(typer.main.get_command(app)))
PARAMETERS = {
    " ".join((*path, str(parameter.name))): parameter
    for path, command in COMMANDS.items()
    for parameter in command.params
    if parameter.name not in {"help", "install_completion", "show_completion"}
}


class TestHelp:
    def test_these_are_the_commands(self) -> None:
        assert {" ".join(path) for path in COMMANDS} >= {
            "",
            "generate",
            "validate",
            "report",
            "cache",
            "cache stats",
            "cache clear",
            "cache path",
        }

    @pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
    def test_every_command_has_help_and_shows_it_with_0(self, path: tuple[str, ...], capsys: Captured) -> None:
        assert COMMANDS[path].help
        assert run([*path, "--help"]) == ExitCode.DONE
        assert (COMMANDS[path].help or "").split(".")[0][:40] in capsys.readouterr().out

    @pytest.mark.parametrize("name", PARAMETERS)
    def test_every_option_and_argument_has_help(self, name: str) -> None:
        parameter = PARAMETERS[name]
        assert isinstance(parameter, TyperOption | TyperArgument)
        assert parameter.help

    @pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
    def test_every_option_stands_in_the_help_of_its_command(self, path: tuple[str, ...], capsys: Captured) -> None:
        run([*path, "--help"])
        shown = capsys.readouterr().out
        options = [name for parameter in COMMANDS[path].params for name in parameter.opts if name.startswith("--")]
        assert [name for name in options if name not in shown] == []

    @pytest.mark.parametrize(
        ("arguments", "allowed"),
        # Typer itself reads numbers and paths with Pydantic.
        [([], set()), (["--help"], set()), (["generate", "--help"], {"pydantic"}), (["cache", "--help"], {"pydantic"})],
    )
    def test_help_imports_nothing_heavy(self, arguments: list[str], allowed: set[str]) -> None:
        program = f"import sys; from etl.cli import run; run({arguments}); print(); print(*sys.modules)"
        shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        imported = {name.partition(".")[0] for name in shown.splitlines()[-1].split()}
        assert "typer" in imported
        assert imported & HEAVY <= allowed

    def test_what_reads_a_release_imports_nothing_of_the_network(self) -> None:
        program = "import sys, etl.reading; print(*sys.modules)"
        shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        imported = set(shown.split())
        assert "etl.console" in imported
        assert imported & {"etl.http", "etl.asking", "etl.pipeline", "requests", "requests_cache"} == set()


def test_the_script_ends_with_the_code_of_the_command(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(sys, "argv", ["trek-etl", "genrate"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == ExitCode.WRONG_INPUT
