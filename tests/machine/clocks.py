"""Three times: the bot's two clocks, which go wrong, and the true one by which the provider lives."""

from datetime import UTC, datetime, timedelta

from tests.harness.clock import FakeClock

EVE = datetime(2026, 11, 30, 22, 30, tzinfo=UTC)  # the month turns soon


class ThreeClocks(FakeClock):
    """`advance` moves all three; the wall clock alone can be set back and put right again."""

    def __init__(self, start: datetime = EVE) -> None:
        super().__init__(start)
        self.true = start

    def advance(self, by: timedelta | float) -> None:
        self.true += by if isinstance(by, timedelta) else timedelta(seconds=by)
        super().advance(by)

    def sleep(self, seconds: float) -> None:
        """The machine sleeps: time passes, and the monotonic clock does not notice."""
        self.true += timedelta(seconds=seconds)
        self.set_wall(self.now() + timedelta(seconds=seconds))

    def set_back(self, seconds: float) -> None:
        self.set_wall(self.now() - timedelta(seconds=seconds))

    def put_right(self) -> None:
        self.set_wall(self.true)
