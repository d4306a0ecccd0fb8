"""Processes of the bot that die where they are told to, seen from the test that forks them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from tests.faults.dying import Report, Task
from tests.harness.process import Bot, Job, a_fork


class Process:
    """One process, as it reports."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._heard = 0
        self.events_url = ""

    async def serves(self) -> None:
        """Returns when Slack and the process know each other."""
        self.events_url = f"http://127.0.0.1:{(await self._hears()).port}/slack/events"

    def goes_on(self) -> None:
        """Tells it that everything it was to be sent has been sent, if it is still there."""
        self._bot.is_told("go on")

    async def ended(self) -> Report:
        """How it ended, once it has."""
        report = await self._hears()
        await self._bot.ends()
        return report

    async def stop(self) -> None:
        """As told to: what it does is finished first. For one that serves on."""
        self.goes_on()
        await self._bot.ends()

    async def kill(self) -> None:
        """Ends it in the middle of whatever it does; nothing if it has ended."""
        await self._bot.kill()

    async def _hears(self) -> Report:
        report = Report.model_validate_json(await self._bot.writes("{", after=self._heard))
        self._heard += 1
        return report


@asynccontextmanager
async def a_process(
    settings: dict[str, str], folder: Path, *, now: datetime, lives: float | None, dies_at: str | None = None
) -> AsyncIterator[Process]:
    """One that serves; it is gone when the context ends, whatever it was doing."""
    task = Task(settings=settings, now=now, lives=lives, dies_at=dies_at)
    bot = await a_fork(
        Job(run="tests.faults.dying:live", arguments=[task.model_dump_json()], environment={}, folder=folder)
    )
    process = Process(bot)
    try:
        await process.serves()
        yield process
    finally:
        await bot.close()
