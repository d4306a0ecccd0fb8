"""What each contestant does in a round, and the figures that come of it: samples by name, in seconds, MB or pieces."""

import asyncio
import sys
import time
from collections import defaultdict
from dataclasses import dataclass

from tests.bench.contestants import Contestant, Running, Stage

Samples = defaultdict[str, list[float]]

IN_FLIGHT = 64
TEN_A_SECOND = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much of each a round holds; nought leaves it out."""

    warm: int = 3
    one_by_one: int = 20
    burst: int = 60
    busy: int = 100
    paced: int = 30
    unpaused: int = 100
    in_flight: int = 640


FULL = Sizes()
SHORT = Sizes(warm=1, one_by_one=4, burst=12, busy=0, paced=8, unpaused=20, in_flight=128)


async def a_round(stage: Stage, contestant: Contestant, sizes: Sizes, *, buys: bool, answers: bool) -> Samples:
    """One life of it: purchases one by one, then at once; then answers. `buys` and `answers` say which of the two."""
    samples = Samples(list)
    async with stage.brings(contestant) as running:
        samples["ready"].append(running.processes[0].ready_after)
        await running.slack.quiet()
        samples["memory"].append(running.processes[0].memory)
        if buys:
            await _warm(running, sizes.warm)
            await _one_by_one(running, samples, sizes.one_by_one)
            await _burst(running, samples, sizes.burst)
            if sizes.busy:
                await _busy(running, samples, sizes)
        if answers:
            await _paced(running, samples["answer_paced"], sizes.paced, waits=buys)
            await _unpaused(running, samples, sizes.unpaused, waits=buys)
            await _in_flight(running, samples, sizes.in_flight)
        refused, lost = running.slack.refused, running.slack.lost
        if refused or lost:
            sys.stderr.write(f"{contestant.name}: {refused} commands were refused, {lost} approvals came to nothing\n")
    return samples


async def buy(running: Running, samples: Samples) -> None:
    """A whole purchase: asked for, approved at once, told in the thread."""
    slack, number = running.slack, running.slack.next_number()
    asked = time.monotonic()
    await slack.ask(number)
    samples["card"].append((await slack.card(number))["at"] - asked)
    clicked = time.monotonic()
    await slack.approve(number)
    samples["details"].append((await slack.details(number))["at"] - clicked)


async def _warm(running: Running, how_many: int) -> None:
    for _ in range(how_many):
        await buy(running, Samples(list))
    await running.slack.quiet()


async def _one_by_one(running: Running, samples: Samples, how_many: int) -> None:
    took, calls = running.processor_time, running.slack.calls
    for _ in range(how_many):
        await buy(running, samples)
    await running.slack.quiet()
    samples["processor"].append((running.processor_time - took) / how_many)
    samples["calls"].append((running.slack.calls - calls) / how_many)


async def _burst(running: Running, samples: Samples, how_many: int) -> None:
    took = running.processor_time
    samples["a_second"].append(await _at_once(running, how_many))
    await running.slack.quiet()
    samples["processor_in_burst"].append((running.processor_time - took) / how_many)


async def _at_once(running: Running, how_many: int) -> float:
    """Purchases a second, from the first click to the last details.

    All are asked for before, and some refused; some may have to be approved again, when it is too busy.
    """
    slack = running.slack
    asked = [slack.next_number() for _ in range(how_many)]
    await asyncio.gather(*map(slack.ask, asked))
    numbers = [number for number in asked if await slack.is_asked_for(number)]
    clicked = time.monotonic()
    await asyncio.gather(*map(slack.approve, numbers))
    told = await asyncio.gather(*map(slack.details, numbers), return_exceptions=True)
    bought: list[float] = [call["at"] for call in told if not isinstance(call, BaseException)]
    slack.lost += len(numbers) - len(bought)
    return len(bought) / (max(bought) - clicked)


async def _busy(running: Running, samples: Samples, sizes: Sizes) -> None:
    """One burst after the other is judged, while commands come all the time."""
    others = asyncio.create_task(_paced(running, samples["answer_while_busy"], sizes.busy, waits=True))
    try:
        while not others.done():
            await _at_once(running, sizes.burst)
    finally:
        others.cancel()
    await others


async def _paced(running: Running, answers: list[float], how_many: int, *, waits: bool) -> None:
    """Ten a second, whatever becomes of those before."""
    slack, asking, numbers = running.slack, [], [running.slack.next_number() for _ in range(how_many)]
    for number in numbers:
        asking.append(asyncio.create_task(slack.ask(number)))
        await asyncio.sleep(TEN_A_SECOND)
    answers += await asyncio.gather(*asking)
    if waits:
        await asyncio.gather(*map(slack.is_asked_for, numbers))


async def _unpaused(running: Running, samples: Samples, how_many: int, *, waits: bool) -> None:
    slack, numbers = running.slack, [running.slack.next_number() for _ in range(how_many)]
    for number in numbers:
        samples["answer_unpaused"].append(await slack.ask(number))
    if waits:
        await asyncio.gather(*map(slack.is_asked_for, numbers))


async def _in_flight(running: Running, samples: Samples, how_many: int) -> None:
    """Nobody waits for the cards."""
    left = iter([running.slack.next_number() for _ in range(how_many)])

    async def ask_on() -> None:
        for number in left:
            await running.slack.ask(number)

    began = time.monotonic()
    await asyncio.gather(*(ask_on() for _ in range(IN_FLIGHT)))
    samples["answers_a_second"].append(how_many / (time.monotonic() - began))
