"""Lives: a process of the bot that dies at a point, another one that takes over, and what is true in the end."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import dropwhile, pairwise
from pathlib import Path

from bot.sandbox.slack import Done, Outcome
from bot.sandbox.slack.example import NUMBERS
from tests.faults.dying import Report, Task
from tests.faults.scenes import Moment, Scene, a_moment, a_scene
from tests.harness.process import Bot, Job, a_fork
from tests.harness.timeline import TimedOffice

AT_ONCE = 4  # lives side by side in one test: most of a life is waiting for another process

EVERY = 1 if "ALL_DEATHS" in os.environ else 5  # a step of its own has the time for each

TRIES = 3  # how often a life is lived that does not come to the point it was to die at


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happens while processes die, after `until`."""

    until: Callable[[TimedOffice], Awaitable[None]]
    by: str
    act: Callable[[Scene], Awaitable[Outcome]]
    """What this person does; done again after the restart when it was not acknowledged."""
    ends: str  # the state of the request in the end
    needs_a_call: bool = False  # it fails when the process dies before its call
    acts: int = 1  # 0 when nobody does anything
    prepare: Callable[[Scene], None] = lambda _: None  # what the stand-ins are told before
    since: str = ""  # processes die from the first point on that names this
    lives: timedelta = timedelta(seconds=100)  # how long the process lives if nothing ends it
    then: timedelta = timedelta(minutes=5)  # how much time passes after the restart


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What came of one. Lanes race, so that a life may not come to the point it was to die at."""

    dies_at: str
    passed: Sequence[str]
    ended_as: str
    calls: int
    sales: int
    cards: int
    complaints: Sequence[str]

    @property
    def has_died(self) -> bool:
        return self.passed[-1] == self.dies_at


@asynccontextmanager
async def a_process(scene: Scene, *, lives: timedelta, dies_at: str = "") -> AsyncIterator[Bot]:
    """One that serves the scene; it is gone when the context ends, whatever it was doing."""
    settings, seconds = scene.office.environment, lives.total_seconds()
    task = Task(settings=settings, now=scene.clock.now(), lives=seconds, dies_at=dies_at).model_dump_json()
    bot = await a_fork(Job(run="tests.faults.dying:live", arguments=[task], environment={}, folder=scene.folder))
    try:
        serves = Report.model_validate_json(await bot.writes("{"))
        scene.slack.events_url = f"http://127.0.0.1:{serves.port}/slack/events"
        yield bot
    finally:
        await bot.close()


async def a_life(folder: Path, moment: Moment, story: Story, dies_at: str = "") -> Life:
    """One that dies there, or lives on when it does not come there, and what another one makes of it."""
    async with a_scene(folder, moment) as scene:
        story.prepare(scene)
        async with a_process(scene, lives=story.lives, dies_at=dies_at) as process:
            outcome = await story.act(scene)
            process.is_told("everything has been sent")
            ended = Report.model_validate_json(await process.writes("{", after=1))
            await process.ends()
        assert ended.now is not None
        await scene.restart(ended.now)
        outcomes = [outcome] if outcome == Done() else [outcome, await story.act(scene)]
        await scene.live(story.then)
        request = await scene.request()
        acknowledged, done = outcomes.count(Done()) * story.acts, len(outcomes) * story.acts
        return Life(
            dies_at=dies_at,
            passed=ended.passed,
            ended_as="nothing" if request is None else request.status.value,
            calls=len(scene.vobiz.purchase_calls),
            sales=len(scene.vobiz.sales),
            cards=len(scene.slack.messages(NUMBERS)),
            complaints=await scene.complaints(acknowledged={story.by: acknowledged}, done={story.by: done}),
        )


def deaths(passed: Sequence[str]) -> list[str]:
    """Between the end of one thing and the beginning of the next nothing happens: both points are one death."""
    pairs = pairwise(["", *passed])
    return [point for before, point in pairs if not (before.startswith("after") and point.startswith("before"))]


async def lives(folder: Path, story: Story) -> list[Life]:
    """A first one that counts the points, then some for each death there is, or for every fifth."""
    moment = await a_moment(folder / "moment", story.until)
    whole = await a_life(folder / "whole", moment, story)
    points = deaths(list(dropwhile(lambda point: story.since not in point, whole.passed)))
    free = asyncio.Semaphore(AT_ONCE)

    async def live(number: int, point: str) -> list[Life]:
        tried: list[Life] = []
        async with free:
            while not (tried and tried[-1].has_died) and len(tried) < TRIES:
                tried.append(await a_life(folder / f"{number}-{len(tried)}", moment, story, point))
        return tried

    async with asyncio.TaskGroup() as group:
        living = [group.create_task(live(number, point)) for number, point in enumerate(points[::EVERY])]
    return [whole, *(life for lived in living for life in lived.result())]
