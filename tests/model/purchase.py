"""A worker that buys: the terms are read again, the attempt is recorded, the call leaves, its answer is kept.

Each of these is one step, and between two of them anything else can happen.
"""

from tests.model.arrows import ask_again, credit, fail, not_executed
from tests.model.facts import attempts_on, has_lease, is_listed_as_ours, is_on_sale, may_claim, may_happen, votes_for
from tests.model.looks import look
from tests.model.scenarios import Scenario
from tests.model.state import Attempt, Draft, Request, State, Steps, Worker
from tests.model.words import (
    ANSWER,
    APPROVED,
    BOUGHT,
    BUSY,
    BUY,
    BY_LOOKS,
    CALLING,
    CHECKING,
    FAILED,
    FIVE_SECONDS,
    FOUND,
    GONE,
    LOOK,
    LOOKED,
    LOST,
    LOW,
    NOT_LISTED,
    NOT_SENT,
    NOTHING_YET,
    OK200,
    OPEN,
    OVER,
    OWN500,
    PURCHASED,
    PURCHASING,
    READ,
    RECORDED,
    REFUSED,
    SAYS_NO,
    SENT,
    SHORT,
    STATUS,
    TAKEN,
    VALID,
)
from tests.model.words import ANSWERED as ANSWER_IN_HAND


def on_claimed(state: State, scenario: Scenario, k: int, worker: Worker, request: Request, name: str) -> Steps:
    number = state.numbers[request.number]
    if request.status == APPROVED and request.work == BUY:
        seen = number.price if is_on_sale(number) else NOT_LISTED
        broken = None
        if seen != NOT_LISTED and not scenario.holds["re-read"]:
            if seen != request.terms:
                broken = "Approval: the call is prepared at other terms than those listed"
            seen = request.terms
        words = "not on sale" if seen == NOT_LISTED else f"terms {seen}"
        yield "reads", f"{name} reads: {words}", Draft(state).worker(k, step=READ, saw=seen, same=1), broken
        if may_happen(state, "low"):
            draft = Draft(state).happened("low").worker(k, step=READ, saw=SHORT, same=1)
            yield "reads", f"{name} reads: balance too low", draft, None
        yield "bot", f"{name}: a read fails, tried again later", Draft(state).rest(k), None
    elif request.status == PURCHASING and has_lease(worker, scenario):
        draft = Draft(state).rest(k).attempt(request.attempt - 1, ended=1)
        draft.move(worker.request, "process died", CHECKING, work=LOOK)
        yield "bot", f"{name} takes over -> checking", draft, None
    elif request.status == CHECKING and request.work == LOOK:
        yield from look(state, scenario, k, request, name)
    else:
        yield "bot", f"{name}: nothing to do, it is {STATUS[request.status]}", Draft(state).rest(k), None


def on_read(state: State, scenario: Scenario, k: int, worker: Worker, request: Request, name: str) -> Steps:
    """The transaction after the terms were read: it records the attempt, or finds why not."""
    i, draft, holds = worker.request, Draft(state).rest(k), scenario.holds
    is_right = request.status == APPROVED or (not holds["status-cas"] and request.status not in (PURCHASED, FAILED))
    if not (is_right and has_lease(worker, scenario) and (worker.same or not holds["terms-version"])):
        yield "bot", f"{name}: no row changed", draft, None
    elif worker.saw == NOT_LISTED:
        fail(draft, i, "not in inventory", REFUSED, scenario)
        yield "bot", f"{name}: number gone -> failed", draft, None
    elif worker.saw == SHORT:
        ask_again(draft, i, "balance too low", scenario)
        yield "bot", f"{name}: balance too low -> pending", draft, None
    elif worker.saw != request.terms:
        ask_again(draft, i, "terms changed", scenario, terms=worker.saw, shown=request.shown | 1 << worker.saw)
        yield "bot", f"{name}: terms changed -> pending with terms {worker.saw}", draft, None
    elif state.control.frozen and holds["freeze-at-record"]:
        ask_again(draft, i, "frozen", scenario)
        yield "bot", f"{name}: frozen -> pending", draft, None
    elif holds["recount"] and not request.automatic and has_too_few(state, scenario, request):
        ask_again(draft, i, "approver left", scenario)
        yield "bot", f"{name}: a voter is no approver any more -> pending", draft, None
    elif len(state.attempts) < scenario.attempts:
        draft.add_attempt("recorded", Attempt(i, request.terms, NOT_SENT, NOTHING_YET, 0, 0, 0, 0, OPEN, 0))
        no = len(draft.attempts)
        draft.move(i, "recorded", PURCHASING, attempt=no, tries=request.tries + 1)
        draft.workers[k] = worker._replace(step=RECORDED, saw=0, same=1, attempt=no - 1)
        words = f"{name} records attempt {no}, terms {request.terms} -> purchasing"
        yield "bot", words, draft, not_to_be_recorded(state, scenario, worker, request)


def has_too_few(state: State, scenario: Scenario, request: Request) -> bool:
    """Did a voter leave the approvers?"""
    counted = sum(1 for who in (0, 1, 2) if request.votes[who] and state.control.approvers >> who & 1)
    return counted < scenario.need[request.terms]


