"""`python -m tests.attack [--payloads N] [--seed S] [--only NUMBER]`: what Slack sends, spoilt, over both transports.

Then connections that say too little, too much or nothing. Prints one table for each. Exit codes: 0 nothing is wrong,
1 something is (the seed to repeat it is printed), 2 wrong use.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path
from random import SystemRandom
from typing import get_args

from tests.attack.crowd import Crowd
from tests.attack.siege import Siege, a_siege
from tests.harness.office import Transport
from tests.harness.process import stop_forking

SHOWN = 10  # problems printed at most


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--payloads", type=int, default=10_000, help="how many, in all (default: 10000)")
    parser.add_argument("--connections", type=int, default=1000, help="how many come to stay (default: 1000)")
    parser.add_argument("--seed", type=int, default=None, help="what to repeat; a random one when it is left out")
    parser.add_argument("--only", type=int, default=None, help="one payload alone, by its number")
    chosen = parser.parse_args()
    logging.getLogger("aiohttp.server").disabled = True  # the stand-in's, of addresses that are none
    seed = SystemRandom().randrange(2**32) if chosen.seed is None else chosen.seed
    numbers = range(chosen.payloads) if chosen.only is None else range(chosen.only, chosen.only + 1)
    with tempfile.TemporaryDirectory(prefix="buynumber-attack-") as folder:
        for transport in get_args(Transport):
            (Path(folder) / transport).mkdir()
        try:
            return asyncio.run(attack(Path(folder), numbers, chosen.connections, seed))
        finally:
            stop_forking()
            sys.stdout.write(f"Repeat it with: python -m tests.attack --payloads {chosen.payloads} --seed {seed}\n")


async def attack(folder: Path, numbers: range, connections: int, seed: int) -> int:
    """Half of them over each transport; the exit code."""
    problems = 0
    for turn, transport in enumerate(get_args(Transport)):
        mine = numbers if len(numbers) == 1 else numbers[turn::2]
        began = time.monotonic()
        async with a_siege(folder / transport, transport, str(seed)) as siege:
            first = len(mine) // 5
            await siege.throw(mine[:first])
            siege.warm()
            await siege.throw(mine[first:])
            if transport == "http":
                await Crowd(siege, connections).comes_and_goes()
            await siege.end()
        _write(siege, transport, time.monotonic() - began)
        problems += len(siege.problems)
    return 1 if problems else 0


def _write(siege: Siege, transport: str, seconds: float) -> None:
    rows = {"transport": transport, "real time": f"{seconds:.0f} s", **dict(sorted(siege.seen.items()))}
    sys.stdout.writelines(f"{name:<24} {value!s}\n" for name, value in rows.items())
    sys.stdout.writelines(f"WRONG: {problem}\n" for problem in siege.problems[:SHOWN])


if __name__ == "__main__":
    sys.exit(main())
