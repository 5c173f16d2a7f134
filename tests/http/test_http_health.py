"""The circuit breaker, with a clock in the hand; its rules are the same in memory and in the file."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from loopback import FakeClock

from etl.errors import Category
from etl.health_words import HealthStatus
from etl.http.breaker import Admission, CircuitBreaker
from etl.http.clock import SystemClock
from etl.http.health import Failure, Health, Trial, Vitals
from etl.http.state import StateFile, state_key
from etl.http.vitals_store import VitalsInFile, VitalsInMemory, VitalsStore

DOWN = Failure(Category.SERVICE_UNAVAILABLE, "TMDB has a fault of its own.", 503)
BEGAN = "2027-01-15 08:00:00 UTC"


@dataclass
class Took:
    response_s: float | None = None


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VitalsStore]:
    if request.param == "memory":
        yield VitalsInMemory()
        return
    with closing(StateFile(tmp_path / "state.sqlite")) as file:
        yield VitalsInFile(file, state_key("tmdb", "key"))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def breaker(store: VitalsStore, clock: FakeClock) -> CircuitBreaker:
    return CircuitBreaker("TMDB", clock, store)


def fail(breaker: CircuitBreaker, failure: Failure | None = DOWN, response_s: float | None = None) -> Admission:
    admission = breaker.admit()
    assert isinstance(admission, Admission)
    breaker.record(admission, failure, response_s)
    return admission


def is_open(breaker: CircuitBreaker) -> bool:
    return isinstance(breaker.admit(), Failure)


def refusal(breaker: CircuitBreaker) -> Failure:
    refused = breaker.admit()
    assert isinstance(refused, Failure)
    return refused


def test_three_failures_in_a_row_open_it_and_two_do_not(breaker: CircuitBreaker) -> None:
    for failure in (DOWN, DOWN, None, DOWN, DOWN):
        fail(breaker, failure)
    assert not is_open(breaker)
    fail(breaker, Failure(Category.DATA_FORMAT, "TMDB sent an HTML page."))
    refused = refusal(breaker)
    assert refused.category is Category.SERVICE_UNAVAILABLE
    assert refused.message == (
        "TMDB was not asked, because it failed before: TMDB has a fault of its own. "
        f"The first failure was at {BEGAN}. It is left alone until 2027-01-15 08:00:08 UTC."
    )


def test_a_missing_document_shows_that_the_source_works(breaker: CircuitBreaker) -> None:
    for category in (Category.NETWORK, Category.TIMEOUT, Category.NOT_FOUND, Category.NETWORK, Category.TIMEOUT):
        fail(breaker, Failure(category, "."))
    assert not is_open(breaker)
    assert breaker.health.failures_in_row == 2


@pytest.mark.parametrize("category", [Category.AUTHENTICATION, Category.QUOTA_EXCEEDED, Category.RATE_LIMIT])
def test_what_the_source_says_of_every_request_opens_it_at_once_and_keeps_its_name(
    breaker: CircuitBreaker, category: Category
) -> None:
    fail(breaker)
    fail(breaker, Failure(category, "No."))
    refused = refusal(breaker)
    assert refused.category is category
    assert refused.message.startswith("TMDB was not asked, because it failed before: No. The first")


@pytest.mark.parametrize(
    ("category", "told"),
    [
        (Category.NETWORK, Category.NETWORK),
        (Category.TIMEOUT, Category.TIMEOUT),
        (Category.DATA_FORMAT, Category.SERVICE_UNAVAILABLE),
        (Category.UNKNOWN, Category.SERVICE_UNAVAILABLE),
    ],
)
def test_without_a_network_it_does_not_blame_the_source(
    breaker: CircuitBreaker, category: Category, told: Category
) -> None:
    for _ in range(3):
        fail(breaker, Failure(category, "."))
    assert refusal(breaker).category is told


def test_the_cool_down_doubles_to_its_limit_and_one_trial_decides(breaker: CircuitBreaker, clock: FakeClock) -> None:
    for _ in range(3):
        fail(breaker)
    for cool_down_s in (8, 16, 32, 64, 128, 256, 300, 300):
        assert breaker.health.cool_down_s == cool_down_s
        clock.advance(cool_down_s - 0.01)
        assert is_open(breaker)
        clock.advance(0.01)
        trial = breaker.admit()
        assert trial == Admission(is_trial=True)
        assert refusal(breaker).message.endswith(f"The first failure was at {BEGAN}. One request is trying it now.")
        breaker.record(trial, DOWN)
    clock.advance(300)
    fail(breaker, None)
    assert breaker.health == Health()
    assert not is_open(breaker)


def test_a_failed_trial_says_why_the_source_fails_now(breaker: CircuitBreaker, clock: FakeClock) -> None:
    for _ in range(3):
        fail(breaker, Failure(Category.NETWORK, "The name could not be resolved."))
    clock.advance(8)
    fail(breaker)
    assert "failed before: TMDB has a fault of its own. The first failure was at " + BEGAN in refusal(breaker).message


def test_requests_that_were_on_their_way_prove_nothing_new(breaker: CircuitBreaker) -> None:
    under_way = [breaker.admit() for _ in range(5)]
    for admission in under_way:
        assert isinstance(admission, Admission)
        breaker.record(admission, DOWN)
    assert breaker.health.cool_down_s == 8


def test_a_success_that_was_on_its_way_does_not_open_the_door_again(breaker: CircuitBreaker) -> None:
    slow = breaker.admit()
    for _ in range(3):
        fail(breaker)
    assert isinstance(slow, Admission)
    breaker.record(slow, None)
    assert is_open(breaker)
    assert breaker.vitals.successes == 1


def test_its_health_is_a_value_that_a_later_run_can_begin_with() -> None:
    clock = FakeClock()
    first = CircuitBreaker("TMDB", clock)
    for _ in range(3):
        fail(first)
    assert is_open(CircuitBreaker("TMDB", clock, VitalsInMemory(first.vitals)))
    kept = VitalsInMemory(Vitals(Health(3, clock.now() + 8, 8.0)))
    unexplained = CircuitBreaker("TMDB", clock, kept).admit()
    sentence = "TMDB was not asked: it failed before. It is left alone until 2027-01-15 08:00:08 UTC."
    assert unexplained == Failure(Category.SERVICE_UNAVAILABLE, sentence)


def test_one_failure_is_enough_for_who_wants_to_know_at_once(store: VitalsStore, clock: FakeClock) -> None:
    breaker = CircuitBreaker("TMDB", clock, store, failures_to_open=1)
    fail(breaker)
    assert is_open(CircuitBreaker("TMDB", clock, store))


def test_a_trial_that_never_comes_back_is_given_up_after_its_lease(store: VitalsStore, clock: FakeClock) -> None:
    breaker = CircuitBreaker("TMDB", clock, store, lease_s=40.0)
    for _ in range(3):
        fail(breaker)
    clock.advance(8)
    lost = breaker.admit()
    clock.advance(39.9)
    assert is_open(breaker)
    clock.advance(0.1)
    other = breaker.admit()
    assert lost == other == Admission(is_trial=True)
    assert isinstance(lost, Admission)
    breaker.record(lost, None)
    assert is_open(breaker), "the lost trial must neither heal the source nor end the other trial"
    assert isinstance(other, Admission)
    breaker.record(other, None)
    assert breaker.health == Health()


def test_a_clock_that_is_set_back_does_not_close_a_source_for_years(breaker: CircuitBreaker, clock: FakeClock) -> None:
    fail(breaker, None)
    for _ in range(3):
        fail(breaker)
    clock.advance(-3 * 365 * 86_400)
    vitals = breaker.vitals
    assert vitals.health.open_until == clock.now() + 8
    assert vitals.health.failing_since == vitals.last_success_at == vitals.last_failure_at == clock.now()
    clock.advance(8)
    assert breaker.admit() == Admission(is_trial=True)
    clock.advance(-86_400)
    assert is_open(breaker)
    clock.advance(270)
    assert breaker.admit() == Admission(is_trial=True)


def test_eight_threads_get_one_trial(breaker: CircuitBreaker, clock: FakeClock) -> None:
    for _ in range(3):
        fail(breaker)
    clock.advance(8)
    admissions: list[Admission | Failure] = []
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait(5)
        admissions.append(breaker.admit())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(admissions) == 8
    assert admissions.count(Admission(is_trial=True)) == 1
    assert sum(isinstance(admission, Failure) for admission in admissions) == 7


@pytest.mark.parametrize(("outcome", "alike"), [("an answer", 8), (DOWN, 1)])
def test_the_others_wait_for_what_comes_of_the_trial(store: VitalsStore, outcome: object, alike: int) -> None:
    """Otherwise a run that begins after a cool-down would lose what it asks while the source shows that it is well."""
    store.update(lambda _: Vitals(Health(3, 1.0, 8.0, DOWN, 1.0)))
    breaker = CircuitBreaker("TMDB", SystemClock(), store)
    has_begun, may_end = threading.Event(), threading.Event()
    at_work: list[Took] = []
    outcomes: list[object] = []

    def work(timed: Took) -> object:
        at_work.append(timed)
        has_begun.set()
        may_end.wait(5)
        return outcome

    threads = [threading.Thread(target=lambda: outcomes.append(breaker.attempt(Took, work))) for _ in range(8)]
    threads[0].start()
    assert has_begun.wait(5)
    for thread in threads[1:]:
        thread.start()
    time.sleep(0.02)
    assert (len(at_work), outcomes) == (1, [])
    may_end.set()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 8
    assert outcomes.count(outcome) == len(at_work) == alike


def test_nobody_waits_for_a_trial_for_ever(store: VitalsStore, clock: FakeClock) -> None:
    breaker = CircuitBreaker("TMDB", clock, store, patience_s=2.0)
    for _ in range(3):
        fail(breaker)
    clock.advance(8)
    assert breaker.admit() == Admission(is_trial=True)
    outcome = breaker.attempt(Took, lambda _: "an answer")
    assert isinstance(outcome, Failure)
    assert outcome.message.endswith("One request is trying it now.")
    assert sum(clock.slept) == pytest.approx(2.0)
    assert isinstance(breaker.attempt(Took, lambda _: "an answer"), Failure)
    assert sum(clock.slept) == pytest.approx(2.0), "whoever comes later does not wait for it once more"


def test_a_later_trial_is_waited_for_again(store: VitalsStore, clock: FakeClock) -> None:
    breaker = CircuitBreaker("TMDB", clock, store, patience_s=2.0)
    for _ in range(3):
        fail(breaker)
    for cool_down_s in (8, 16):
        clock.advance(cool_down_s)
        trial = breaker.admit()
        assert trial == Admission(is_trial=True)
        began_at = clock.now()
        assert isinstance(breaker.attempt(Took, lambda _: "an answer"), Failure)
        assert clock.now() - began_at == pytest.approx(2.0)
        breaker.record(trial, DOWN)
        assert isinstance(breaker.attempt(Took, lambda _: "an answer"), Failure)
        assert clock.now() - began_at == pytest.approx(2.0), "a closed door is not waited for"


def test_an_attempt_that_breaks_off_counts_as_a_failure(breaker: CircuitBreaker) -> None:
    def broken(_: Took) -> int:
        raise KeyError("a bug")

    for _ in range(3):
        with pytest.raises(KeyError):
            breaker.attempt(Took, broken)
    outcome = breaker.attempt(Took, lambda _: 1)
    assert isinstance(outcome, Failure)
    assert "because it failed before: the request was broken off" in outcome.message


class TestVitals:
    def test_of_a_source_that_was_never_asked_nothing_is_known(self, breaker: CircuitBreaker) -> None:
        vitals = breaker.vitals
        assert vitals == Vitals()
        assert (vitals.status, vitals.median_s, vitals.p95_s) == (None, None, None)

    def test_successes_failures_and_their_times_are_counted(self, breaker: CircuitBreaker, clock: FakeClock) -> None:
        began_at = clock.now()
        breaker.attempt(lambda: Took(0.25), lambda _: "an answer")
        clock.advance(10)
        breaker.attempt(lambda: Took(7.5), lambda _: DOWN)
        vitals = breaker.vitals
        assert (vitals.successes, vitals.last_success_at, vitals.last_failure_at) == (1, began_at, began_at + 10)
        assert vitals.answers_s == (0.25,)
        assert (vitals.health.failures_in_row, vitals.health.failing_since) == (1, began_at + 10)

    def test_median_and_p95_are_those_of_the_last_hundred_answers(self, breaker: CircuitBreaker) -> None:
        for number in range(140, 0, -1):
            fail(breaker, None, number / 10)
        vitals = breaker.vitals
        assert len(vitals.answers_s) == 100
        assert (vitals.median_s, vitals.p95_s) == (pytest.approx(5.05), pytest.approx(9.5))
        assert vitals.successes == 140

    def test_a_missing_document_is_an_answer(self, breaker: CircuitBreaker) -> None:
        fail(breaker, Failure(Category.NOT_FOUND, "."), 0.5)
        fail(breaker, Failure(Category.AUTHENTICATION, ".", is_by_rule=True))
        assert (breaker.vitals.answers_s, breaker.vitals.successes) == ((0.5,), 2)

    @pytest.mark.parametrize(
        ("vitals", "status"),
        [
            (Vitals(successes=1), HealthStatus.HEALTHY),
            (Vitals(successes=3, answers_s=(9.0, 5.0, 0.1)), HealthStatus.HEALTHY),
            (Vitals(successes=3, answers_s=(9.0, 5.1, 0.1)), HealthStatus.DEGRADED),
            (Vitals(Health(1), successes=9), HealthStatus.DEGRADED),
            (Vitals(Health(3, 8.0, 8.0)), HealthStatus.UNHEALTHY),
        ],
    )
    def test_its_status_is_a_word(self, vitals: Vitals, status: HealthStatus) -> None:
        assert vitals.status is status

    def test_a_running_trial_is_seen_by_all_and_a_lost_one_by_nobody(self, clock: FakeClock) -> None:
        kept = Vitals(Health(3, clock.now(), 8.0), trial=Trial("t", clock.now() + 5))
        assert kept.at(clock.now(), 270.0).trial == kept.trial
        assert kept.at(clock.now() + 5, 270.0).trial is None
