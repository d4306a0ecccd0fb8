"""Money: called once, sold and credited once, approved, counted. The provider's stand-in knows the truth."""

from collections import Counter
from collections.abc import Iterator, Mapping

from pydantic import JsonValue
from sqlalchemy import select

from bot.domain import trail
from bot.domain.attempt import SALES
from bot.domain.audit import Entry
from bot.domain.money import Money
from bot.domain.request import Status
from bot.domain.trail import Event
from bot.store import attempts
from bot.store.tables import budgets, reservations
from tests.harness.promise.rest import AtRest
from tests.harness.rows import facts_of


def every_attempt_was_called_once_at_most(rest: AtRest) -> Iterator[str]:
    called = Counter(call.e164 for call in rest.vobiz.purchase_calls)
    recorded = Counter[str](attempt.e164 for attempt in rest.attempts)
    for number, calls in called.items():
        if calls > recorded[number or ""]:
            yield f"{number} was called {calls} times for {recorded[number or '']} attempts"


def every_sale_is_credited_once(rest: AtRest) -> Iterator[str]:
    """The provider's sales to purchase calls, and the attempts that are known to have bought."""
    sold = Counter(sale.e164 for sale in rest.vobiz.sales if sale.by == "api")
    credited = Counter[str](attempt.e164 for attempt in rest.attempts if attempt.ending in SALES)
    purchased = Counter[str](
        request.terms.e164 for request in rest.requests.values() if request.status is Status.PURCHASED
    )
    for number in sold.keys() | credited.keys() | purchased.keys():
        if not sold[number] == credited[number] == purchased[number]:
            yield (
                f"{number} was sold {sold[number]} times, {credited[number]} attempts bought it, "
                f"{purchased[number]} requests are purchased"
            )


def what_was_charged_is_what_the_ledger_says(rest: AtRest) -> Iterator[str]:
    """By number, from rows that name theirs, without what was given back, or up; numbers in doubt are left out."""
    made = rest.attempts
    given_up = frozenset[str]().union(*(attempt.written_off for attempt in made))
    debited: Counter[str] = Counter()
    for row in rest.vobiz.ledger:
        if row.id not in given_up:
            debited[row.reference] += int(row.amount * 10**6) * (1 if row.kind == "debit" else -1)
    counted: Counter[str] = Counter()
    for attempt in made:
        if attempt.alerted_at is not None:
            del debited[attempt.number_id or ""]
        elif attempt.ending in SALES:
            request = rest.requests[attempt.request]
            counted[attempt.number_id or ""] += (attempt.charged or request.terms.charge).micros
    for number in counted.keys() | debited.keys():
        if counted[number] != debited[number]:
            yield f"{number}: {debited[number]} debited, {counted[number]} counted"


def the_budget_adds_up(rest: AtRest) -> Iterator[str]:
    held = {row.request: row for row in rest.connection.execute(select(reservations))}
    reserved: Counter[tuple[str, str]] = Counter()
    spent: Counter[tuple[str, str]] = Counter()
    for row in held.values():
        reserved[row.month, row.currency] += row.amount
    for attempt in rest.attempts:
        if attempt.ending in SALES:
            request = rest.requests[attempt.request]
            charged: Money = attempt.charged or request.terms.charge
            spent[held[request.id].month, charged.currency] += charged.micros
    for month in rest.connection.execute(select(budgets)):
        key = (month.month, month.currency)
        if (month.reserved, month.spent) != (reserved[key], spent[key]):
            yield f"{key}: the counters say {month.reserved} + {month.spent}, it is {reserved[key]} + {spent[key]}"


def money_is_held_only_for_what_may_still_cost(rest: AtRest) -> Iterator[str]:
    for row in rest.connection.execute(select(reservations)):
        request = rest.requests[row.request]
        newest = attempts.newest_of(rest.connection, request.id)
        may_cost = request.status in (Status.APPROVED, Status.PURCHASING, Status.CHECKING) or (
            request.status is Status.FAILED and newest is not None and newest.is_unsettled
        )
        if (row.amount > 0) != (may_cost and request.terms.charge.micros > 0):
            yield f"{request.terms.e164} is {request.status} and holds {row.amount}"


def every_attempt_was_approved(rest: AtRest) -> Iterator[str]:
    """By enough different approvers, none of them the requester, for the terms it was made with, and not frozen."""
    approved: dict[str, Entry] = {}
    frozen = False
    for entry in rest.trail:
        match entry.event:
            case Event.FROZEN | Event.UNFROZEN:
                frozen = entry.event is Event.FROZEN
            case Event.APPROVED if entry.request is not None:
                approved[entry.request] = entry
            case Event.ASKED_AGAIN | Event.DENIED | Event.WITHDRAWN if entry.request is not None:
                approved.pop(entry.request, None)
            case Event.ATTEMPT_RECORDED if entry.request is not None:
                if frozen:
                    yield f"attempt at entry {entry.seq} while frozen"
                yield from _unapproved(rest, entry, approved.get(entry.request))
            case _:
                pass


def _committed(told: Mapping[str, JsonValue]) -> Money:
    setup, monthly = (Money.of(f"{told[fee]} {told['currency']}") for fee in ("setup_fee", "monthly_fee"))
    return setup + monthly * max(1, int(str(told.get("minimum_commitment_months", 0))))


def _unapproved(rest: AtRest, attempt: Entry, approval: Entry | None) -> Iterator[str]:
    if approval is None or attempt.request is None:
        yield f"attempt at entry {attempt.seq} without an approval"
        return
    request = rest.requests[attempt.request]
    facts, made = facts_of(approval), facts_of(attempt)
    if facts["digest"] != made["digest"]:
        yield f"attempt at entry {attempt.seq} with other terms than approved"
    if facts.get("automatic"):
        return
    named = facts.get("voters")
    voters = set(map(str, named)) if isinstance(named, list) else set[str]()
    told = approval.told
    decided = told.committed if isinstance(told, trail.Approved) and told.together else [_committed(made)]
    needed = rest.rules.votes_needed(*decided)
    allowed = rest.approvers if rest.rules.allow_self_approval else rest.approvers - {request.requester}
    if len(voters) < needed or not voters <= allowed:
        yield f"attempt at entry {attempt.seq} on the votes of {sorted(voters)}, {needed} needed"
