"""What can be seen in a state and counted there; nothing here changes it."""

from tests.model import words as w
from tests.model.scenarios import Scenario
from tests.model.state import Attempt, Draft, Number, Request, State, Worker


def may_happen(state: State, chance: str) -> bool:
    return state.control.left[w.PLACE[chance]] > 0


def is_on_sale(number: Number) -> bool:
    """As the provider's lists show it."""
    return number.owner == w.NOBODY or (number.owner == w.US and not number.listed)


def is_listed_as_ours(number: Number) -> bool:
    return number.owner == w.US and bool(number.listed)


def attempts_on(state: State | Draft, n: int) -> list[int]:
    """The attempts for number `n`, oldest first."""
    requests = state.requests
    return [i for i, attempt in enumerate(state.attempts) if requests[attempt.request].number == n]


def is_credited(state: State, n: int) -> bool:
    """Has an attempt the sale of number `n`?"""
    return any(state.attempts[i].outcome in (w.BOUGHT, w.FOUND) for i in attempts_on(state, n))


def has_unexplained(state: State, n: int) -> bool:
    """Is there a debit for number `n` that no purchase known to the bot explains and nobody wrote off?"""
    number = state.numbers[n]
    booked = number.debits if number.booked else number.debits[:-1]
    return sum(1 for debit in booked if not debit[2]) > (1 if is_credited(state, n) else 0)


def may_claim(state: State, i: int, scenario: Scenario) -> bool:
    """May the number found among our own be credited to attempt `i`?"""
    if not scenario.holds["credit"]:
        return True
    n = state.requests[state.attempts[i].request].number
    claimants = [j for j in attempts_on(state, n) if state.attempts[j].outcome in (w.OPEN, w.BY_LOOKS)]
    return not is_credited(state, n) and bool(claimants) and claimants[-1] == i


def is_running(attempt: Attempt) -> bool:
    """At the provider, whoever still listens."""
    return w.NOT_SENT < attempt.call < w.OVER


def is_unsettled(attempt: Attempt) -> bool:
    return attempt.outcome == w.BY_LOOKS and not attempt.settled


def held(state: State) -> int:
    """What counts against the budget: reserved and spent."""
    return sum(request.reserved + request.spent for request in state.requests)


def votes_for(votes: tuple[int, ...], terms: int, approvers: int) -> int:
    """How many people other than the requester, approvers now, voted for exactly these terms."""
    return sum(1 for who in (0, 1) if votes[who] == 1 + terms and approvers >> who & 1)


def decided_with(state: State, i: int, scenario: Scenario) -> list[int]:
    """The requests that a decision about request `i` is about."""
    if not (state.requests[i].together and scenario.holds["one-decision"]):
        return [i]
    return [j for j, request in enumerate(state.requests) if request.together]


def needed(request: Request, scenario: Scenario) -> int:
    """How many approvals it needs by the rules, those of a basket for its sum."""
    return scenario.need_together if request.together else scenario.need[request.terms]


def is_asked_for(request: Request, scenario: Scenario) -> int:
    """How many approvals the bot asks for."""
    return needed(request, scenario) if scenario.holds["basket-sum"] else scenario.need[request.terms]


def has_lease(worker: Worker, scenario: Scenario) -> bool:
    return worker.lease != w.TAKEN or not scenario.holds["lease-arrow"]
