"""What the provider does: prices and lists move, and every call takes its course whoever still listens."""

from tests.model import words as w
from tests.model.facts import attempts_on, is_on_sale, is_running, may_happen
from tests.model.scenarios import Scenario
from tests.model.state import Attempt, Draft, State, Steps

End = tuple[int, str, str | None, bool]
"""How a call ends: the answer, in words, the chance it takes, and whether the number is handed over."""


def provider(state: State, scenario: Scenario) -> Steps:
    for n in range(len(state.numbers)):
        yield from one_number(state, n)
    for i, attempt in enumerate(state.attempts):
        if is_running(attempt):
            yield from one_call(state, scenario, i, attempt)


def one_number(state: State, n: int) -> Steps:
    number = state.numbers[n]
    if may_happen(state, "price"):
        draft = Draft(state).happened("price").number(n, price=1 - number.price)
        yield "provider", f"price of number {n} becomes {1 - number.price}", draft, None
    if number.owner == w.NOBODY and not any(is_running(state.attempts[i]) for i in attempts_on(state, n)):
        if may_happen(state, "others"):
            draft = Draft(state).happened("others").number(n, owner=w.OTHERS)
            yield "provider", f"somebody else buys number {n}", draft, None
        if may_happen(state, "console"):
            debits = (*number.debits, (w.CONSOLE, number.price, 0))
            draft = Draft(state).happened("console").number(n, owner=w.US, by=w.CONSOLE, debits=debits)
            yield "provider", f"our own people buy number {n} in the console", draft, None
    if not number.booked:
        yield "provider", f"ledger catches up with number {n}", Draft(state).number(n, booked=1), None
    if number.owner == w.US and not number.listed:
        yield "provider", f"lists catch up with number {n}", Draft(state).number(n, listed=1), None


def one_call(state: State, scenario: Scenario, i: int, attempt: Attempt) -> Steps:
    """The next step of a running call: inventory check, debit, or its end with an answer."""
    n = state.requests[attempt.request].number
    number, name = state.numbers[n], f"provider, call {i + 1}:"
    is_free = number.owner == w.NOBODY or (scenario.oversells and is_on_sale(number))
    if attempt.call == w.SENT and is_free and scenario.racing:
        yield "provider", f"{name} inventory checked", Draft(state).attempt(i, call=w.PASSED), None
    if attempt.call == w.PASSED or (attempt.call == w.SENT and is_free and not scenario.racing):
        debits = (*number.debits, (i, number.price, 0))
        draft = Draft(state).attempt(i, call=w.DEBITED).number(n, debits=debits, booked=int(not scenario.ledger_lag))
        yield "provider", f"{name} debits terms {number.price}", draft, None
    for answer, words, chance, is_handed_over in ends(state, scenario, attempt, is_free=is_free):
        draft = Draft(state).attempt(i, call=w.OVER, answer=answer)
        if chance:
            draft.happened(chance)
        if is_handed_over:
            draft.number(n, owner=w.US, by=i + 1, listed=int(not scenario.lag))
        yield "provider", f"{name} {words}", draft, None


def ends(state: State, scenario: Scenario, attempt: Attempt, *, is_free: bool) -> list[End]:
    found: list[End] = []
    if attempt.call == w.SENT:
        found.append((w.OWN500, "500, nothing done", None, False))
        if scenario.refusals:
            found.append((w.SAYS_NO, "refuses", None, False))
        if may_happen(state, "low"):
            found.append((w.LOW, w.ANSWER[w.LOW], "low", False))
        if may_happen(state, "busy"):
            found.append((w.BUSY, w.ANSWER[w.BUSY], "busy", False))
        if not is_free:
            found.append((w.GONE, "404", None, False))
    if attempt.call == w.DEBITED:
        if is_free or scenario.racing:
            found += [(answer, f"hands the number over, answers {w.ANSWER[answer]}", None, True) for answer in SAYS]
        may_stop = may_happen(state, "debit")
        if may_stop or not is_free:
            chance = "debit" if may_stop else None
            says = (w.OWN500, w.OK200) if scenario.liar else (w.OWN500,)
            found += [(answer, f"stops after the debit, answers {w.ANSWER[answer]}", chance, False) for answer in says]
    return found


SAYS = (w.OK200, w.OWN500)
