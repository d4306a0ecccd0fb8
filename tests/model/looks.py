"""A worker that looks: what the provider shows after a call without a definite answer, and what follows from it."""

from tests.model.arrows import credit, fail
from tests.model.facts import has_lease, has_unexplained, is_credited, is_listed_as_ours, is_on_sale, may_claim
from tests.model.scenarios import Scenario
from tests.model.state import Draft, Request, State, Steps, Worker
from tests.model.words import (
    BY_LOOKS,
    CHECKING,
    CLEAN,
    DEBIT,
    ENOUGH,
    FOUND,
    MINUTE,
    OURS,
    REFUSED,
    SAW,
    STATUS,
    UNCLEAR,
)


def look(state: State, scenario: Scenario, k: int, request: Request, name: str) -> Steps:
    attempt, number = state.attempts[request.attempt - 1], state.numbers[request.number]
    if is_listed_as_ours(number):
        seen, words = OURS, "ours"
    elif scenario.holds["debit-look"] and has_unexplained(state, request.number):
        seen, words = DEBIT, "a debit without a number"
    elif is_on_sale(number):
        is_apart = attempt.clean_since >= 2 or not scenario.holds["two-looks"]
        is_late = attempt.clock >= MINUTE or not scenario.holds["minute"]
        seen, words = (ENOUGH if is_apart and is_late else CLEAN), "on sale, no debit"
    else:
        seen, words = UNCLEAR, "neither ours nor on sale"
    yield "reads", f"{name} looks: {words}", Draft(state).worker(k, step=SAW, saw=seen), None
    if seen != UNCLEAR:
        yield "bot", f"{name} looks: a read fails", Draft(state).worker(k, step=SAW, saw=UNCLEAR), None


def on_saw(state: State, scenario: Scenario, k: int, worker: Worker, request: Request, name: str) -> Steps:
    """The transaction after a look. Only a look that is not certain may be the last one."""
    r, i, draft = worker.request, request.attempt - 1, Draft(state).rest(k)
    if not (request.status == CHECKING and has_lease(worker, scenario)):
        yield "bot", f"{name}: no row changed", draft, None
        return
    if worker.saw == OURS and may_claim(state, i, scenario):
        credit(draft, i, "found", FOUND, scenario, charge_is_read=scenario.holds["charge"])
    elif worker.saw == OURS and is_credited(state, request.number):
        fail(draft, r, "sold to another request", REFUSED, scenario)
    elif worker.saw == ENOUGH:
        fail(draft, r, "not bought", BY_LOOKS, scenario)
    elif worker.saw == CLEAN and not state.attempts[i].clean_since:
        draft.attempt(i, clean_since=1)
    elif worker.saw == DEBIT and not request.alerted:
        draft.move(r, "charged without number", CHECKING, alerted=1)
    yield "bot", f"{name}: after the look {STATUS[draft.requests[r].status]}", draft, None
    if draft.requests[r].status == CHECKING and state.attempts[i].clock >= MINUTE:
        last = draft.copy().move(r, "people asked", CHECKING, work=0, asks_people=1)
        yield "bot", f"{name}: last look, now people decide", last, None
