"""Runs the machine in one world after another: a few fixed examples for the suite, any number for `python -m`."""

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
    machine = _machine_in(world)
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


def _machine_in(world: World) -> type[Machine]:
    return type("InThisWorld", (Machine,), {"world": world})
