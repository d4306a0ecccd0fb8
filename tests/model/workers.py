"""The workers of the buy lane: they claim work with a lease, and crash or stall between any two steps.

One that buys reads the terms again, records the attempt, lets the call leave and keeps its answer; one that looks sees
what the provider shows after a call without a definite answer. Each of these is one step, and between two of them
anything else can happen.
"""

from collections.abc import Callable

from tests.model import facts
from tests.model import words as w
from tests.model.arrows import ask_again, credit, fail, not_executed
from tests.model.scenarios import Scenario
from tests.model.state import Attempt, Draft, Request, State, Steps, Worker


def workers(state: State, scenario: Scenario) -> Steps:
    for k, worker in enumerate(state.workers):
        if k and worker == state.workers[k - 1]:
            continue  # two workers in the same place are one case
        if worker.step == w.IDLE:
            yield from claim(state, scenario, k)
            continue
        name = f"worker{w.LEASE[worker.lease]} on R{worker.request + 1}"
        if facts.may_happen(state, "crash"):
            draft = Draft(state).happened("crash").rest(k)
            end_call_with_lease(draft, worker)
            yield "bad luck", f"{name} crashes: {w.STEP[worker.step]}", draft, None
        if worker.lease == w.VALID and facts.may_happen(state, "stall"):
            draft = Draft(state).happened("stall").worker(k, lease=w.ENDED)
            end_call_with_lease(draft, worker)
            yield "bad luck", f"{name} stalls, its lease ends: {w.STEP[worker.step]}", draft, None
        yield from GOES_ON[worker.step](state, scenario, k, worker, state.requests[worker.request], name)


def end_call_with_lease(draft: Draft, worker: Worker) -> None:
    """A crash ends the lease at once, which is earlier than in reality, and so harder."""
    if worker.step in (w.RECORDED, w.LOOKED, w.CALLING) and worker.lease == w.VALID:
        draft.attempt(worker.attempt, ended=1, clock=0)


def claim(state: State, scenario: Scenario, k: int) -> Steps:
    is_exclusive = scenario.holds["lease"]
    for i, request in enumerate(state.requests):
        at_work = [j for j, worker in enumerate(state.workers) if worker.step and worker.request == i]
        if request.work and not (is_exclusive and any(state.workers[j].lease == w.VALID for j in at_work)):
            draft = Draft(state)
            if is_exclusive:
                for j in at_work:
                    draft.worker(j, lease=w.TAKEN)
            draft.workers[k] = Worker(w.CLAIMED, i, w.VALID, 0, 1, 0)
            what = "purchase" if request.work == w.BUY else "reconcile"
            yield "bot", f"worker claims {what} of R{i + 1}", draft, None


# buying


def on_claimed(state: State, scenario: Scenario, k: int, worker: Worker, request: Request, name: str) -> Steps:
    number = state.numbers[request.number]
    if request.status == w.APPROVED and request.work == w.BUY:
        seen = number.price if facts.is_on_sale(number) else w.NOT_LISTED
        broken = None
        if seen != w.NOT_LISTED and not scenario.holds["re-read"]:
            if seen != request.terms:
                broken = "Approval: the call is prepared at other terms than those listed"
            seen = request.terms
        words = "not on sale" if seen == w.NOT_LISTED else f"terms {seen}"
        yield "reads", f"{name} reads: {words}", Draft(state).worker(k, step=w.READ, saw=seen, same=1), broken
        if facts.may_happen(state, "low"):
            draft = Draft(state).happened("low").worker(k, step=w.READ, saw=w.SHORT, same=1)
            yield "reads", f"{name} reads: balance too low", draft, None
        yield "bot", f"{name}: a read fails, tried again later", Draft(state).rest(k), None
    elif request.status == w.PURCHASING and facts.has_lease(worker, scenario):
        draft = Draft(state).rest(k).attempt(request.attempt - 1, ended=1)
        draft.move(worker.request, "process died", w.CHECKING, work=w.LOOK)
        yield "bot", f"{name} takes over -> checking", draft, None
    elif request.status == w.CHECKING and request.work == w.LOOK:
        yield from look(state, scenario, k, request, name)
    else:
        yield "bot", f"{name}: nothing to do, it is {w.STATUS[request.status]}", Draft(state).rest(k), None


