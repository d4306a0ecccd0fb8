"""The two machines: every arrow there is, declared once, and the steps that several people and workers take alike.

The search refuses a step that is not declared here, and a full run says which declared one no scenario takes. That the
request's arrows are those of `bot.domain.request` is `test_names.py`'s to hold.
"""

from typing import Final

from tests.model import words as w
from tests.model.facts import attempts_on
from tests.model.scenarios import Scenario
from tests.model.state import Arrow, Draft

OF_REQUESTS: Final = (
    ("new", "submitted", "pending"),
    ("pending", "voted", "pending"),
    ("pending", "approved", "approved"),
    ("pending", "approved automatically", "approved"),
    ("pending", "denied or withdrawn", "closed"),
    ("pending", "expired", "closed"),
    ("approved", "denied or withdrawn", "closed"),
    ("approved", "terms changed", "pending"),
    ("approved", "balance too low", "pending"),
    ("approved", "approver left", "pending"),
    ("approved", "frozen", "pending"),
    ("approved", "lapsed", "pending"),
    ("approved", "not in inventory", "failed"),
    ("approved", "recorded", "purchasing"),
    ("purchasing", "bought", "purchased"),
    ("purchasing", "found", "purchased"),
    ("purchasing", "refused", "failed"),
    ("purchasing", "balance too low", "pending"),
    ("purchasing", "not executed", "approved"),
    ("purchasing", "not executed, frozen since", "pending"),
    ("purchasing", "not executed, the last time", "failed"),
    ("purchasing", "unknown", "checking"),
    ("purchasing", "process died", "checking"),
    ("checking", "charged without number", "checking"),
    ("checking", "people asked", "checking"),
    ("checking", "look asked", "checking"),
    ("checking", "written off", "checking"),
    ("checking", "found", "purchased"),
    ("checking", "sold to another request", "failed"),
    ("checking", "not bought", "failed"),
    ("failed", "found late", "purchased"),
)
"""A request's status, what happens, and its status then."""

OF_ATTEMPTS: Final = (
    ("new", "recorded", "open"),
    ("open", "bought", "bought"),
    ("open", "found", "found"),
    ("open", "refused", "refused"),
    ("open", "balance too low", "refused"),
    ("open", "sold to another request", "by_looks"),
    ("open", "not executed", "unexecuted"),
    ("open", "not bought", "by_looks"),
    ("by_looks", "found late", "found"),
)
"""An attempt's outcome, what happens, and its outcome then."""

DECLARED: Final[frozenset[Arrow]] = frozenset(
    [("request", *arrow) for arrow in OF_REQUESTS] + [("attempt", *arrow) for arrow in OF_ATTEMPTS]
)


def ask_again(draft: Draft, i: int, event: str, scenario: Scenario, **changes: int) -> None:
    """Back to `pending`: the votes are void."""
    nothing = {"automatic": 0, "work": 0, "attempt": 0, "tries": 0, "frozen_since": 0}
    click = 0 if "terms" in changes else draft.requests[i].click and w.STALE  # of other terms it counts no more anyway
    draft.move(i, event, w.PENDING, votes=(0, 0, 0), click=click, **nothing, **changes)
    if scenario.holds["leaves"]:
        draft.request(i, together=0)
    if scenario.holds["free-reservation"]:
        draft.request(i, reserved=0)
    if scenario.holds["renew-expiry"]:
        draft.request(i, overdue=0, expiry=1)
    for k, worker in enumerate(draft.workers):
        if worker.step and worker.request == i:
            draft.worker(k, same=0)


def credit(draft: Draft, i: int, event: str, outcome: int, scenario: Scenario, *, charge_is_read: bool) -> None:
    """Attempt `i` has bought its number; what was really charged is settled, and said when it differs."""
    attempt = draft.attempts[i]
    n = draft.requests[attempt.request].number
    debits = draft.numbers[n].debits
    real = [terms for by, terms, _ in debits if by == i] or [terms for _, terms, _ in debits] or [attempt.terms]
    paid = real[0] if charge_is_read else attempt.terms
    draft.end(i, event, outcome)
    has_rival = any(draft.attempts[j].outcome == w.BY_LOOKS for j in attempts_on(draft, n))
    if outcome == w.FOUND and has_rival and scenario.holds["two-claims"]:
        draft.request(attempt.request, alerted=1)
    said = int(paid != attempt.terms)
    draft.move(attempt.request, event, w.PURCHASED, reserved=0, spent=w.CHARGE[paid], charge_said=said, work=0)


def fail(draft: Draft, r: int, event: str, outcome: int, scenario: Scenario) -> None:
    """Request `r` fails; its attempt, if it has one, ends with this outcome."""
    i = draft.requests[r].attempt - 1
    settled = 1
    if i >= 0:
        if outcome == w.BY_LOOKS:
            settled = int(bool(draft.attempts[i].call_is_over) or not scenario.holds["own-500"])
        draft.end(i, event, outcome, settled=settled)
    draft.move(r, event, w.FAILED, work=0)
    if settled or not scenario.holds["settling-budget"]:
        draft.request(r, reserved=0)


def not_executed(draft: Draft, r: int, i: int, scenario: Scenario) -> None:
    """The attempt is closed as never executed; another may follow, unless a freeze came or it was the last."""
    draft.end(i, "not executed", w.UNEXECUTED, call=w.OVER)
    request = draft.requests[r]
    if request.tries >= scenario.tries:
        draft.move(r, "not executed, the last time", w.FAILED, reserved=0, work=0)
    elif request.frozen_since and scenario.holds["freeze-to-pending"]:
        ask_again(draft, r, "not executed, frozen since", scenario)
    else:
        draft.move(r, "not executed", w.APPROVED, attempt=0, work=w.BUY)
