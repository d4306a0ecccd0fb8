"""What time does: requests expire, approvals lapse, calls that have ended grow old, and the sweep comes round."""

from tests.model import words as w
from tests.model.arrows import ask_again, credit
from tests.model.facts import (
    attempts_on,
    decided_with,
    has_unexplained,
    is_listed_as_ours,
    is_running,
    may_claim,
    may_happen,
)
from tests.model.scenarios import Scenario
from tests.model.state import Draft, Request, State, Steps, Sweep


def passing(state: State, scenario: Scenario) -> Steps:
    for i, request in enumerate(state.requests):
        yield from deadlines(state, scenario, i, request)
    if may_tick(state, scenario):
        yield "time", "time passes", later(state), None


def deadlines(state: State, scenario: Scenario, i: int, request: Request) -> Steps:
    name = f"R{i + 1}"
    may_expire = request.status == w.PENDING or (request.status == w.APPROVED and not scenario.holds["renew-expiry"])
    if may_happen(state, "expiry") and not request.overdue and may_expire:
        draft = Draft(state).happened("expiry")
        for j in decided_with(state, i, scenario):
            draft.request(j, overdue=1)
        yield "time", f"{name}: expires_at passes", draft, None
    if request.overdue and request.expiry and request.status == w.PENDING:
        draft = Draft(state)
        for j in decided_with(state, i, scenario):
            draft.move(j, "expired", w.CLOSED, reserved=0)
        yield "bot", f"{name} expired", draft, None
    elif request.overdue and request.expiry:
        words = f"{name}: expiry finds it {w.STATUS[request.status]}, its work is done"
        yield "bot", words, Draft(state).request(i, expiry=0), None
    if request.status == w.APPROVED and may_happen(state, "lapse") and scenario.holds["lapse"]:
        draft = Draft(state).happened("lapse")
        ask_again(draft, i, "lapsed", scenario)
        yield "time", f"{name}: 15 minutes without a call -> pending", draft, None


def may_tick(state: State, scenario: Scenario) -> bool:
    """May time pass, or has the provider to do something before that?"""
    for i, attempt in enumerate(state.attempts):
        of_it = [worker for worker in state.workers if worker.attempt == i]
        if any(worker.step == w.CALLING and worker.lease == w.VALID for worker in of_it):
            continue  # this call has not ended yet
        about_to = scenario.split and any(worker.step == w.LOOKED for worker in of_it)
        may_commit = is_running(attempt) or about_to
        if attempt.ended and may_commit and attempt.clock < scenario.late <= attempt.clock + 1:
            return False  # it ends its calls within its time
        number = state.numbers[state.requests[attempt.request].number]
        if attempt.ended and attempt.clock + 1 == w.HOUR and not number.listed:
            return False  # its lists catch up within the hour
    return all(number.booked for number in state.numbers)  # the ledger is less than 5 s behind


def later(state: State) -> Draft:
    """One tick later. An attempt's clock stands still while its call runs."""
    draft = Draft(state)
    if state.control.frozen == 1:
        draft.control = draft.control._replace(frozen=2)
    for i, attempt in enumerate(state.attempts):
        if attempt.outcome in (w.OPEN, w.BY_LOOKS) and not attempt.settled:
            if attempt.ended:
                since = attempt.clean_since
                draft.attempt(i, clock=min(attempt.clock + 1, w.HOUR), clean_since=since and min(since + 1, 2))
            elif attempt.call == w.NOT_SENT:
                draft.attempt(i, clock=w.FIVE_SECONDS)
    return draft


def sweep(state: State, scenario: Scenario) -> Steps:
    """The hourly sweep: late truths, debits without a number, settling."""
    if not scenario.sweeps:
        yield from compare(state, scenario, read(state), "sweep")
        return
    has_lease = scenario.holds["sweep-lease"]
    for swept in state.sweeps:
        yield from compare(state, scenario, swept, "a sweep that has read")
        draft = Draft(state)
        draft.sweeps.remove(swept)
        yield "bot", "a sweep is through", draft, None
    if has_lease or len(state.sweeps) < scenario.sweeps:
        draft = Draft(state)
        draft.sweeps = [*([] if has_lease else state.sweeps), read(state)]
        yield "reads", "a sweep reads", draft, None


def read(state: State) -> Sweep:
    """What a sweep reads now."""
    return Sweep(state.numbers, tuple(int(attempt.clock >= w.HOUR) for attempt in state.attempts))


def compare(state: State, scenario: Scenario, swept: Sweep, name: str) -> Steps:
    """What follows from a sweep's read, a request after the other."""
    seen = state._replace(numbers=swept.numbers)
    for i, request in enumerate(state.requests):
        words = f"{name}: R{i + 1}"
        if not 0 < request.attempt <= len(swept.over):
            continue
        if request.status == w.FAILED:
            yield from compare_failed(state, scenario, i, swept, words)
        elif request.status == w.PURCHASED and not request.alerted and scenario.holds["sweep-purchased"]:
            is_ours = seen.numbers[request.number].owner == w.US
            is_surplus = has_unexplained(seen, request.number) and not is_taken_over(state, scenario, request)
            if is_ours and not is_surplus:
                continue
            words = f"{words} purchased, but not ours or charged twice: alert"
            yield "reads", words, Draft(state).request(i, alerted=1), None


def is_taken_over(state: State, scenario: Scenario, request: Request) -> bool:
    """Does a later attempt for its number tell of what is charged from then on?"""
    later = [state.attempts[i].outcome for i in attempts_on(state, request.number) if i >= request.attempt]
    tells = (w.OPEN, w.BOUGHT, w.FOUND, w.BY_LOOKS)
    return any(outcome in tells or not scenario.holds["told-twice"] for outcome in later)


def compare_failed(state: State, scenario: Scenario, i: int, swept: Sweep, name: str) -> Steps:
    request, holds, seen = state.requests[i], scenario.holds, state._replace(numbers=swept.numbers)
    k, n = request.attempt - 1, request.number
    attempt = state.attempts[k]
    if attempt.outcome != w.BY_LOOKS:
        return
    if is_listed_as_ours(seen.numbers[n]) and may_claim(state, k, scenario):
        if holds["late-truth"]:
            draft = Draft(state)
            credit(draft, k, "found late", w.FOUND, scenario, charge_is_read=holds["charge"])
            draft.request(i, alerted=1)
            yield "reads", f"{name} found among own numbers -> purchased", draft, None
    elif holds["sweep-ledger"] and has_unexplained(seen, n):
        if not request.alerted and k == attempts_on(state, n)[-1]:
            yield "reads", f"{name} charged without a number: alert", Draft(state).request(i, alerted=1), None
    elif request.alerted or (swept.over[k] and not attempt.settled):
        draft = Draft(state).request(i, alerted=0)
        if swept.over[k]:
            draft.attempt(k, settled=1).request(i, reserved=0)
        is_true = not (request.alerted and has_unexplained(state, n))
        broken = None if is_true else "Truth: an alert is taken back, and its debit stands"
        yield "reads", f"{name} nothing to explain, settled after the hour", draft, broken
