"""Compare: one attempt against what the provider shows, hours and days after its call.

A late truth corrects `failed`, what can no longer change is settled, and approvers are told once of what nobody can
explain; that ends when it is refunded, written off, or shows after all. What the ledger says was counted before
(`debits.py`).
"""

from dataclasses import replace
from datetime import datetime

from bot.domain import trail
from bot.domain.alert import Alert
from bot.domain.attempt import DEFINITE, NOT_DEFINITE, SALES, Attempt, Ending
from bot.domain.facts import ChargeTold, MonthTold
from bot.domain.ledger import total
from bot.domain.looks import COLD_AFTER, SETTLED_AFTER, Look
from bot.domain.numbers import OwnedNumber
from bot.domain.request import Status
from bot.services.budget import month_of_approval
from bot.services.buy.credit import CreditedElsewhere, Sale, charge_of, claimant, credit
from bot.services.reconcile.alerts import Unexplained, alert, explained
from bot.services.reconcile.checking import LookMade, conclude
from bot.services.reconcile.debits import WATCHED_FOR, Debits, Swept, Weighed
from bot.services.transitions import move
from bot.services.unit import Case, Unit
from bot.store import attempts, budgets, requests


def _case(unit: Unit, attempt: str) -> Case | None:
    """The attempt, read again under its request's lock."""
    request = requests.lock(unit.connection, attempts.get(unit.connection, attempt).request)
    return None if request is None else Case(unit, request, attempts.get(unit.connection, attempt))


def compare(unit: Unit, weighed: Weighed, swept: Swept) -> None:
    """One attempt in one transaction; left to the next sweep when what was counted from has changed since."""
    case = _case(unit.at(swept.began), weighed.attempt.id)
    if case is None or not _is_as_counted(unit, weighed, swept):
        return
    status, ending = case.request.status, case.attempt.ending
    if status is Status.FAILED and ending in NOT_DEFINITE:
        _compare_failed(case, swept, weighed)
    elif status is Status.CHECKING and ending is Ending.OPEN and case.attempt.asks_people:
        _compare_checking(case, swept, weighed)
    elif status is Status.PURCHASED and ending in SALES:
        _compare_purchased(case, swept, weighed)
    elif ending in DEFINITE:
        _compare_refused(case, swept, weighed)


def _is_as_counted(unit: Unit, weighed: Weighed, swept: Swept) -> bool:
    tried = attempts.of_number(unit.connection, weighed.attempt.e164)
    return tried == weighed.tried and attempts.all_written_off(unit.connection) == swept.written_off


def settle_unread(unit: Unit, attempt_id: str, began: datetime) -> None:
    """Time alone settles what an operator said because the provider can never be read again."""
    case = _case(unit.at(began), attempt_id)
    if case is not None and case.attempt.ending is Ending.ON_WORD and case.attempt.alerted_at is None:
        _settle_past_the_hour(case)


def _compare_failed(case: Case, swept: Swept, weighed: Weighed) -> None:
    attempt, debits = case.attempt, weighed.debits
    owned = swept.bought_by(case.request.terms.account, attempt.e164)
    newest = claimant(weighed.tried)
    if newest is None or newest.id != attempt.id:
        _settle(case, swept, debits)
    elif owned is not None and owned.is_usable:
        _late_truth(case, swept, owned, debits)
    elif owned is not None:
        _compare_unusable(case, swept, owned, debits)
    elif debits:
        what = Alert.CHARGED_WITHOUT_NUMBER if weighed.sale is None else Alert.CHARGED_BESIDE_SALE
        alert(case, Unexplained(what, debits))
    elif weighed.silent:
        alert(case, Unexplained(Alert.MAY_BE_CHARGED, weighed.silent))
    else:
        _settle(case, swept, debits)


def _compare_unusable(case: Case, swept: Swept, owned: OwnedNumber, debits: Debits | None) -> None:
    """Among our own, and blocked or on its way back. Within the hour it may still be on its way to us."""
    if swept.is_ledger_unread and case.attempt.alerted_at is not None:
        return  # the debits that were told of stay so until the ledger can be read
    if owned.status == "pending_purchase" and case.unit.now - case.attempt.call_ended < SETTLED_AFTER:
        return
    if debits or case.attempt.confirmed_at is None:
        alert(case, Unexplained(Alert.NOT_USABLE, debits or (), owned))
    else:
        _settle(case, swept, debits)


def _compare_checking(case: Case, swept: Swept, weighed: Weighed) -> None:
    """People are asked, and meanwhile the number may have turned up."""
    owned = swept.bought_by(case.request.terms.account, case.attempt.e164)
    if owned is not None and owned.is_usable:
        look = Look(is_owned_read=True, owned=owned, debits=weighed.debits)
        conclude(case, LookMade(look=look, began=case.unit.now))


