"""`python -m tests.machine --examples 1000`: as many examples as there is time for, in every world."""

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.limits import World
from tests.machine.machine import Machine
from tests.machine.processes import overheard

STEPS = 20  # in one example; a purchase from its beginning is one of them

PROMPT = {"ends_calls_within": timedelta(seconds=50), "ledger_lag": timedelta(0)}
SLOW = {"ends_calls_within": timedelta(minutes=50), "ledger_lag": timedelta(seconds=45)}

WORLDS: Sequence[World] = (
    World(name="prompt", names_numbers=True, **PROMPT),
    World(name="prompt and silent", names_numbers=False, **PROMPT),
    World(name="slow", names_numbers=True, **SLOW),
    World(name="slow and silent", names_numbers=False, **SLOW),
)


def run(world: World, *, seed: int, examples: int, steps: int = STEPS, shrinks: bool = False) -> None:
    """The same seed draws the same examples. Raises `AssertionError` with what is broken and what was done before."""
    machine: type[Machine] = type("InThisWorld", (Machine,), {"world": world})
    seeded(seed)(machine)
    with overheard():
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                derandomize=True,
                database=None,
                deadline=None,
                print_blob=True,
                report_multiple_bugs=False,
                phases=[Phase.generate, *([Phase.shrink] if shrinks else [])],
                suppress_health_check=list(HealthCheck),
            ),
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.machine", description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="in each world (default: 100)")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"in each example (default: {STEPS})")
    parser.add_argument("--seed", type=int, default=0, help="another seed draws other examples (default: 0)")
    parser.add_argument("--world", choices=[world.name for world in WORLDS], help="one of them alone")
    parser.add_argument("--no-shrinking", action="store_true", help="show the first failure as it was drawn")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    for world in WORLDS:
        if given.world in (None, world.name):
            began = time.monotonic()
            run(world, seed=given.seed, examples=given.examples, steps=given.steps, shrinks=not given.no_shrinking)
            sys.stdout.write(f"{world.name}: {given.examples} examples hold, {time.monotonic() - began:.0f} s\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
