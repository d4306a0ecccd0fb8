"""What people do: ask, approve, deny or withdraw, freeze, write off, and say what became of a purchase."""

from tests.model import facts
from tests.model import words as w
from tests.model.arrows import ask_again, credit, fail
from tests.model.scenarios import Scenario
from tests.model.state import Draft, Request, State, Step, Steps


def people(state: State, scenario: Scenario) -> Steps:
    if scenario.basket and not state.requests:
        yield submit_together(state, scenario)
    elif not scenario.basket and len(state.requests) < scenario.requests:
        yield from submit(state, scenario)
    for i, request in enumerate(state.requests):
        name = f"R{i + 1}"
        if request.status == w.PENDING:
            yield from approve(state, scenario, i, request, name)
        if request.status in (w.PENDING, w.APPROVED):
            yield from click_that_waits(state, scenario, i, request, name)
        if request.status in (w.PENDING, w.APPROVED) and scenario.people:
            draft = Draft(state)
            for j in facts.decided_with(state, i, scenario):
                if state.requests[j].status in (w.PENDING, w.APPROVED):
                    draft.move(j, "denied or withdrawn", w.CLOSED, reserved=0, work=0)
            yield "people", f"{name} denied or withdrawn", draft, None
        if request.status == w.CHECKING and request.asks_people:
            yield from resolve(state, scenario, i, request, name)
        if scenario.write_off and request.status in (w.CHECKING, w.FAILED):
            yield from write_off(state, scenario, i, request, name)
    if facts.may_happen(state, "freeze"):
        yield from freeze(state, scenario)
    if facts.may_happen(state, "leave"):
        draft = Draft(state).happened("leave")
        draft.control = draft.control._replace(approvers=state.control.approvers ^ 1)
        words = "A leaves the approvers" if state.control.approvers & 1 else "A joins the approvers"
        yield "people", words, draft, None


