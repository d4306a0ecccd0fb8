"""`python -m tests.bench`: how fast the bot is, beside what somebody might write instead. Linux alone.

Everybody is measured from outside, as a process of its own before the same stand-ins, in rounds: what stands beside it,
the bot, what stands beside it again. A ratio that is no further from 1 than the same thing was from itself is not
told. Exit codes: 0 measured, 1 with --short a ratio is more than twice what is wanted or reached, 2 wrong use.
"""

import argparse
import asyncio
import json
import os
import platform
import signal
import sys
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import replace

from tests.bench.contestants import BARE, BEFORE, NAIVE, POSTGRES, SQLITE, Contestant, Stage, makes_durable
from tests.bench.figures import FIGURES, Line, as_facts, as_row, line, table
from tests.bench.growth import measure_growth
from tests.bench.rounds import FULL, SHORT, Samples, a_round
from tests.harness.postgres import Server, a_server

LEAST_ROUNDS = 3

CORES_FOR_OTHERS = 2
"""The server's, and what the client and the stand-ins need: without them more processes only wait for one another."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS, help=f"at least {LEAST_ROUNDS}, the default")
    parser.add_argument("--short", action="store_true", help="less of everything, under a minute; 1 when far off")
    parser.add_argument("--postgres", action="store_true", help="the bot on PostgreSQL, and on SQLite beside it")
    parser.add_argument("--processes", type=int, default=1, help="of the bot, on one PostgreSQL database")
    parser.add_argument("--growth", action="store_true", help="what is read all the time, with ever more past requests")
    parser.add_argument("--json", action="store_true", help="one object instead of a table")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: nothing is left running
    if chosen.rounds < LEAST_ROUNDS or chosen.processes < 1:
        parser.error(f"at least {LEAST_ROUNDS} rounds, and one process")
    if chosen.processes > 1 and not chosen.postgres:
        parser.error("several processes need --postgres")
    with ExitStack() as stack:
        server = stack.enter_context(a_server()) if chosen.postgres else None
        if server is not None:
            makes_durable(server)
        lines = asyncio.run(measure_growth(chosen.rounds, server) if chosen.growth else measure(chosen, server))
    say(lines, as_json=chosen.json)
    return 1 if chosen.short and any(measured.is_far_off for measured in lines) else 0


async def measure(chosen: argparse.Namespace, server: Server | None) -> list[Line]:
    """Everybody in rounds; what came of it by figure."""
    sizes, beside = SHORT if chosen.short else FULL, [BARE, NAIVE] if chosen.short else [BARE, BEFORE, NAIVE]
    ours = replace(POSTGRES if chosen.postgres else SQLITE, name="here", processes=chosen.processes)
    if chosen.postgres:
        beside += [SQLITE, *([POSTGRES] if chosen.processes > 1 else [])]
    here: list[Samples] = []
    others: dict[str, list[tuple[Samples, Samples]]] = defaultdict(list)

    async def run(stage: Stage, one: Contestant) -> Samples:
        is_bare = one in (BARE, BEFORE)
        return await a_round(stage, one, sizes, buys=not is_bare, answers=is_bare or one is ours)

    async with Stage(server).open() as stage:
        for number in range(chosen.rounds):
            sys.stderr.write(f"round {number + 1} of {chosen.rounds}\n")
            first = [await run(stage, one) for one in beside]
            here.append(await run(stage, ours))
            for one, before in zip(beside, first, strict=True):
                others[one.name].append((before, await run(stage, one)))
    few_cores = (os.cpu_count() or 1) < chosen.processes + CORES_FOR_OTHERS
    return [
        measured
        for figure in FIGURES
        if not (few_cores and figure.beside == POSTGRES.name)
        and (measured := line(figure, here, others[figure.beside] if figure.beside else [])) is not None
    ]


def say(lines: list[Line], *, as_json: bool) -> None:
    """On stdout."""
    if as_json:
        written = json.dumps({"machine": machine(), "figures": [as_facts(one) for one in lines]}, indent=2)
    else:
        written = f"{machine()}\n\n{table([as_row(one) for one in lines])}"
    sys.stdout.write(f"{written}\n")


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
