"""`python -m tests.bench.memory`: 10,000 requests through one process, which is as large then as after 1,000.

All are bought, but for those that a busy bot refuses.

Exit codes: 0 it is, 1 it is more than 5 % larger or it took too long, 2 wrong use.
"""

import argparse
import asyncio
import signal
import sys

from tests.bench.client import NotAnswered
from tests.bench.contestants import SQLITE, Running, Stage
from tests.bench.rounds import Samples, buy

SETTLED_AFTER = 1_000
"""Requests, in which whatever is kept for good has been kept."""

MOST_LARGER = 0.05

AT_ONCE = 8


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000, help=f"more than {SETTLED_AFTER:,} (default: 10,000)")
    parser.add_argument("--minutes", type=float, default=60, help="the longest it may take (default: 60)")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: nothing is left running
    if chosen.requests <= SETTLED_AFTER:
        parser.error(f"--requests: more than {SETTLED_AFTER:,}")
    try:
        before, after = asyncio.run(measure(chosen.requests, minutes=chosen.minutes))
    except TimeoutError:
        sys.stdout.write(f"not done in {chosen.minutes:g} minutes\n")
        return 1
    grown = after / before - 1
    sys.stdout.write(f"{grown:+.1%} since the first {SETTLED_AFTER:,}, at most {MOST_LARGER:+.0%} is wanted\n")
    return 1 if grown > MOST_LARGER else 0


async def measure(requests: int, *, minutes: float) -> tuple[float, float]:
    """MB after the first thousand, and after all. Raises `TimeoutError`."""
    async with asyncio.timeout(minutes * 60), Stage(None).open() as stage, stage.brings(SQLITE) as running:
        before = after = await _larger(running, SETTLED_AFTER)
        for done in range(SETTLED_AFTER, requests, SETTLED_AFTER):
            after = await _larger(running, min(SETTLED_AFTER, requests - done))
    return before, after


async def _larger(running: Running, requests: int) -> float:
    """MB after so many more."""
    left, refused = iter(range(requests)), 0

    async def buy_on() -> None:
        nonlocal refused
        for _ in left:
            try:
                await buy(running, Samples(list))
            except NotAnswered:
                refused += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(buy_on())
    await running.slack.quiet(1)
    (process,) = running.processes
    sys.stdout.write(f"{process.memory:.1f} MB after {requests:,} more, {refused:,} of them refused\n")
    sys.stdout.flush()
    return process.memory


if __name__ == "__main__":
    sys.exit(main())
