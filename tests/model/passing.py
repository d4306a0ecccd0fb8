"""What time does: requests expire, approvals lapse, calls that have ended grow old, and the sweep comes round."""

from tests.model.arrows import ask_again, credit
from tests.model.facts import attempts_on, has_unexplained, is_listed_as_ours, may_claim, may_happen
from tests.model.scenarios import Scenario
from tests.model.state import Draft, Request, State, Steps
from tests.model.words import (
    APPROVED,
    BY_LOOKS,
    CALLING,
    CLOSED,
    FAILED,
    FIVE_SECONDS,
    FOUND,
    HOUR,
    LOOKED,
    NOT_SENT,
    OPEN,
    OVER,
    PENDING,
    PURCHASED,
    STATUS,
    US,
    VALID,
)


def passing(state: State, scenario: Scenario) -> Steps:
    for i, request in enumerate(state.requests):
        yield from deadlines(state, scenario, i, request)
    if may_tick(state, scenario):
        yield "time", "time passes", later(state), None


def deadlines(state: State, scenario: Scenario, i: int, request: Request) -> Steps:
    name = f"R{i + 1}"
    may_expire = request.status == PENDING or (request.status == APPROVED and not scenario.holds["renew-expiry"])
    if may_happen(state, "expiry") and not request.overdue and may_expire:
        yield "time", f"{name}: expires_at passes", Draft(state).happened("expiry").request(i, overdue=1), None
    if request.overdue and request.expiry and request.status == PENDING:
        yield "bot", f"{name} expired", Draft(state).move(i, "expired", CLOSED, reserved=0), None
    elif request.overdue and request.expiry:
        words = f"{name}: expiry finds it {STATUS[request.status]}, its work is done"
        yield "bot", words, Draft(state).request(i, expiry=0), None
    if request.status == APPROVED and may_happen(state, "lapse") and scenario.holds["lapse"]:
        draft = Draft(state).happened("lapse")
        ask_again(draft, i, "lapsed", scenario)
        yield "time", f"{name}: 15 minutes without a call -> pending", draft, None


def may_tick(state: State, scenario: Scenario) -> bool:
    """May time pass, or has the provider to do something before that?"""
    for i, attempt in enumerate(state.attempts):
        of_it = [worker for worker in state.workers if worker.attempt == i]
        if any(worker.step == CALLING and worker.lease == VALID for worker in of_it):
            continue  # this call has not ended yet
        about_to = scenario.split and any(worker.step == LOOKED for worker in of_it)
        is_running = NOT_SENT < attempt.call < OVER or about_to
        if attempt.ended and is_running and attempt.clock < scenario.late <= attempt.clock + 1:
            return False  # it ends its calls within its time
        number = state.numbers[state.requests[attempt.request].number]
        if attempt.ended and attempt.clock + 1 == HOUR and not number.listed:
            return False  # its lists catch up within the hour
    return all(number.booked for number in state.numbers)  # the ledger is less than 5 s behind


def later(state: State) -> Draft:
    """One tick later. An attempt's clock stands still while its call runs."""
    draft = Draft(state)
    if state.control.frozen == 1:
        draft.control = draft.control._replace(frozen=2)
    for i, attempt in enumerate(state.attempts):
        if attempt.outcome in (OPEN, BY_LOOKS) and not attempt.settled:
            if attempt.ended:
                since = attempt.clean_since
                draft.attempt(i, clock=min(attempt.clock + 1, HOUR), clean_since=since and min(since + 1, 2))
            elif attempt.call == NOT_SENT:
                draft.attempt(i, clock=FIVE_SECONDS)
    return draft


def sweep(state: State, scenario: Scenario) -> Steps:
    """The hourly sweep: late truths, debits without a number, settling."""
    for i, request in enumerate(state.requests):
        name = f"sweep: R{i + 1}"
        if request.status == FAILED and request.attempt:
            yield from compare_failed(state, scenario, i, request, name)
        elif request.status == PURCHASED and not request.alerted and scenario.holds["sweep-purchased"]:
            if state.numbers[request.number].owner == US and not has_unexplained(state, request.number):
                continue
            words = f"{name} purchased, but not ours or charged twice: alert"
            yield "reads", words, Draft(state).request(i, alerted=1), None


def compare_failed(state: State, scenario: Scenario, i: int, request: Request, name: str) -> Steps:
    k, n, holds = request.attempt - 1, request.number, scenario.holds
    attempt = state.attempts[k]
    if attempt.outcome != BY_LOOKS:
        return
    if is_listed_as_ours(state.numbers[n]) and may_claim(state, k, scenario):
        if holds["late-truth"]:
            draft = Draft(state)
            credit(draft, k, "found late", FOUND, scenario, charge_is_read=holds["charge"])
            draft.request(i, alerted=1)
            yield "reads", f"{name} found among own numbers -> purchased", draft, None
    elif holds["sweep-ledger"] and not request.alerted and k == attempts_on(state, n)[-1] and has_unexplained(state, n):
        yield "reads", f"{name} charged without a number: alert", Draft(state).request(i, alerted=1), None
    elif not attempt.settled and attempt.clock >= HOUR and not (holds["sweep-ledger"] and has_unexplained(state, n)):
        yield "reads", f"{name} settled", Draft(state).attempt(k, settled=1).request(i, reserved=0), None
