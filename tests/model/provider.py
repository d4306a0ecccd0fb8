"""What the provider does: prices and lists move, and every call takes its course whoever still listens."""

from tests.model.facts import attempts_on, may_happen
from tests.model.scenarios import Scenario
from tests.model.state import Attempt, Draft, State, Steps
from tests.model.words import (
    ANSWER,
    BUSY,
    CONSOLE,
    DEBITED,
    GONE,
    LOW,
    NOBODY,
    NOT_SENT,
    OK200,
    OTHERS,
    OVER,
    OWN500,
    PASSED,
    SAYS_NO,
    SENT,
    US,
)

End = tuple[int, str, str | None, bool]
"""How a call ends: the answer, in words, the chance it takes, and whether the number is handed over."""


def provider(state: State, scenario: Scenario) -> Steps:
    for n in range(len(state.numbers)):
        yield from one_number(state, n)
    for i, attempt in enumerate(state.attempts):
        if NOT_SENT < attempt.call < OVER:
            yield from one_call(state, scenario, i, attempt)


def one_number(state: State, n: int) -> Steps:
    number = state.numbers[n]
    if may_happen(state, "price"):
        draft = Draft(state).happened("price").number(n, price=1 - number.price)
        yield "provider", f"price of number {n} becomes {1 - number.price}", draft, None
    if number.owner == NOBODY and not any(NOT_SENT < state.attempts[i].call < OVER for i in attempts_on(state, n)):
        if may_happen(state, "others"):
            draft = Draft(state).happened("others").number(n, owner=OTHERS)
            yield "provider", f"somebody else buys number {n}", draft, None
        if may_happen(state, "console"):
            debits = (*number.debits, (CONSOLE, number.price, 0))
            draft = Draft(state).happened("console").number(n, owner=US, by=CONSOLE, debits=debits)
            yield "provider", f"our own people buy number {n} in the console", draft, None
    if not number.booked:
        yield "provider", f"ledger catches up with number {n}", Draft(state).number(n, booked=1), None
    if number.owner == US and not number.listed:
        yield "provider", f"lists catch up with number {n}", Draft(state).number(n, listed=1), None


def one_call(state: State, scenario: Scenario, i: int, attempt: Attempt) -> Steps:
    """The next step of a running call: inventory check, debit, or its end with an answer."""
    n = state.requests[attempt.request].number
    number, name = state.numbers[n], f"provider, call {i + 1}:"
    is_free = number.owner == NOBODY
    if attempt.call == SENT and is_free and scenario.racing:
        yield "provider", f"{name} inventory checked", Draft(state).attempt(i, call=PASSED), None
    if attempt.call == PASSED or (attempt.call == SENT and is_free and not scenario.racing):
        debits = (*number.debits, (i, number.price, 0))
        draft = Draft(state).attempt(i, call=DEBITED).number(n, debits=debits, booked=int(not scenario.ledger_lag))
        yield "provider", f"{name} debits terms {number.price}", draft, None
    for answer, words, chance, is_handed_over in ends(state, scenario, attempt, is_free=is_free):
        draft = Draft(state).attempt(i, call=OVER, answer=answer)
        if chance:
            draft.happened(chance)
        if is_handed_over:
            draft.number(n, owner=US, by=i + 1, listed=int(not scenario.lag))
        yield "provider", f"{name} {words}", draft, None


def ends(state: State, scenario: Scenario, attempt: Attempt, *, is_free: bool) -> list[End]:
    found: list[End] = []
    if attempt.call == SENT:
        found.append((OWN500, "500, nothing done", None, False))
        if scenario.refusals:
            found.append((SAYS_NO, "refuses", None, False))
        if may_happen(state, "low"):
            found.append((LOW, ANSWER[LOW], "low", False))
        if may_happen(state, "busy"):
            found.append((BUSY, ANSWER[BUSY], "busy", False))
        if not is_free:
            found.append((GONE, "404", None, False))
    if attempt.call == DEBITED:
        if is_free or scenario.racing:
            found += [(answer, f"hands the number over, answers {ANSWER[answer]}", None, True) for answer in SAYS]
        may_stop = may_happen(state, "debit")
        if may_stop or not is_free:
            chance = "debit" if may_stop else None
            says = (OWN500, OK200) if scenario.liar else (OWN500,)
            found += [(answer, f"stops after the debit, answers {ANSWER[answer]}", chance, False) for answer in says]
    return found


SAYS = (OK200, OWN500)
