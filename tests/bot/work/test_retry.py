"""How long work waits before it is tried again."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.work.retry import backoff


def test_the_first_pauses_double() -> None:
    assert [backoff(claims) for claims in range(1, 6)] == [timedelta(seconds=pause) for pause in (1, 2, 4, 8, 16)]


@given(st.integers(min_value=1, max_value=100_000))
def test_a_pause_never_shrinks_and_never_passes_a_minute(claims: int) -> None:
    assert backoff(claims) <= backoff(claims + 1) <= timedelta(minutes=1)
