"""`python -m tests.model`: the purchase machine of `bot/DESIGN.md`, explored completely within stated bounds.

It walks every interleaving of people, workers, the provider and time that a scenario allows, and checks the promise.
One line a scenario, and for a violation the shortest way to it. Exit code 1 when a scenario is violated that should
hold, or when none takes a declared arrow. `--without RULE` runs the scenario that shows what a rule is for.

What is modelled: people (who click on any card that was ever shown, freeze, leave, and decide in the end), two workers
that crash or stall between any two steps, a provider that commits late, takes money without handing over, moves its
prices and lags with its lists, and the hourly sweep, in one scenario with its read and its writes apart. Time has one
unit, of which only the order matters to the rules: 5 s are one tick, a minute two, an hour three. An attempt's clock
counts from its recording until the call leaves, stands still while the call runs, and counts from the call's end after
that; when the process died, from the lease's end.

Not modelled: Slack and its outbox, audit, sub-accounts without a ledger, debits that do not name their number, refunds
(a write-off stands for them), taxes, the third change of terms, the month's turn, locks and isolation (a transaction
is one step), a person's look and click as two steps, and an operator's word without a look.
"""

import argparse
import gc
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.model.arrows import DECLARED
from tests.model.explore import Result, explore
from tests.model.rules import RULES
from tests.model.scenarios import SCENARIOS, scenario_of
from tests.model.state import Arrow

AT_ONCE = 2
"""Scenarios, each in a process of its own. Deep ones take gigabytes each, and go one by one."""


def main(words: Sequence[str]) -> int:
    given = arguments(words)
    if given.list:
        sys.stdout.writelines(f"{name:16} {about}\n" for name, (about, _) in SCENARIOS.items())
        sys.stdout.writelines(f"--without {name:18} {rule.words} ({rule.shown_by})\n" for name, rule in RULES.items())
        return 0
    names = given.scenario or [RULES[rule].shown_by for rule in given.without] or list(SCENARIOS)
    run = partial(run_one, without=tuple(given.without), deep=given.deep, limit=given.limit)
    wrong, taken = 0, set[Arrow]()
    for name, result in in_order(names, run, at_once=1 if given.deep else AT_ONCE):
        expected = SCENARIOS[name][1].expect
        is_as_expected = expected in result.broken if expected else not result.broken
        say(name, result, is_as_expected=is_as_expected, is_asked_for=bool(given.scenario))
        wrong += not is_as_expected
        taken |= result.taken
    if not (given.scenario or given.without or given.limit):
        untaken = sorted(DECLARED - taken)
        sys.stdout.writelines(f"no scenario takes this arrow: {' '.join(arrow)}\n" for arrow in untaken)
        wrong += len(untaken)
    return int(wrong > 0)


def arguments(words: Sequence[str]) -> argparse.Namespace:
    as_it_is = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__, formatter_class=as_it_is)
    parser.add_argument("scenario", nargs="*", help="default: all")
    parser.add_argument("--deep", action="store_true", help="larger bounds: minutes to an hour, gigabytes of memory")
    parser.add_argument("--without", metavar="RULE", action="append", default=[], help="drop a rule, where it shows")
    parser.add_argument("--limit", type=int, default=0, metavar="STATES", help="give a scenario up after so many")
    parser.add_argument("--list", action="store_true", help="show scenarios and rules")
    given = parser.parse_args(words)
    unknown = [name for name in given.scenario if name not in SCENARIOS]
    unknown += [rule for rule in given.without if rule not in RULES]
    if unknown:
        parser.error("unknown: " + ", ".join(unknown))
    return given


def run_one(name: str, *, without: tuple[str, ...], deep: bool, limit: int) -> Result:
    gc.disable()  # millions of tuples, and no cycle among them to look for
    return explore(scenario_of(name, without=without, deep=deep), limit)


def in_order(names: list[str], run: Callable[[str], Result], *, at_once: int) -> Iterable[tuple[str, Result]]:
    """Each name with what its search found, as soon as that and all before it are known."""
    if len(names) == 1 or at_once == 1:
        for name in names:
            yield name, run(name)
        return
    with ProcessPoolExecutor(at_once) as processes:
        yield from zip(names, processes.map(run, names), strict=True)


def say(name: str, result: Result, *, is_as_expected: bool, is_asked_for: bool) -> None:
    verdict = "holds"
    if result.broken:
        verdict = f"the known limit: {result.broken}" if is_as_expected else result.broken
    sys.stdout.write(
        f"{name:16} {result.states:8} states {result.transitions:9} transitions  depth {result.depth:3}  "
        f"{result.seconds:6.1f} s  {verdict}\n"
    )
    if is_asked_for or not is_as_expected:
        sys.stdout.writelines(f"    {no:2}. {line}\n" for no, line in enumerate(result.trace, 1))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