def on_read(state: State, scenario: Scenario, k: int, worker: Worker, request: Request, name: str) -> Steps:
    """The transaction after the terms were read: it records the attempt, or finds why not."""
    i, draft, holds = worker.request, Draft(state).rest(k), scenario.holds
    is_right = request.status == w.APPROVED or (
        not holds["status-cas"] and request.status not in (w.PURCHASED, w.FAILED)
    )
    if not (is_right and facts.has_lease(worker, scenario) and (worker.same or not holds["terms-version"])):
        yield "bot", f"{name}: no row changed", draft, None
    elif worker.saw == w.NOT_LISTED:
        fail(draft, i, "not in inventory", w.REFUSED, scenario)
        yield "bot", f"{name}: number gone -> failed", draft, None
    elif worker.saw == w.SHORT:
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
        draft.add_attempt("recorded", Attempt(i, request.terms, w.NOT_SENT, w.NOTHING_YET, 0, 0, 0, 0, w.OPEN, 0))
        no = len(draft.attempts)
        draft.move(i, "recorded", w.PURCHASING, attempt=no, tries=request.tries + 1)
        draft.workers[k] = worker._replace(step=w.RECORDED, saw=0, same=1, attempt=no - 1)
        words = f"{name} records attempt {no}, terms {request.terms} -> purchasing"
        yield "bot", words, draft, not_to_be_recorded(state, scenario, worker, request)


def has_too_few(state: State, scenario: Scenario, request: Request) -> bool:
    """Did a voter leave the approvers?"""
    counted = sum(1 for who in (0, 1, 2) if request.votes[who] and state.control.approvers >> who & 1)
    return counted < facts.is_asked_for(request, scenario)


def not_to_be_recorded(state: State, scenario: Scenario, worker: Worker, request: Request) -> str | None:
    """What recording an attempt for this request now breaks, if anything."""
    if state.control.frozen:
        return "Freeze: an attempt is recorded while frozen"
    if request.frozen_since:
        return "Freeze: an attempt is recorded on votes from before a freeze"
    if request.status != w.APPROVED:
        return f"Approval: an attempt is recorded for a request that is {w.STATUS[request.status]}"
    votes = facts.votes_for(request.votes, request.terms, state.control.approvers)
    if not request.automatic and votes < facts.needed(request, scenario):
        return "Approval: an attempt is recorded without enough approvers of exactly these terms"
    return None if worker.same else "Approval: an attempt is recorded on terms read before this approval"


def on_recorded(state: State, scenario: Scenario, k: int, worker: Worker, request: Request, name: str) -> Steps:
    """The look at the clocks, and the bytes right after it, where the scenario does not let a process sleep there."""
    i, holds = worker.attempt, scenario.holds
    attempt = state.attempts[i]
    is_over = holds["clock-look"] and worker.lease != w.VALID
    if worker.step == w.RECORDED and (is_over or (holds["five-seconds"] and attempt.clock >= w.FIVE_SECONDS)):
        draft = Draft(state).rest(k)
        if facts.has_lease(worker, scenario) and request.status == w.PURCHASING and request.attempt == i + 1:
            not_executed(draft, worker.request, i, scenario)
        status = w.STATUS[draft.requests[worker.request].status]
        yield "bot", f"{name}: too late, call {i + 1} dropped, the request is {status}", draft, None
    elif worker.step == w.RECORDED and scenario.split:
        yield "bot", f"{name}: clocks are fine", Draft(state).worker(k, step=w.LOOKED), None
    else:
        broken = None
        if state.control.frozen == 2 and not scenario.split:
            broken = "Freeze: a call leaves more than 5 s after a freeze"
        clock = attempt.clock if attempt.ended else 0
        draft = Draft(state).worker(k, step=w.CALLING).attempt(i, call=w.SENT, clock=clock)
        yield "bot", f"{name}: call {i + 1} leaves", draft, broken


def on_calling(state: State, scenario: Scenario, k: int, worker: Worker, request: Request, name: str) -> Steps:
    """The answer comes, or the worker gives up waiting for it."""
    i = worker.attempt
    attempt = state.attempts[i]
    for answer in (attempt.answer, w.LOST) if attempt.call == w.OVER and attempt.answer else (w.LOST,):
        draft = Draft(state).worker(k, step=w.ANSWERED, saw=answer)
        if worker.lease != w.TAKEN and request.status == w.PURCHASING:
            draft.attempt(i, ended=1, clock=0)
        yield ("bot" if answer == w.LOST else "reads"), f"{name} gets {w.ANSWER[answer]} for call {i + 1}", draft, None
    if not scenario.holds["single-call"]:
        again = Draft(state).attempt(i, call=w.SENT)
        yield "bot", f"{name}: no answer, call {i + 1} is sent again", again, "Once: a second call of one attempt"


