"""The circuit breaker, with a clock in the hand."""

from __future__ import annotations

import pytest
from loopback import FakeClock

from etl.errors import Category
from etl.http.health import Admission, CircuitBreaker, Failure, Health

DOWN = Failure(Category.SERVICE_UNAVAILABLE, "TMDB has a fault of its own.", 503)


def fail(breaker: CircuitBreaker, failure: Failure | None = DOWN) -> Admission:
    admission = breaker.admit()
    assert isinstance(admission, Admission)
    breaker.record(admission, failure)
    return admission


def is_open(breaker: CircuitBreaker) -> bool:
    return isinstance(breaker.admit(), Failure)


def test_three_failures_in_a_row_open_it_and_two_do_not() -> None:
    breaker = CircuitBreaker("TMDB", FakeClock())
    for failure in (DOWN, DOWN, None, DOWN, DOWN):
        fail(breaker, failure)
    assert not is_open(breaker)
    fail(breaker, Failure(Category.DATA_FORMAT, "TMDB sent an HTML page."))
    refusal = breaker.admit()
    assert isinstance(refusal, Failure)
    assert refusal.category is Category.SERVICE_UNAVAILABLE
    assert refusal.message == "TMDB was not asked, because it failed before: TMDB has a fault of its own."


def test_a_missing_document_shows_that_the_source_works() -> None:
    breaker = CircuitBreaker("TMDB", FakeClock())
    for category in (Category.NETWORK, Category.TIMEOUT, Category.NOT_FOUND, Category.NETWORK, Category.TIMEOUT):
        fail(breaker, Failure(category, "."))
    assert not is_open(breaker)
    assert breaker.health.failures_in_row == 2


@pytest.mark.parametrize("category", [Category.AUTHENTICATION, Category.QUOTA_EXCEEDED, Category.RATE_LIMIT])
def test_what_the_source_says_of_every_request_opens_it_at_once_and_keeps_its_name(category: Category) -> None:
    breaker = CircuitBreaker("TMDB", FakeClock())
    fail(breaker)
    fail(breaker, Failure(category, "No."))
    refusal = breaker.admit()
    assert isinstance(refusal, Failure)
    assert (refusal.category, refusal.message) == (category, "TMDB was not asked, because it failed before: No.")


def test_the_cool_down_doubles_to_its_limit_and_one_trial_decides() -> None:
    clock = FakeClock()
    breaker = CircuitBreaker("TMDB", clock)
    for _ in range(3):
        fail(breaker)
    for cool_down_s in (8, 16, 32, 64, 128, 256, 300, 300):
        assert breaker.health.cool_down_s == cool_down_s
        clock.advance(cool_down_s - 0.01)
        assert is_open(breaker)
        clock.advance(0.01)
        trial = breaker.admit()
        assert trial == Admission(is_trial=True)
        assert is_open(breaker)
        breaker.record(trial, DOWN)
    clock.advance(300)
    fail(breaker, None)
    assert breaker.health == Health()
    assert not is_open(breaker)


def test_requests_that_were_on_their_way_prove_nothing_new() -> None:
    breaker = CircuitBreaker("TMDB", FakeClock())
    under_way = [breaker.admit() for _ in range(5)]
    for admission in under_way:
        assert isinstance(admission, Admission)
        breaker.record(admission, DOWN)
    assert breaker.health.cool_down_s == 8
    late = CircuitBreaker("TMDB", FakeClock())
    slow = late.admit()
    for _ in range(3):
        fail(late)
    assert isinstance(slow, Admission)
    late.record(slow, None)
    assert is_open(late)


def test_its_health_is_a_value_that_a_later_run_can_begin_with() -> None:
    clock = FakeClock()
    first = CircuitBreaker("TMDB", clock)
    for _ in range(3):
        fail(first)
    assert is_open(CircuitBreaker("TMDB", clock, first.health))
    unexplained = CircuitBreaker("TMDB", clock, Health(3, clock.now() + 8, 8.0)).admit()
    assert unexplained == Failure(Category.SERVICE_UNAVAILABLE, "TMDB was not asked: it failed before.")
