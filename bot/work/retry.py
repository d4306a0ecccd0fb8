"""How a service says that its work cannot be done yet, for no fault of its own."""

from datetime import timedelta


class TryLater(Exception):
    """The work goes back and is claimed again `after` that long; `reason` is for the log."""

    def __init__(self, after: timedelta, reason: str) -> None:
        super().__init__(reason)
        self.after = after
        self.reason = reason


class CannotSucceed(Exception):
    """The work goes to an operator: trying again would fail the same way."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def backoff(claims: int) -> timedelta:
    """1 s, 2 s, 4 s … at most a minute; `claims` counts from 1."""
    return timedelta(seconds=min(2 ** (claims - 1), 60))
