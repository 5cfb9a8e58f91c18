from gateway.federation.breaker import Breaker


def failed(breaker: Breaker, times: int, now: float = 0.0) -> None:
    for _ in range(times):
        breaker.failure(now, "refused")


def test_closed_until_the_threshold():
    breaker = Breaker(threshold=3)
    failed(breaker, 2)
    assert breaker.allow(0)
    failed(breaker, 1)
    assert not breaker.allow(0)
    assert breaker.retry_in(1.0) == 4.0


def test_a_success_in_between_starts_the_count_again():
    breaker = Breaker(threshold=2)
    failed(breaker, 1)
    breaker.success()
    failed(breaker, 1)
    assert breaker.allow(0)


def test_half_open_lets_one_probe_through():
    breaker = Breaker(threshold=1, pause=5)
    failed(breaker, 1)
    assert breaker.allow(5.0)
    assert not breaker.allow(5.1)
    breaker.success()
    assert breaker.allow(5.2) and breaker.allow(5.2)


def test_a_failed_probe_doubles_the_pause_up_to_a_limit():
    breaker = Breaker(threshold=1, pause=5, longest_pause=18)
    pauses = []
    now = 0.0
    for _ in range(4):
        breaker.failure(now, "refused")
        pauses.append(breaker.open_until - now)
        now = breaker.open_until
        assert breaker.allow(now)
    assert pauses == [5, 10, 18, 18]


def test_a_probe_that_was_cancelled_frees_its_place():
    breaker = Breaker(threshold=1, pause=5)
    failed(breaker, 1)
    assert breaker.allow(6.0)
    breaker.abandoned()
    assert breaker.allow(6.1)


def test_a_probe_that_never_reported_is_forgotten():
    breaker = Breaker(threshold=1, pause=5)
    failed(breaker, 1)
    assert breaker.allow(6.0)
    assert breaker.allow(6.0 + Breaker.PROBE_LIMIT)


def test_a_costly_failure_suspends_at_once_and_may_be_probed_at_once():
    breaker = Breaker(threshold=3, pause=5)
    breaker.failure(10.0, "silent", costly=True)
    assert breaker.suspended and breaker.retry_in(10.0) == 0
    assert breaker.allow(10.0) and not breaker.allow(10.1)
    breaker.failure(20.0, "silent still", costly=True)
    assert breaker.retry_in(20.0) == 5
    breaker.failure(30.0, "silent still")
    assert breaker.retry_in(30.0) == 10
    breaker.success()
    assert breaker.allow(30.0) and not breaker.suspended


def test_who_says_when_to_come_back_is_believed_within_limits():
    breaker = Breaker(threshold=3, pause=5, longest_pause=300)
    breaker.failure(0.0, "busy", retry_after=30.0)
    assert breaker.suspended and breaker.retry_in(0.0) == 30
    breaker.failure(30.0, "busy", retry_after=86_400.0)
    assert breaker.retry_in(30.0) == 300
