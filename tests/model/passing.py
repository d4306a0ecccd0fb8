"""What time does: requests expire, approvals lapse, calls that have ended grow old, and the sweep comes round."""

from tests.model import words as w
from tests.model.arrows import ask_again, credit
from tests.model.facts import attempts_on, has_unexplained, is_listed_as_ours, is_running, may_claim, may_happen
from tests.model.scenarios import Scenario
from tests.model.state import Draft, Request, State, Steps


def passing(state: State, scenario: Scenario) -> Steps:
    for i, request in enumerate(state.requests):
        yield from deadlines(state, scenario, i, request)
    if may_tick(state, scenario):
        yield "time", "time passes", later(state), None


def deadlines(state: State, scenario: Scenario, i: int, request: Request) -> Steps:
    name = f"R{i + 1}"
    may_expire = request.status == w.PENDING or (request.status == w.APPROVED and not scenario.holds["renew-expiry"])
    if may_happen(state, "expiry") and not request.overdue and may_expire:
        yield "time", f"{name}: expires_at passes", Draft(state).happened("expiry").request(i, overdue=1), None
    if request.overdue and request.expiry and request.status == w.PENDING:
        yield "bot", f"{name} expired", Draft(state).move(i, "expired", w.CLOSED, reserved=0), None
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
    for i, request in enumerate(state.requests):
        name = f"sweep: R{i + 1}"
        if request.status == w.FAILED and request.attempt:
            yield from compare_failed(state, scenario, i, request, name)
        elif request.status == w.PURCHASED and not request.alerted and scenario.holds["sweep-purchased"]:
            if state.numbers[request.number].owner == w.US and not has_unexplained(state, request.number):
                continue
            words = f"{name} purchased, but not ours or charged twice: alert"
            yield "reads", words, Draft(state).request(i, alerted=1), None


def compare_failed(state: State, scenario: Scenario, i: int, request: Request, name: str) -> Steps:
    k, n, holds = request.attempt - 1, request.number, scenario.holds
    attempt = state.attempts[k]
    if attempt.outcome != w.BY_LOOKS:
        return
    if is_listed_as_ours(state.numbers[n]) and may_claim(state, k, scenario):
        if holds["late-truth"]:
            draft = Draft(state)
            credit(draft, k, "found late", w.FOUND, scenario, charge_is_read=holds["charge"])
            draft.request(i, alerted=1)
            yield "reads", f"{name} found among own numbers -> purchased", draft, None
    elif holds["sweep-ledger"] and not request.alerted and k == attempts_on(state, n)[-1] and has_unexplained(state, n):
        yield "reads", f"{name} charged without a number: alert", Draft(state).request(i, alerted=1), None
    elif not attempt.settled and attempt.clock >= w.HOUR and not (holds["sweep-ledger"] and has_unexplained(state, n)):
        yield "reads", f"{name} settled", Draft(state).attempt(k, settled=1).request(i, reserved=0), None
