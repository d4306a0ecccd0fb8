"""The promise, as sentences that a state can break. Each check yields those that it finds broken."""

from collections.abc import Callable, Iterator
from typing import Final

from tests.model import words as w
from tests.model.facts import held, is_running, is_unsettled
from tests.model.passing import compare, read
from tests.model.scenarios import Scenario
from tests.model.state import State


def bought_once(state: State, scenario: Scenario) -> Iterator[str]:
    """A number has one open request at most, is purchased by one, and charged once."""
    for n, number in enumerate(state.numbers):
        statuses = [request.status for request in state.requests if request.number == n]
        if sum(1 for status in statuses if status <= w.CHECKING) > 1:
            yield "Once: two open requests for one number"
        if statuses.count(w.PURCHASED) > 1:
            yield "Once: two requests are purchased for one number"
        if sum(1 for debit in number.debits if not debit[2]) > 1:
            yield "Once: two debits for one number"


def budget_holds(state: State, scenario: Scenario) -> Iterator[str]:
    """What is reserved and spent never passes the budget, unless a charge came out higher, and then that was said."""
    if held(state) > scenario.budget and not any(request.charge_said for request in state.requests):
        yield "Budget: reserved + spent pass it"


def reservations_end(state: State, scenario: Scenario) -> Iterator[str]:
    """A reservation lives in approved, purchasing, checking, and in `failed` until it is settled."""
    for request in state.requests:
        if request.reserved and request.status in (w.PENDING, w.PURCHASED, w.CLOSED):
            yield f"Budget: a reservation stays in {w.STATUS[request.status]}"
        may_hold = request.status != w.FAILED or (request.attempt and is_unsettled(state.attempts[request.attempt - 1]))
        if request.reserved and not may_hold:
            yield "Budget: a reservation stays in failed, settled"
        has_to_hold = request.status in (w.APPROVED, w.PURCHASING, w.CHECKING)
        if has_to_hold and not request.reserved and scenario.holds["budget-row"]:
            yield f"Budget: no reservation in {w.STATUS[request.status]}"


def work_exists(state: State, scenario: Scenario) -> Iterator[str]:
    """Every open request has work that moves it, or buttons for people."""
    for request in state.requests:
        if request.status == w.PENDING and not request.expiry:
            yield "Way out: pending without expiry"
        if request.status in (w.APPROVED, w.PURCHASING) and request.work != w.BUY:
            yield f"Way out: {w.STATUS[request.status]} without work"
        if request.status == w.CHECKING and request.work != w.LOOK and not request.asks_people:
            yield "Way out: checking without work or buttons"


def failed_is_true(state: State, scenario: Scenario) -> Iterator[str]:
    """`failed` is not said too early: where calls end within a minute, or once it is settled, no money moved."""
    for i, attempt in enumerate(state.attempts):
        request = state.requests[attempt.request]
        is_settled = scenario.late == w.HOUR and attempt.outcome == w.BY_LOOKS and attempt.settled
        if request.status != w.FAILED or request.attempt != i + 1 or not (scenario.late <= w.MINUTE or is_settled):
            continue
        number = state.numbers[request.number]
        if is_running(attempt):
            yield "Truth: failed while the provider may still commit"
        if number.by == i + 1 or any(by == i and not written_off for by, _, written_off in number.debits):
            yield "Truth: failed although money moved"


def decided_together(state: State, scenario: Scenario) -> Iterator[str]:
    """Of a basket all wait for a decision, or none."""
    if len({request.status == w.PENDING for request in state.requests if request.together}) > 1:
        yield "Basket: some of it waits for a decision, and some does not"


def is_at_rest(state: State, scenario: Scenario) -> bool:
    """Nobody works, no call runs, no list lags, and the sweep finds nothing more."""
    if any(worker.step for worker in state.workers) or any(request.work for request in state.requests):
        return False
    if any(is_running(attempt) for attempt in state.attempts):
        return False
    if any(not number.booked or (number.owner == w.US and not number.listed) for number in state.numbers):
        return False
    return not any(True for _ in compare(state, scenario, read(state), "sweep"))


def everyone_can_see(state: State, scenario: Scenario) -> Iterator[str]:
    """When all is quiet, what the bot says is so, or approvers were alerted or have buttons."""
    if not is_at_rest(state, scenario):
        return
    for i, request in enumerate(state.requests):
        number, status = state.numbers[request.number], request.status
        mine = [k for k, attempt in enumerate(state.attempts) if attempt.request == i]
        is_owned = number.owner == w.US and number.by - 1 in mine
        is_told = any(
            other.alerted or (other.status == w.CHECKING and other.asks_people)
            for other in state.requests
            if other.number == request.number
        )
        if status == w.PURCHASED and not is_owned and not (is_told and scenario.liar):
            yield "Truth: purchased, but not by this request"
        if status != w.PURCHASED and is_owned and not is_told:
            yield f"Truth: bought by this request, which is {w.STATUS[status]}, and nobody told"
        for by, terms, written_off in number.debits:
            if by not in mine:
                continue
            if not written_off and not is_told and not (is_owned and number.by - 1 == by):
                yield f"Truth: charged without a number, {w.STATUS[status]}, and nobody told"
            is_otherwise = terms != state.attempts[by].terms and not request.charge_said
            if is_owned and status == w.PURCHASED and is_otherwise:
                yield "Charge: other terms charged than approved, and nobody told"


PROMISE: Final[tuple[Callable[[State, Scenario], Iterator[str]], ...]] = (
    bought_once,
    budget_holds,
    reservations_end,
    work_exists,
    failed_is_true,
    decided_together,
    everyone_can_see,
)