def on_answered(state: State, scenario: Scenario, k: int, worker: Worker, request: Request, name: str) -> Steps:
    """The transaction right after the money."""
    i, r, draft = worker.attempt, worker.request, Draft(state).rest(k)
    is_its_own = request.status == w.PURCHASING and request.attempt == i + 1
    if not (facts.has_lease(worker, scenario) and (is_its_own or not scenario.holds["status-cas"])):
        yield "bot", f"{name}: answer to call {i + 1} in hand, no row changed", draft, None
        return
    if worker.saw == w.OK200:
        credit(draft, i, "bought", w.BOUGHT, scenario, charge_is_read=True)
    elif worker.saw == w.SAYS_NO:
        fail(draft, r, "refused", w.REFUSED, scenario)
    elif worker.saw == w.LOW:
        draft.end(i, "balance too low", w.REFUSED)
        ask_again(draft, r, "balance too low", scenario)
    elif worker.saw == w.BUSY:
        not_executed(draft, r, i, scenario)
    elif worker.saw == w.GONE and was_bought_before(state, scenario, i, request):
        credit(draft, i, "found", w.FOUND, scenario, charge_is_read=scenario.holds["charge"])
    elif worker.saw == w.GONE:
        fail(draft, r, "refused", w.REFUSED, scenario)
    else:
        draft.attempt(i, call_is_over=int(worker.saw == w.OWN500))
        draft.move(r, "unknown", w.CHECKING, work=w.LOOK)
        if not scenario.holds["one-transaction"]:
            crashed = draft.copy().request(r, work=0)
            yield "bot", f"{name}: checking, and a crash before the work is stored", crashed, None
    yield "bot", f"{name}: {w.ANSWER[worker.saw]} -> {w.STATUS[draft.requests[r].status]}", draft, None


def was_bought_before(state: State, scenario: Scenario, i: int, request: Request) -> bool:
    """A 404 to our own call: is the number ours all the same, and can no other attempt have bought it?"""
    if not facts.is_listed_as_ours(state.numbers[request.number]) or not facts.may_claim(state, i, scenario):
        return False
    others = [state.attempts[j] for j in facts.attempts_on(state, request.number) if j != i]
    return not (scenario.holds["credit"] and any(other.outcome == w.BY_LOOKS for other in others))


# looking


def look(state: State, scenario: Scenario, k: int, request: Request, name: str) -> Steps:
    attempt, number = state.attempts[request.attempt - 1], state.numbers[request.number]
    if facts.is_listed_as_ours(number):
        seen, words = w.OURS, "ours"
    elif scenario.holds["debit-look"] and facts.has_unexplained(state, request.number):
        seen, words = w.DEBIT, "a debit without a number"
    elif facts.is_on_sale(number):
        is_apart = attempt.clean_since >= 2 or not scenario.holds["two-looks"]
        is_late = attempt.clock >= w.MINUTE or not scenario.holds["minute"]
        seen, words = (w.ENOUGH if is_apart and is_late else w.CLEAN), "on sale, no debit"
    else:
        seen, words = w.UNCLEAR, "neither ours nor on sale"
    yield "reads", f"{name} looks: {words}", Draft(state).worker(k, step=w.SAW, saw=seen), None
    if seen != w.UNCLEAR:
        yield "bot", f"{name} looks: a read fails", Draft(state).worker(k, step=w.SAW, saw=w.UNCLEAR), None


def on_saw(state: State, scenario: Scenario, k: int, worker: Worker, request: Request, name: str) -> Steps:
    """The transaction after a look. Only a look that is not certain may be the last one."""
    r, i, draft = worker.request, request.attempt - 1, Draft(state).rest(k)
    if not (request.status == w.CHECKING and facts.has_lease(worker, scenario)):
        yield "bot", f"{name}: no row changed", draft, None
        return
    if worker.saw == w.OURS and facts.may_claim(state, i, scenario):
        credit(draft, i, "found", w.FOUND, scenario, charge_is_read=scenario.holds["charge"])
    elif worker.saw == w.OURS and facts.is_credited(state, request.number):
        is_watched = scenario.holds["told-twice"]
        draft.attempt(i, call_is_over=0)
        fail(draft, r, "sold to another request", w.BY_LOOKS if is_watched else w.REFUSED, scenario)
    elif worker.saw == w.ENOUGH:
        fail(draft, r, "not bought", w.BY_LOOKS, scenario)
    elif worker.saw == w.CLEAN and not state.attempts[i].clean_since:
        draft.attempt(i, clean_since=1)
    elif worker.saw == w.DEBIT and not request.alerted:
        draft.move(r, "charged without number", w.CHECKING, alerted=1)
    yield "bot", f"{name}: after the look {w.STATUS[draft.requests[r].status]}", draft, None
    if draft.requests[r].status == w.CHECKING and state.attempts[i].clock >= w.MINUTE:
        last = draft.copy().move(r, "people asked", w.CHECKING, work=0, asks_people=1)
        yield "bot", f"{name}: last look, now people decide", last, None


GOES_ON: dict[int, Callable[[State, Scenario, int, Worker, Request, str], Steps]] = {
    w.CLAIMED: on_claimed,
    w.READ: on_read,
    w.RECORDED: on_recorded,
    w.LOOKED: on_recorded,
    w.CALLING: on_calling,
    w.ANSWERED: on_answered,
    w.SAW: on_saw,
}
"""What a worker does next: worker `k` on its request, named for the trace."""
