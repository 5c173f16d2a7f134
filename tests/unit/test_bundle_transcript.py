"""What a source said becomes lines and comes back as it was; what no recording holds is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from etl.asking import Foreseeing, Listener, OpenedClient
from etl.bundle.recording import Recorder
from etl.bundle.replaying import Replayer
from etl.bundle.transcript import (
    Asked,
    TranscriptFault,
    line_of_closing,
    line_of_outcome,
    line_of_outlook,
    read_transcript,
)
from etl.errors import Category, SourceError
from etl.http.health import Vitals
from etl.http.usage import Usage
from etl.options import Options
from etl.seams import Seams
from etl.settings import Settings
from etl.sources import SOURCES, TVMAZE, Answer, Outlook, Request, Source

NOW = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
LATER = Request("/later", concerns="loom")
ERROR = SourceError("tvmaze", Category.RATE_LIMIT, "Too many.", "https://x.example/a", 429, "loom")
STRANGE: list[Any] = [
    {"z": 1, "a": [None, True, 1.5, 10**30]},
    {"lone": "\ud800", "signs": "\u2028\x00\x85😀", "far": 1e400},
    "<html>\n\r\u2028</html>",
    [],
]


def place(options: dict[str, Any] | None = None) -> Options:
    return Options(out=Path("outputs"), as_of=NOW, franchise="loom", **(options or {}))


@pytest.mark.parametrize("payload", STRANGE, ids=repr)
def test_an_answer_comes_back_as_it_was(payload: Any) -> None:
    request = Request("/a", {"b": "ü", "a": "1"}, host="tng", kind="text")
    answer = Answer(payload, "https://x.example/a", NOW, is_from_cache=True, is_stale=True, error=ERROR)
    line = line_of_outcome(request, answer)
    assert line.isascii()
    assert len(line.splitlines()) == 1
    read = read_transcript(line)
    assert list(read.outcomes) == [Asked("tng", "/a", (("a", "1"), ("b", "ü")), "text")]
    (again,) = read.outcomes[Asked.by(request)]
    assert again == answer
    assert json.dumps(again.payload) == json.dumps(payload)


def test_a_time_of_another_zone_is_the_same_time() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=14)))
    (again,) = read_transcript(line_of_outcome(LATER, Answer({}, "u", elsewhere))).outcomes[Asked.by(LATER)]
    assert isinstance(again, Answer)
    assert (again.fetched_at, again.fetched_at.tzinfo) == (NOW, UTC)


ASKED = {"host": "", "path": "/a", "params": [], "kind": "json"}
ANSWER = {"payload": 1, "url": "u", "fetched_at": "2026-11-20T12:00:00Z"}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "cannot be read"),
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("[1]", "no answer, error, outlook or bill"),
        ("{}", "no answer, error, outlook or bill"),
        ({"asked": ASKED}, "no answer, error, outlook or bill"),
        ({"asked": None, "outlook": "sent"}, "asked: Input should be"),
        ({"asked": ASKED, "outlook": "sent", "usage": {}}, "no answer, error, outlook or bill"),
        ({"asked": ASKED, "outlook": "maybe"}, "outlook"),
        ({"asked": {**ASKED, "more": 1}, "outlook": "sent"}, "asked.more"),
        ({"asked": {**ASKED, "path": 1}, "outlook": "sent"}, "asked.path"),
        ({"asked": ASKED, "answer": {}}, "has no payload"),
        ({"asked": ASKED, "answer": 5}, "answer"),
        ({"asked": ASKED, "answer": {**ANSWER, "url": None}}, "answer.url"),
        ({"asked": ASKED, "answer": {**ANSWER, "is_stale": "yes"}}, "answer.is_stale"),
        ({"asked": ASKED, "answer": {**ANSWER, "fetched_at": "2026-11-20T12:00:00"}}, "its time has no zone"),
        ({"asked": ASKED, "answer": {**ANSWER, "error": {"source": "x"}}}, "answer.error"),
        ({"asked": ASKED, "error": {"source": "x", "category": "bad luck", "message": ""}}, "error.category"),
        ({"usage": {}}, "no answer, error, outlook or bill"),
        ({"usage": {"requests": "1"}, "vitals": {}}, "usage.requests"),
        ({"usage": {}, "vitals": {"successes": "1"}}, "vitals.successes"),
    ],
)
def test_another_line_is_refused_with_its_number(line: str | dict[str, Any], problem: str) -> None:
    text = line if isinstance(line, str) else json.dumps(line)
    with pytest.raises(TranscriptFault, match=problem) as caught:
        read_transcript(f"{line_of_closing(Usage(), Vitals())}\n{text}\n")
    assert caught.value.line == 2


class FakeSource:
    """Answers the n-th request of a path with the n-th of its outcomes; opens as client_of does."""

    def __init__(self, *outcomes: Answer | SourceError) -> None:
        self.outcomes = list(outcomes)
        self.source = TVMAZE
        self.usage = Usage()
        self.vitals = Vitals()

    @contextmanager
    def open(self, source: Source, _settings: Settings, _options: Options, _listen: Listener) -> Iterator[OpenedClient]:
        self.source = source
        yield self

    @property
    def foresight(self) -> Foreseeing:
        return self

    def outlook(self, request: Request) -> Outlook:
        return "cached" if request.path == "/known" else "sent"

    def fetch(self, requests: Sequence[Request]) -> list[Answer | SourceError]:
        self.usage = replace(self.usage, requests=self.usage.requests + len(requests))
        return [self.outcomes.pop(0) for _ in requests]


def replaying(recorder: Recorder) -> Replayer:
    transcripts = {name: read_transcript("\n".join(lines)) for name, lines in recorder.lines.items() if lines}
    return Replayer(transcripts, recorder.last)


def opened(seams: Seams, source: Source = TVMAZE) -> Any:
    return seams.open_client(source, Settings.model_construct(), place(), lambda _: None)


def test_a_replay_answers_in_the_order_of_the_recording_and_ends_with_its_last_word() -> None:
    first, second = Answer({"n": 1}, "u", NOW), Answer({"n": 2}, "u", NOW)
    recorder = Recorder(Seams(FakeSource(ERROR, first, second).open))
    with opened(recorder.seams) as client:
        heard = [*client.fetch([LATER, Request("/other")]), *client.fetch([LATER])]
        assert client.source is TVMAZE
        assert client.usage.requests == 3
    with opened(replaying(recorder).seams) as client:
        assert [*client.fetch([LATER, Request("/other")]), *client.fetch([LATER])] == heard
        assert client.fetch([LATER, LATER]) == [second, second]
        assert client.source is TVMAZE
        assert client.usage.requests == 3


def test_an_error_names_what_is_missing_now() -> None:
    recorder = Recorder(Seams(FakeSource(ERROR).open))
    with opened(recorder.seams) as client:
        client.fetch([LATER])
    with opened(replaying(recorder).seams) as client:
        assert client.fetch([replace(LATER, concerns="weft")]) == [replace(ERROR, concerns="weft")]


def test_what_was_foreseen_is_foreseen_again_and_the_rest_is_not_to_be_asked() -> None:
    recorder = Recorder(Seams(FakeSource().open))
    with opened(recorder.seams) as client:
        assert [client.foresight.outlook(Request(path)) for path in ("/known", "/new")] == ["cached", "sent"]
    with opened(replaying(recorder).seams) as client:
        outlooks = [client.foresight.outlook(Request(path)) for path in ("/new", "/known", "/never")]
    assert outlooks == ["sent", "cached", "barred"]


def test_two_clients_of_a_source_have_each_its_own_bill() -> None:
    recorder = Recorder(Seams(FakeSource(ERROR, ERROR, ERROR).open))
    for count in (1, 2):
        with opened(recorder.seams) as client:
            client.fetch([LATER] * count)
    replayer = replaying(recorder)
    costs = []
    for _ in range(3):
        with opened(replayer.seams) as client:
            costs.append(client.usage.requests)
    assert costs == [1, 3, 0]


def test_an_unknown_request_is_an_error_that_says_so() -> None:
    replayer = Replayer({}, {})
    with opened(replayer.seams, SOURCES["trekcore"]) as client:
        (error,) = client.fetch([Request("", {"q": "1"}, host="tng", concerns="loom")])
    assert isinstance(error, SourceError)
    assert (error.source, error.category, error.concerns) == ("trekcore", Category.UNKNOWN, "loom")
    assert "The bundle holds no answer to tng/?q=1" in error.message
    assert replayer.unknown == ["trekcore: tng/?q=1"]


def test_an_answer_too_deep_to_be_written_is_the_same_error_in_both() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    recorder = Recorder(Seams(FakeSource(Answer(deep, "u", NOW)).open))
    with opened(recorder.seams) as client:
        heard = client.fetch([LATER])
    assert heard == [
        SourceError("tvmaze", Category.DATA_FORMAT, "The answer is nested too deeply to be recorded.", concerns="loom")
    ]
    with opened(replaying(recorder).seams) as client:
        assert client.fetch([LATER]) == heard


def test_an_outlook_is_a_line_of_its_own() -> None:
    assert read_transcript(line_of_outlook(LATER, "barred")).outlooks == {Asked.by(LATER): "barred"}
