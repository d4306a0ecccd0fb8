"""The search: every state that can be reached within a scenario's bounds, each compared whole, breadth first."""

import time
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from tests.model import words as w
from tests.model.arrows import DECLARED
from tests.model.passing import passing, sweep
from tests.model.people import people
from tests.model.promise import PROMISE
from tests.model.provider import provider
from tests.model.scenarios import Scenario, initial
from tests.model.state import Arrow, Kept, State, Steps
from tests.model.workers import workers


class Result(NamedTuple):
    """What a search found. `broken` is empty when everything holds; then `trace` is empty too."""

    states: int
    transitions: int
    depth: int
    seconds: float
    broken: str
    trace: list[str]  # the shortest way to it, in words
    taken: frozenset[Arrow]


NOT_FINISHED = "not finished"


def steps(state: State, scenario: Scenario) -> Steps:
    """Everything that may happen next."""
    yield from people(state, scenario)
    yield from passing(state, scenario)
    yield from sweep(state, scenario)
    yield from provider(state, scenario)
    yield from workers(state, scenario)


def explore(scenario: Scenario, limit: int = 0) -> Result:
    """Breadth first, so that the first trace is a shortest one. Stops at the first violation, or past the limit."""
    began = time.monotonic()
    start = initial(scenario)
    before: dict[State, State | None] = {start: None}
    frontier, depth, transitions = [start], 0, 0
    kept: Kept = {part: part for part in start}
    leads_to = defaultdict[State, list[State]](list)
    taken: set[Arrow] = set()
    is_whole = all(scenario.holds.values())

    def result(broken: str, trace: list[str]) -> Result:
        seconds = time.monotonic() - began
        return Result(len(before), transitions, depth, seconds, broken, trace, frozenset(taken))

    while frontier:
        following = []
        for here in frontier:
            for kind, words, draft, broken in steps(here, scenario):
                transitions += 1
                there = draft.state(kept)
                taken.update(draft.taken)
                if is_whole and not broken:
                    broken = undeclared(here, there, draft.taken)
                if there not in before:
                    before[there] = here
                    following.append(there)
                    broken = broken or first_broken(there, scenario)
                if broken:
                    return result(broken, [*trace(here, before, scenario), words])
                if scenario.way_out and kind in ("bot", "time"):
                    leads_to[there].append(here)
            if limit and len(before) > limit:
                return result(NOT_FINISHED, [])
        frontier = following
        depth += bool(following)
    return result(*no_way_out(before, leads_to, scenario)) if scenario.way_out else result("", [])


def first_broken(state: State, scenario: Scenario) -> str | None:
    """The first sentence of the promise that this state breaks."""
    for check in PROMISE:
        for broken in check(state, scenario):
            if not broken.startswith(scenario.ignore):
                return broken
    return None


def undeclared(here: State, there: State, taken: tuple[Arrow, ...]) -> str | None:
    """Every arrow that a step takes is declared, and every change of a request or attempt is an arrow that it took."""
    if not DECLARED.issuperset(taken):
        return f"Arrow: not declared: {taken}"
    if there.requests is here.requests and there.attempts is here.attempts:
        return None
    took = {(machine, before, after) for machine, before, _, after in taken}
    for was, now in zip(here.requests, there.requests, strict=False):
        if was.status != now.status and ("request", w.STATUS[was.status], w.STATUS[now.status]) not in took:
            return f"Arrow: {w.STATUS[was.status]} became {w.STATUS[now.status]} without one"
    for made, ended in zip(here.attempts, there.attempts, strict=False):
        if made.outcome != ended.outcome and ("attempt", w.OUTCOME[made.outcome], w.OUTCOME[ended.outcome]) not in took:
            return f"Arrow: {w.OUTCOME[made.outcome]} became {w.OUTCOME[ended.outcome]} without one"
    return None


def trace(state: State, before: Mapping[State, State | None], scenario: Scenario) -> list[str]:
    """How the search came to this state."""
    lines: list[str] = []
    there: State | None = state
    while there is not None and (here := before[there]) is not None:
        lines.append(next(words for _, words, draft, _ in steps(here, scenario) if draft.state({}) == there))
        there = here
    return lines[::-1]


def no_way_out(
    before: Mapping[State, State | None], leads_to: Mapping[State, list[State]], scenario: Scenario
) -> tuple[str, list[str]]:
    """The first state, with the way to it, from which the bot alone comes neither to an end nor to people who decide.

    `leads_to` are, for each state, those from which the bot or time alone leads there. Empty when there is none.
    """
    good = {
        state
        for state in before
        if all(request.status > w.CHECKING or request.asks_people for request in state.requests)
    }
    queue = list(good)
    while queue:
        for earlier in leads_to.get(queue.pop(), ()):
            if earlier not in good:
                good.add(earlier)
                queue.append(earlier)
    for state in before:  # in breadth-first order
        if state not in good:
            statuses = "+".join(w.STATUS[request.status] for request in state.requests)
            broken = f"Way out: from {statuses} there is none without people and the provider"
            return broken, trace(state, before, scenario)
    return "", []