def not_to_be_recorded(state: State, scenario: Scenario, worker: Worker, request: Request) -> str | None:
    """What recording an attempt for this request now breaks, if anything."""
    if state.control.frozen:
        return "Freeze: an attempt is recorded while frozen"
    if request.frozen_since:
        return "Freeze: an attempt is recorded on votes from before a freeze"
    if request.status != APPROVED:
        return f"Approval: an attempt is recorded for a request that is {STATUS[request.status]}"
    votes = votes_for(request.votes, request.terms, state.control.approvers)
    if not request.automatic and votes < scenario.need[request.terms]:
        return "Approval: an attempt is recorded without enough approvers of exactly these terms"
    return None if worker.same else "Approval: an attempt is recorded on terms read before this approval"


def on_recorded(state: State, scenario: Scenario, k: int, worker: Worker, request: Request, name: str) -> Steps:
    """The look at the clocks, and the bytes right after it, where the scenario does not let a process sleep there."""
    i, holds = worker.attempt, scenario.holds
    attempt = state.attempts[i]
    is_over = holds["clock-look"] and worker.lease != VALID
    if worker.step == RECORDED and (is_over or (holds["five-seconds"] and attempt.clock >= FIVE_SECONDS)):
        draft = Draft(state).rest(k)
        if has_lease(worker, scenario) and request.status == PURCHASING and request.attempt == i + 1:
            not_executed(draft, worker.request, i, scenario)
        status = STATUS[draft.requests[worker.request].status]
        yield "bot", f"{name}: too late, call {i + 1} dropped, the request is {status}", draft, None
    elif worker.step == RECORDED and scenario.split:
        yield "bot", f"{name}: clocks are fine", Draft(state).worker(k, step=LOOKED), None
    else:
        broken = None
        if state.control.frozen == 2 and not scenario.split:
            broken = "Freeze: a call leaves more than 5 s after a freeze"
        clock = attempt.clock if attempt.ended else 0
        draft = Draft(state).worker(k, step=CALLING).attempt(i, call=SENT, clock=clock)
        yield "bot", f"{name}: call {i + 1} leaves", draft, broken


def on_calling(state: State, scenario: Scenario, k: int, worker: Worker, request: Request, name: str) -> Steps:
    """The answer comes, or the worker gives up waiting for it."""
    i = worker.attempt
    attempt = state.attempts[i]
    for answer in (attempt.answer, LOST) if attempt.call == OVER and attempt.answer else (LOST,):
        draft = Draft(state).worker(k, step=ANSWER_IN_HAND, saw=answer)
        if worker.lease != TAKEN and request.status == PURCHASING:
            draft.attempt(i, ended=1, clock=0)
        yield ("bot" if answer == LOST else "reads"), f"{name} gets {ANSWER[answer]} for call {i + 1}", draft, None
    if not scenario.holds["single-call"]:
        again = Draft(state).attempt(i, call=SENT)
        yield "bot", f"{name}: no answer, call {i + 1} is sent again", again, "Once: a second call of one attempt"


def on_answered(state: State, scenario: Scenario, k: int, worker: Worker, request: Request, name: str) -> Steps:
    """The transaction right after the money."""
    i, r, draft = worker.attempt, worker.request, Draft(state).rest(k)
    is_its_own = request.status == PURCHASING and request.attempt == i + 1
    if not (has_lease(worker, scenario) and (is_its_own or not scenario.holds["status-cas"])):
        yield "bot", f"{name}: answer to call {i + 1} in hand, no row changed", draft, None
        return
    if worker.saw == OK200:
        credit(draft, i, "bought", BOUGHT, scenario, charge_is_read=True)
    elif worker.saw == SAYS_NO:
        fail(draft, r, "refused", REFUSED, scenario)
    elif worker.saw == LOW:
        draft.end(i, "balance too low", REFUSED)
        ask_again(draft, r, "balance too low", scenario)
    elif worker.saw == BUSY:
        not_executed(draft, r, i, scenario)
    elif worker.saw == GONE and was_bought_before(state, scenario, i, request):
        credit(draft, i, "found", FOUND, scenario, charge_is_read=scenario.holds["charge"])
    elif worker.saw == GONE:
        fail(draft, r, "refused", REFUSED, scenario)
    else:
        draft.attempt(i, call_is_over=int(worker.saw == OWN500))
        draft.move(r, "unknown", CHECKING, work=LOOK)
        if not scenario.holds["one-transaction"]:
            crashed = draft.copy().request(r, work=0)
            yield "bot", f"{name}: checking, and a crash before the work is stored", crashed, None
    yield "bot", f"{name}: {ANSWER[worker.saw]} -> {STATUS[draft.requests[r].status]}", draft, None


def was_bought_before(state: State, scenario: Scenario, i: int, request: Request) -> bool:
    """A 404 to our own call: is the number ours all the same, and can no other attempt have bought it?"""
    if not is_listed_as_ours(state.numbers[request.number]) or not may_claim(state, i, scenario):
        return False
    others = [state.attempts[j] for j in attempts_on(state, request.number) if j != i]
    return not (scenario.holds["credit"] and any(other.outcome == BY_LOOKS for other in others))
