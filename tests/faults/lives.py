"""Lives: a process of the bot that dies at a point, another one that takes over, and what is true in the end."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import dropwhile, pairwise
from pathlib import Path

from bot.sandbox.slack import Done, Outcome
from bot.sandbox.slack.example import NUMBERS
from tests.faults.processes import a_process
from tests.faults.scenes import Moment, Scene, a_scene

AT_ONCE = 4
"""Lives side by side in one test: most of a life is waiting for another process."""

TRIES = 3
"""How often a life is lived that does not come to the point it was to die at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happens while processes die, from `moment` on."""

    moment: Moment
    by: str
    act: Callable[[Scene], Awaitable[Outcome]]
    """What this person does; done again after the restart when it was not acknowledged."""
    acts: int = 1
    """0 when nobody does anything."""
    prepare: Callable[[Scene], None] = lambda _: None
    """What the stand-ins are told before."""
    lives: timedelta = timedelta(seconds=100)
    """How long the process lives if nothing ends it."""
    then: timedelta = timedelta(minutes=5)
    """How much time passes after the restart."""
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What came of one. Lanes race, so that a life may not come to the point it was to die at."""

    dies_at: str
    passed: Sequence[str]
    was_acknowledged: bool
    ended_as: str
    calls: int
    sales: int
    cards: int
    complaints: Sequence[str]

    @property
    def has_died(self) -> bool:
        return self.passed[-1] == self.dies_at

    def row(self) -> list[str]:
        """As the table of a test shows it."""
        return [
            (self.dies_at if self.has_died else f"({self.dies_at or 'nowhere'})"),
            "acknowledged" if self.was_acknowledged else "not acknowledged",
            self.ended_as,
            f"{self.calls} called",
            f"{self.sales} sold",
            f"{self.cards} cards",
            *(self.complaints or ["as promised"]),
        ]


Keep = Callable[[Sequence[Life]], None]
"""Keeps lives for the summary of the tests."""


async def a_life(folder: Path, story: Story, dies_at: str = "") -> Life:
    """One that dies there, or lives on when it does not come there, and what another one makes of it."""
    async with a_scene(folder, story.moment, **story.settings) as scene:
        story.prepare(scene)
        async with a_process(
            scene.office.environment,
            folder,
            now=scene.clock.now(),
            lives=story.lives.total_seconds(),
            dies_at=dies_at or None,
        ) as process:
            scene.slack.events_url = process.events_url
            outcome = await story.act(scene)
            process.goes_on()
            ended = await process.ended()
        assert ended.now is not None
        await scene.restart(ended.now)
        return await _afterwards(scene, story, dies_at, ended.passed, was_acknowledged=outcome == Done())


def deaths(passed: Sequence[str]) -> list[str]:
    """Between the end of one thing and the beginning of the next nothing happens: both points are one death."""
    return [
        point
        for before, point in pairwise(["", *passed])
        if not (before.startswith("after") and point.startswith("before"))
    ]


def wrong(found: Sequence[Life]) -> list[Life]:
    """Those after which something is not as promised."""
    return [life for life in found if life.complaints]


def most_died(found: Sequence[Life]) -> bool:
    """Was there a death at nearly every point? What two lanes say at one moment may be said as one."""
    points = {life.dies_at for life in found if life.dies_at}
    return len({life.dies_at for life in found if life.has_died}) > 0.8 * len(points)


async def lives(folder: Path, story: Story, *, since: str = "") -> list[Life]:
    """A first one that counts the points, then some for each death there is, from the point that names `since` on."""
    whole = await a_life(folder / "whole", story)
    points = deaths(list(dropwhile(lambda point: since not in point, whole.passed)))
    free = asyncio.Semaphore(AT_ONCE)

    async def live(number: int, point: str) -> list[Life]:
        tried: list[Life] = []
        async with free:
            while not (tried and tried[-1].has_died) and len(tried) < TRIES:
                tried.append(await a_life(folder / f"{number}-{len(tried)}", story, point))
        return tried

    async with asyncio.TaskGroup() as group:
        living = [group.create_task(live(number, point)) for number, point in enumerate(points)]
    return [whole, *(life for lived in living for life in lived.result())]


async def _afterwards(
    scene: Scene, story: Story, dies_at: str, passed: Sequence[str], *, was_acknowledged: bool
) -> Life:
    again = [] if was_acknowledged else [await story.act(scene)]
    await scene.live(story.then)
    request = await scene.request()
    acknowledged = (was_acknowledged + again.count(Done())) * story.acts
    done = (1 + len(again)) * story.acts
    found = await scene.complaints(acknowledged={story.by: acknowledged}, done={story.by: done})
    return Life(
        dies_at=dies_at,
        passed=passed,
        was_acknowledged=was_acknowledged,
        ended_as="nothing" if request is None else request.status.value,
        calls=len(scene.vobiz.purchase_calls),
        sales=len(scene.vobiz.sales),
        cards=len(scene.slack.messages(NUMBERS)),
        complaints=found,
    )