def _late_truth(case: Case, swept: Swept, owned: OwnedNumber, debits: Debits | None) -> None:
    sale = Sale(
        number=owned,
        ending=Ending.FOUND,
        charged=charge_of(owned, debits),
        provider_request_id=case.attempt.provider_request_id,
        late=True,
    )
    try:
        credit(case, sale)
    except CreditedElsewhere:
        if debits:
            alert(case, Unexplained(Alert.CHARGED_BESIDE_SALE, debits, owned))
        else:
            _settle(case, swept, debits)


def _settle(case: Case, swept: Swept, debits: Debits | None) -> None:
    """With neither the number nor an unexplained debit nothing can follow any more.

    While the ledger cannot be read, own numbers are enough for what people said: it needed no ledger either.
    """
    attempt = case.attempt
    if swept.is_ledger_unread and (attempt.ending is Ending.BY_LOOKS or attempt.alerted_at is not None):
        return
    if attempt.alerted_at is not None and not debits and debits is not None:
        attempts.alerted(case.unit.connection, attempt.id, at=None)
    if not debits:
        _settle_past_the_hour(case)


def _settle_past_the_hour(case: Case) -> None:
    unit, request, attempt = case.unit, case.request, case.attempt
    if not attempt.is_unsettled or unit.now - attempt.call_ended < SETTLED_AFTER:
        return
    attempts.settle(unit.connection, attempt.id, at=unit.now)
    budgets.release(unit.connection, request.id)
    move(unit, request, request.noted(), trail.Settled(attempt=attempt.id), silently=True)


def _compare_purchased(case: Case, swept: Swept, weighed: Weighed) -> None:
    """What it cost, for days. Whether the number is ours, until it was seen: what changes then is people's doing."""
    difference = _read_charge(case, weighed.named)
    is_told = weighed.is_sold_twice or bool(weighed.surplus)
    if is_told and alert(case, Unexplained(Alert.CHARGED_TWICE, weighed.surplus, difference=difference)):
        return
    if difference is not None:
        paid, in_month = difference
        told = trail.SweepAlert(what=Alert.CHARGED_OTHERWISE, attempt=case.attempt.id, paid=paid, in_month=in_month)
        case = replace(case, request=move(case.unit, case.request, case.request.noted(), told))
    is_of_money = case.attempt.alerted_at is not None and not _is_missed(case.attempt)
    if not is_told and not (swept.is_ledger_unread and is_of_money):
        _compare_ownership(case, swept)


def _is_missed(attempt: Attempt) -> bool:
    """Does its alert say that the number is not among our own? Then own numbers alone can end it."""
    return attempt.seen is not None and attempt.seen.what is Alert.NOT_AMONG_OWN_NUMBERS


def _compare_ownership(case: Case, swept: Swept) -> None:
    """Own numbers may lag for an hour, so that a number is not missed before.

    After some days people may have released it; an alert of the time before waits for their word.
    """
    unit, attempt = case.unit, case.attempt
    is_seen = attempt.confirmed_at is not None
    if not is_seen and unit.now - attempt.call_ended < SETTLED_AFTER:
        return
    if not is_seen and attempt.e164 not in swept.own:
        if unit.now - attempt.recorded_at < WATCHED_FOR:
            alert(case, Unexplained(Alert.NOT_AMONG_OWN_NUMBERS))
        elif attempt.alerted_at is None:
            attempts.confirm(unit.connection, attempt.id, at=unit.now)
        return
    if not is_seen:
        attempts.confirm(unit.connection, attempt.id, at=unit.now)
    explained(case)


def _read_charge(case: Case, rows: Debits) -> tuple[ChargeTold, MonthTold] | None:
    """Corrects the charge to what the ledger shows; the difference when that is to be said.

    Rows may come late, the ledger by a minute: every sweep reads it again.
    """
    unit, request, attempt = case.unit, case.request, case.attempt
    charged, approved = total(rows), request.terms.charge
    if charged is None or charged == attempt.charged or unit.now - attempt.call_ended < COLD_AFTER:
        return None
    attempts.charge_read(unit.connection, attempt.id, charged)
    budgets.correct(unit.connection, request.id, counted=attempt.charged or approved, charged=charged)
    if attempt.charged is None and charged == approved:
        return None
    return ChargeTold.of(approved, charged), month_of_approval(unit, request, charged.currency)


def _compare_refused(case: Case, swept: Swept, weighed: Weighed) -> None:
    """The provider said that it did nothing; a charge that names the number says otherwise."""
    connection, attempt = case.unit.connection, case.attempt
    newest = attempts.newest_of(connection, case.request.id)
    if newest is not None and newest.id != attempt.id:
        if attempt.alerted_at is not None and newest.ending is not Ending.OPEN:
            attempts.alerted(connection, attempt.id, at=None)  # people are shown a request's newest attempt
        return
    if swept.ledger is None:
        return
    found = Unexplained(Alert.CHARGED_WITHOUT_NUMBER)
    if weighed.sale is not None:
        debits = weighed.debits if attempt.alerted_at is not None else ()
        found = Unexplained(Alert.CHARGED_BESIDE_SALE, debits or ())
    elif attempt.e164 not in swept.own:
        found = replace(found, debits=weighed.standing)
    if found.debits:
        alert(case, found)
    else:
        explained(case)