def submit(state: State, scenario: Scenario) -> Steps:
    for n, number in enumerate(state.numbers):
        if n > len({request.number for request in state.requests}) or not facts.is_on_sale(number):
            continue  # numbers are asked for in order: the others are the same case
        if scenario.holds["unique-index"] and any(
            request.number == n and request.status <= w.CHECKING for request in state.requests
        ):
            continue
        if scenario.holds["settling"] and any(
            facts.is_unsettled(state.attempts[i]) for i in facts.attempts_on(state, n)
        ):
            continue
        draft, terms = Draft(state), number.price
        has_room = facts.held(state) + w.CHARGE[terms] <= scenario.budget
        is_automatic = scenario.automatic and terms == 0 and not state.control.frozen and has_room
        asked = Request(n, w.PENDING, terms, (0, 0, 0), 0, 1 << terms, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        draft.add_request("submitted", asked)
        i = len(draft.requests) - 1
        if is_automatic:
            draft.move(i, "approved automatically", w.APPROVED, automatic=1, work=w.BUY, reserved=w.CHARGE[terms])
        how = ", approved automatically" if is_automatic else ""
        yield "people", f"R{i + 1} submitted: number {n}, terms {terms}{how}", draft, None


def submit_together(state: State, scenario: Scenario) -> Step:
    """All numbers at once, one request each."""
    draft = Draft(state)
    for n, number in enumerate(state.numbers):
        terms = number.price
        asked = Request(n, w.PENDING, terms, (0, 0, 0), 0, 1 << terms, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, together=1)
        draft.add_request("submitted", asked)
    return "people", "a basket is submitted", draft, None


def approve(state: State, scenario: Scenario, i: int, request: Request, name: str) -> Steps:
    """A click on any card that was ever shown."""
    holds, approvers = scenario.holds, state.control.approvers
    if (state.control.frozen and holds["freeze-approve"]) or (request.overdue and holds["expires-where"]):
        return
    for who in (0, 1, 2):
        if request.votes[who] or (who == w.REQUESTER and (holds["self"] or not scenario.approvers >> w.REQUESTER)):
            continue
        if holds["approver"] and not approvers >> who & 1:
            continue
        for terms in (0, 1):
            if not request.shown >> terms & 1 or (holds["digest"] and terms != request.terms):
                continue
            yield from vote(state, scenario, i, name, who, terms)


def click_that_waits(state: State, scenario: Scenario, i: int, request: Request, name: str) -> Steps:
    """A's, on the terms of now: what is asked may be asked anew before it is judged."""
    if not request.click:
        if facts.may_happen(state, "waits"):
            draft = Draft(state).happened("waits").request(i, click=w.WAITS)
            yield "people", f"{name}: A clicks, to be judged later", draft, None
        return
    is_void = request.click == w.STALE and scenario.holds["click-time"]
    if is_void or request.status != w.PENDING or request.votes[0] or not state.control.approvers & 1:
        yield "people", f"{name}: A's click is refused", Draft(state).request(i, click=0), None
        return
    if (state.control.frozen and scenario.holds["freeze-approve"]) or request.overdue:
        return
    for kind, words, draft, broken in vote(state, scenario, i, name, 0, request.terms):
        if request.click == w.STALE:
            broken = "Freeze: a click from before one, or from before it was asked anew, is counted"
        yield kind, f"{words}, by the click that waited", draft.request(i, click=0), broken


def vote(state: State, scenario: Scenario, i: int, name: str, who: int, terms: int) -> Steps:
    """For the request, or for all that are decided with it: these wait together, and show the terms that they have."""
    holds, control, request = scenario.holds, state.control, state.requests[i]
    about = facts.decided_with(state, i, scenario)
    votes = [_with_vote(state.requests[j], who, terms if j == i else state.requests[j].terms) for j in about]
    voters = votes[about.index(i)]
    count = sum(1 for voter in (0, 1, 2) if voters[voter] and (not holds["recount"] or control.approvers >> voter & 1))
    broken = None
    if control.frozen:
        broken = "Freeze: approved while frozen"
    elif request.overdue:
        broken = "Approval: a vote counted after expires_at"
    draft = Draft(state)
    if count < facts.is_asked_for(request, scenario):
        for j, given in zip(about, votes, strict=True):
            draft.move(j, "voted", w.PENDING, votes=given)
        yield "people", f"{name}: {w.WHO[who]} approves terms {terms}, 1 of 2", draft, broken
        return
    charge = sum(w.CHARGE[state.requests[j].terms] for j in about)
    if holds["budget-row"] and facts.held(state) + charge > scenario.budget:
        return
    for j, given in zip(about, votes, strict=True):
        approved = state.requests[j]
        if facts.votes_for(given, approved.terms, control.approvers) < facts.needed(approved, scenario):
            broken = "Approval: approved without enough approvers of exactly these terms"
        draft.move(j, "approved", w.APPROVED, votes=given, reserved=w.CHARGE[approved.terms], work=w.BUY)
    yield "people", f"{name}: {w.WHO[who]} approves terms {terms}: approved", draft, broken
    if not holds["one-transaction"]:
        crashed = draft.copy().request(i, work=0)
        yield "people", f"{name}: approved, and a crash before the work is stored", crashed, broken


def _with_vote(request: Request, who: int, terms: int) -> tuple[int, ...]:
    return (*request.votes[:who], 1 + terms, *request.votes[who + 1 :])


def resolve(state: State, scenario: Scenario, i: int, request: Request, name: str) -> Steps:
    """A click on a resolve button; it counts only when the look made for it agrees."""
    if not scenario.people:
        return
    number, is_blind = state.numbers[request.number], not scenario.holds["resolve-look"]
    if is_blind or (facts.is_listed_as_ours(number) and facts.may_claim(state, request.attempt - 1, scenario)):
        draft = Draft(state)
        credit(draft, request.attempt - 1, "found", w.FOUND, scenario, charge_is_read=scenario.holds["charge"])
        yield "people", f"{name}: It was bought", draft, None
    if is_blind or (not facts.is_listed_as_ours(number) and not facts.has_unexplained(state, request.number)):
        draft = Draft(state)
        fail(draft, i, "not bought", w.BY_LOOKS, scenario)
        yield "people", f"{name}: It was not bought", draft, None
    draft = Draft(state).move(i, "look asked", w.CHECKING, asks_people=0, work=w.LOOK)
    yield "people", f"{name}: Look again", draft, None


def write_off(state: State, scenario: Scenario, i: int, request: Request, name: str) -> Steps:
    """The debits are given up; whether the number was bought stays open for the hour."""
    if not (request.asks_people or request.alerted) or not facts.has_unexplained(state, request.number):
        return
    draft = Draft(state)
    debits = state.numbers[request.number].debits
    draft.number(request.number, debits=tuple((by, terms, 1) for by, terms, _ in debits))
    if scenario.holds["write-off-hour"]:
        draft.attempt(request.attempt - 1, call_is_over=0)
    if request.status == w.CHECKING:
        draft.move(i, "written off", w.CHECKING)
    yield "people", f"{name}: an approver writes the debit off", draft, None


def freeze(state: State, scenario: Scenario) -> Steps:
    was_frozen = state.control.frozen
    draft = Draft(state).happened("freeze")
    draft.control = draft.control._replace(frozen=0 if was_frozen else 1)
    if not was_frozen:
        for i, request in enumerate(state.requests):
            if request.status == w.APPROVED and scenario.holds["freeze-to-pending"]:
                ask_again(draft, i, "frozen", scenario)
            elif request.status in (w.APPROVED, w.PURCHASING):
                draft.request(i, frozen_since=1)
            if request.click:
                draft.request(i, click=w.STALE)
    yield "people", "unfreeze" if was_frozen else "freeze", draft, None
