"""Settings: what beats what, and what is said of a value that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from etl.errors import InputError
from etl.settings import DEFAULT_CONTACT, Settings, load_settings
from etl.sources import SOURCES, TMDB

KEY = "0123456789abcdef0123456789abcdef"


def refusal(**options: Any) -> str:
    with pytest.raises(InputError) as caught:
        load_settings(**options)
    return str(caught.value)


class TestPrecedence:
    def test_without_anything_the_defaults_hold(self) -> None:
        settings = load_settings()
        assert settings.tmdb_api_key is None
        assert (settings.concurrency, settings.debug, settings.min_metadata_quality) == (5, False, None)
        assert settings.trek_etl_contact == DEFAULT_CONTACT

    def test_the_answers_are_kept_in_the_users_cache_folder(self, alone: Path) -> None:
        settings = load_settings()
        assert settings.cache_path == alone / "cache" / "trek-etl" / "responses.sqlite"
        assert settings.state_path == alone / "cache" / "trek-etl" / "state.sqlite"

    def test_dotenv_beats_the_default(self, alone: Path) -> None:
        (alone / ".env").write_text("CONCURRENCY=7\n", encoding="utf-8")
        assert load_settings().concurrency == 7

    def test_the_environment_beats_dotenv(self, alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (alone / ".env").write_text("CONCURRENCY=7\n", encoding="utf-8")
        monkeypatch.setenv("CONCURRENCY", "8")
        assert load_settings().concurrency == 8

    def test_an_option_beats_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CONCURRENCY", "8")
        assert load_settings(concurrency=9).concurrency == 9

    def test_an_option_that_was_not_given_beats_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CONCURRENCY", "8")
        assert load_settings(concurrency=None).concurrency == 8

    def test_a_blank_variable_counts_as_not_set(self, alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (alone / ".env").write_text("CONCURRENCY=7\n", encoding="utf-8")
        monkeypatch.setenv("CONCURRENCY", "")
        assert load_settings().concurrency == 7

    def test_variables_of_others_are_passed_over(self, alone: Path) -> None:
        (alone / ".env").write_text("SOMETHING_ELSE=1\n", encoding="utf-8")
        assert load_settings().concurrency == 5

    def test_settings_do_not_change(self) -> None:
        settings = load_settings()
        with pytest.raises(ValidationError):
            settings.concurrency = 6


class TestKey:
    def test_it_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TMDB_API_KEY", KEY)
        assert load_settings().secrets == (KEY,)

    def test_white_space_around_it_is_not_part_of_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TMDB_API_KEY", f"  {KEY}\n")
        assert load_settings().secrets == (KEY,)

    def test_the_word_before_a_token_is_not_part_of_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TMDB_API_KEY", f"Bearer {KEY}")
        assert load_settings().secrets == (KEY,)

    @pytest.mark.parametrize("blank", ["", "   ", "\t\n", "Bearer", "Bearer "])
    def test_a_blank_one_is_none(self, monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
        monkeypatch.setenv("TMDB_API_KEY", blank)
        settings = load_settings()
        assert settings.tmdb_api_key is None
        assert settings.secrets == ()

    @pytest.mark.parametrize(
        "key",
        [
            "sekret abcdef",
            "sekret\nX-Evil: 1",
            "sekret\tabc",
            "sekret\x7fabc",
            "sekretéabc",
            'sekret"abc',
            "sekret\\abc",
        ],
    )
    def test_one_that_cannot_be_sent_is_refused_without_being_shown(
        self, monkeypatch: pytest.MonkeyPatch, key: str
    ) -> None:
        monkeypatch.setenv("TMDB_API_KEY", key)
        told = refusal()
        assert told == (
            "TMDB_API_KEY: holds white space or characters that no key has."
            " Correct TMDB_API_KEY in the environment or in .env."
        )

    def test_the_refusal_hides_the_key_from_tracebacks_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TMDB_API_KEY", "sekret abcdef")
        with pytest.raises(InputError) as caught:
            load_settings()
        assert caught.value.__suppress_context__

    @pytest.mark.parametrize("show", [repr, str, lambda settings: f"{settings.model_dump()}"])
    def test_it_is_in_no_repr(self, monkeypatch: pytest.MonkeyPatch, show: Any) -> None:
        monkeypatch.setenv("TMDB_API_KEY", KEY)
        assert KEY not in show(load_settings())


class TestWrongValues:
    @pytest.mark.parametrize(
        ("variable", "value", "problem"),
        [
            ("TMDB_BASE_URL", "api.themoviedb.org/3", "must start with https://"),
            ("TMDB_BASE_URL", "ftp://example.org", "must start with https://"),
            ("TMDB_BASE_URL", "https://", "must start with https://"),
            ("TMDB_BASE_URL", "https://example.org/a b", "must start with https://"),
            ("TMDB_RATE_LIMIT", "0", "greater than 0"),
            ("TMDB_RATE_LIMIT", "-4", "greater than 0"),
            ("TMDB_RATE_LIMIT", "6001", "less than or equal to 6000"),
            ("TMDB_RATE_LIMIT", "inf", "less than or equal to 6000"),
            ("TMDB_RATE_LIMIT", "nan", "Input should be"),
            ("TMDB_RATE_LIMIT", "fast", "valid number"),
            ("CONCURRENCY", "0", "greater than or equal to 1"),
            ("CONCURRENCY", "33", "less than or equal to 32"),
            ("CONCURRENCY", "2.5", "valid integer"),
            ("CONCURRENCY", "many", "valid integer"),
            ("MIN_METADATA_QUALITY", "1.1", "less than or equal to 1"),
            ("MIN_METADATA_QUALITY", "-0.1", "greater than or equal to 0"),
            ("MIN_METADATA_QUALITY", "nan", "Input should be"),
            ("DEBUG", "perhaps", "valid boolean"),
            ("TREK_ETL_CACHE_DIR", "~nobody-of-that-name/cache", "names the home folder of somebody"),
        ],
    )
    def test_a_wrong_value_names_its_variable(
        self, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, problem: str
    ) -> None:
        monkeypatch.setenv(variable, value)
        told = refusal()
        assert told.startswith(f"{variable}: ")
        assert problem in told
        assert told.endswith(f"Correct {variable} in the environment or in .env.")

    def test_a_wrong_option_is_refused_too(self) -> None:
        assert refusal(min_metadata_quality=2.0).startswith("--quality-threshold: ")

    def test_no_message_speaks_of_the_library(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TMDB_BASE_URL", "nowhere")
        assert "Value error" not in refusal()

    def test_a_dotenv_of_another_encoding_is_named(self, alone: Path) -> None:
        (alone / ".env").write_bytes(b"TREK_ETL_CONTACT=caf\xe9\n")
        told = ".env:1: The file is not written in UTF-8 (invalid continuation byte). Save it as UTF-8."
        assert refusal() == told

    @pytest.mark.parametrize(
        ("text", "line"),
        [("A=1\n\nthis is = no line\n", 3), ("# c\nTMDB_API_KEY='open\nB=2\n", 2), ("A=1\nB=2\x00\n", 2), ("=1", 1)],
    )
    def test_a_line_of_dotenv_that_cannot_be_read_is_named(self, alone: Path, text: str, line: int) -> None:
        (alone / ".env").write_text(text, encoding="utf-8")
        assert refusal() == f".env:{line}: This line cannot be read. Write NAME=value, or comment it out with #."

    def test_a_wrong_value_in_dotenv_is_named_with_its_line(self, alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (alone / ".env").write_text("# c\n\nDEBUG=true\nexport concurrency=0\n", encoding="utf-8")
        assert refusal().startswith(".env:4: CONCURRENCY: Input should be greater than or equal to 1.")
        monkeypatch.setenv("CONCURRENCY", "-1")
        assert refusal().startswith("CONCURRENCY: Input should be greater")
        assert load_settings(concurrency=3).concurrency == 3

    def test_a_dotenv_beyond_any_size_is_refused(self, alone: Path) -> None:
        (alone / ".env").write_text("A=1\n" * 20_000, encoding="utf-8")
        assert refusal().startswith(".env: The file is larger than 64 KiB")


class TestSources:
    def test_every_source_that_is_asked_has_a_base_url(self) -> None:
        settings = load_settings()
        asked = [source for source in SOURCES.values() if source.base_url]
        assert {source.name: settings.base_url_of(source) for source in asked} == {
            source.name: source.base_url for source in asked
        }

    def test_a_base_url_has_no_slash_at_the_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TMDB_BASE_URL", "http://127.0.0.1:8080/3//")
        assert load_settings().base_url_of(TMDB) == "http://127.0.0.1:8080/3"

    def test_a_rate_a_minute_becomes_one_a_second(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TMDB_RATE_LIMIT", "90")
        assert load_settings().rate_of(TMDB) == 1.5

    def test_without_one_the_source_has_its_own(self) -> None:
        assert load_settings().rate_of(TMDB) == TMDB.rate

    def test_a_source_without_a_variable_has_its_own(self) -> None:
        assert load_settings().rate_of(SOURCES["catalogue"]) == SOURCES["catalogue"].rate

    def test_the_home_folder_is_expanded(self, alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TREK_ETL_CACHE_DIR", "~/kept")
        assert load_settings().cache_path == alone / "kept" / "responses.sqlite"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_variable_is_documented(name: str) -> None:
    root = Path(__file__).parents[2]
    for file in ("docs/environment-variables.md", ".env.example"):
        assert name.upper() in (root / file).read_text(encoding="utf-8")
