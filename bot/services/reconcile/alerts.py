"""Alerts: approvers are told of what nobody can explain at the provider, once, and reminded daily until it ends.

An alert belongs to an attempt. It ends when the money is given back, when what was missing shows after all, or when an
approver acknowledges it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain import trail
from bot.domain.alert import Alert
from bot.domain.attempt import NOT_DEFINITE, Attempt
from bot.domain.facts import ChargeTold, Debit, MonthTold, Seen
from bot.domain.ledger import LedgerEntry
from bot.domain.looks import Look
from bot.domain.numbers import OwnedNumber
from bot.services.budget import month_of_approval
from bot.services.transitions import await_people, move
from bot.services.unit import Case, Unit
from bot.store import attempts, budgets


@dataclass(frozen=True, slots=True)
class Unexplained:
    """What a sweep or a look found: which debits, and how the number stands among our own, if it does."""

    what: Alert
    debits: Sequence[LedgerEntry] = ()
    owned: OwnedNumber | None = None
    difference: tuple[ChargeTold, MonthTold] | None = None
    """What was charged beside what was approved, and how the month stands with it."""


def alert(
    case: Case, found: Unexplained, event: type[trail.SweepAlert] | type[trail.ChargedWithoutNumber] = trail.SweepAlert
) -> bool:
    """Tells approvers; False when they know it already. What may still turn out otherwise is unsettled again."""
    unit, request, attempt = case.unit, case.request, case.attempt
    if _is_known(unit, attempt, found):
        return False
    debits = tuple(map(Debit.of, found.debits))
    owned_status = None if found.owned is None else found.owned.status
    seen = Seen(what=found.what, owned=found.owned is not None, owned_status=owned_status, debits=debits)
    attempts.alerted(unit.connection, attempt.id, at=unit.now)
    attempts.looked(unit.connection, attempt.id, clean_since=None, seen=seen)
    told = event(
        what=seen.what,
        owned=seen.owned,
        owned_status=seen.owned_status,
        debits=debits,
        attempt=attempt.id,
        provider_request_id=attempt.provider_request_id,
        called_at=attempt.recorded_at,
    )
    if attempt.ending in NOT_DEFINITE:
        attempts.settle(unit.connection, attempt.id, at=None)
        budgets.hold_again(unit.connection, request.id, request.terms.charge)
        told = told.also(in_month=month_of_approval(unit, request, request.terms.currency))
    if found.difference is not None:
        paid, in_month = found.difference
        told = told.also(paid=paid, in_month=in_month)
    move(unit, request, request.noted(), told)
    await_people(unit, request.id)
    return True


def explained(case: Case) -> None:
    """Whatever was alerted is refunded, or shows after all."""
    if case.attempt.alerted_at is None:
        return
    attempts.alerted(case.unit.connection, case.attempt.id, at=None)
    told = trail.Settled(attempt=case.attempt.id)
    move(case.unit, case.request, case.request.noted(), told, silently=True)


def acknowledge(case: Case, look: Look | None, *, by: str) -> None:
    """What was told of is given up, and what a fresh look shows with it.

    For a number that was bought only the former: its own charge would be among what the look shows.
    """
    unit, request, attempt = case.unit, case.request, case.attempt
    debits = {debit.id: debit for debit in told_debits(attempt)}
    if look is not None and not attempt.ending.is_sale and look.owned is None:
        debits |= {row.id: Debit.of(row) for row in look.debits or ()}
    attempts.write_off(unit.connection, attempt, frozenset(debits))
    is_not_usable = attempt.seen is not None and attempt.seen.what is Alert.NOT_USABLE
    if attempt.ending.is_sale or is_not_usable:
        attempts.confirm(unit.connection, attempt.id, at=unit.now)
    told = trail.WrittenOff(attempt=attempt.id, debits=tuple(debits.values()))
    if debits and look is not None and look.is_ledger_unread:
        told = told.also(ledger_unread=True)
    move(unit, request, request.noted(), told, by=by)


def told_debits(attempt: Attempt) -> tuple[Debit, ...]:
    """The debits of which the attempt's alert tells; none while it has no alert."""
    if attempt.alerted_at is None or attempt.seen is None:
        return ()
    return attempt.seen.debits or ()


def told_ids(of: Sequence[Attempt]) -> frozenset[str]:
    """The ledger's ids of the debits of which these attempts' alerts tell."""
    return frozenset(debit.id for attempt in of for debit in told_debits(attempt))


def _is_known(unit: Unit, attempt: Attempt, found: Unexplained) -> bool:
    """Was the same said of this attempt, or are all these debits told of with others?

    Debits 1 and 2 are told of with attempt A: attempt B, settled, has nothing to add about 2. Not settled, it says so.
    """
    ids = {row.id for row in found.debits}
    if attempt.alerted_at is not None:
        said = None if attempt.seen is None else attempt.seen.what
        return said in (found.what, None) and ids <= told_ids([attempt])
    is_settled = attempt.ending not in NOT_DEFINITE
    return is_settled and bool(ids) and ids <= told_ids(attempts.alerted_ones(unit.connection))
