"""Time, and what is sudden: clocks that part, a bot that dies, stalls or sleeps between any two steps."""

from collections.abc import Callable

from tests.machine.limits import COLD_AFTER
from tests.machine.stage import Stage

SUDDENLY = ("dies", "dies, losing commits", "stalls", "sleeps", "Slack goes away")
PARTING = ("set back", "put right", "asleep")


class Fate:
    """Moves clocks, and plans what happens after so many turns of the event loop."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def clocks_part(self, what: str, seconds: float) -> None:
        """The wall clock is set back, or put right, or the machine sleeps.

        A clock that jumps forward makes everything look older than it is: the provider is done with it by then.
        """
        clock = self._stage.clock
        if what == "set back":
            await self._stage.jump(lambda: clock.set_back(seconds))
            return
        await self._stage.catch_up()
        await self._stage.jump(clock.put_right if what == "put right" else lambda: clock.sleep(seconds))

    def soon(self, turns: int, what: str, seconds: float) -> None:
        """Wherever the bot is then. After its death it starts again so many seconds later."""
        clock = self._stage.clock
        suddenly: dict[str, Callable[[], None]] = {
            "dies": lambda: self._stage.die(loses_commits=False, down_for=seconds),
            "dies, losing commits": lambda: self._stage.die(loses_commits=True, down_for=seconds),
            "stalls": lambda: self._stop(clock.advance, seconds),
            "sleeps": lambda: self._stop(clock.sleep, seconds),
            "Slack goes away": self._slack_goes,
        }
        self._stage.turns.plan(turns, suddenly[what])

    def _slack_goes(self) -> None:
        self._stage.slack.workspace.faults.is_away = True

    def _stop(self, move: Callable[[float], None], seconds: float) -> None:
        """Not while a prompt provider still has something to do: it would be done before."""
        is_owed = self._stage.vobiz.waiting and self._stage.ends_calls_within < COLD_AFTER
        if not is_owed:
            move(seconds)
            self._stage.wake()
