"""Compare: one attempt against what the provider shows, hours and days after its call.

A late truth corrects `failed`, what can no longer change is settled, and approvers are told once of what nobody can
explain; that ends when it is refunded, written off, or shows after all.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.alert import Alert
from bot.domain.attempt import DEFINITE, NOT_DEFINITE, SALES, Attempt, Ending
from bot.domain.audit import BOT, Event, Facts
from bot.domain.charge import is_one_purchase
from bot.domain.ledger import LedgerEntry, total
from bot.domain.looks import COLD_AFTER, SETTLED_AFTER, Look
from bot.domain.numbers import OwnedNumber
from bot.domain.policy import Limits
from bot.domain.request import PurchaseRequest, Status
from bot.services.budget import month_facts
from bot.services.buy.credit import CreditedElsewhere, charge_facts, charge_of, claimant, credit
from bot.services.reconcile.alerts import alert, beside_sale, explained, price, told_ids
from bot.services.reconcile.checking import conclude
from bot.services.reconcile.debits import WATCHED_FOR, Swept, named_debits, of_its_days, unexplained_debits
from bot.services.transitions import move, reply
from bot.store import attempts, budgets, requests


def compare(connection: Connection, *, attempt_id: str, swept: Swept, limits: Limits, now: datetime) -> None:
    """One attempt in one transaction, read again under its request's lock."""
    request = requests.lock(connection, attempts.get(connection, attempt_id).request)
    attempt = attempts.get(connection, attempt_id)
    if request is None:
        return
    if request.status is Status.FAILED and attempt.ending in NOT_DEFINITE:
        _compare_failed(connection, request, attempt, swept, limits, now)
    elif request.status is Status.CHECKING and attempt.ending is Ending.OPEN and attempt.asks_people:
        _compare_checking(connection, request, attempt, swept, limits, now)
    elif request.status is Status.PURCHASED and attempt.ending in SALES:
        _compare_purchased(connection, request, attempt, swept, limits, now)
    elif attempt.ending in DEFINITE:
        _compare_refused(connection, request, attempt, swept, limits, now)


def settle_unread(connection: Connection, *, attempt_id: str, now: datetime) -> None:
    """Time alone settles what an operator said because the provider can never be read again."""
    request = requests.lock(connection, attempts.get(connection, attempt_id).request)
    attempt = attempts.get(connection, attempt_id)
    if request is not None and attempt.ending is Ending.ON_WORD and attempt.alerted_at is None:
        _settle(connection, request, attempt, None, now)


def _compare_failed(
    connection: Connection, request: PurchaseRequest, attempt: Attempt, swept: Swept, limits: Limits, now: datetime
) -> None:
    owned = swept.bought_by(request.terms.account, attempt.e164)
    newest = claimant(connection, attempt.e164)
    debits = unexplained_debits(connection, attempt, request, swept)
    if newest is None or newest.id != attempt.id:
        if newest is not None and newest.ending.is_sale and debits:
            debits = beside_sale(connection, newest, of_its_days(attempt, debits))
        _settle(connection, request, attempt, debits, now)
    elif owned is not None and owned.is_usable:
        _late_truth(connection, request, attempt, owned, debits, limits, now)
    elif owned is not None:
        _compare_unusable(connection, request, attempt, owned, debits, limits, now)
    elif debits:
        alert(connection, request, attempt, Alert.CHARGED_WITHOUT_NUMBER, debits, limits=limits, now=now)
    else:
        _settle(connection, request, attempt, debits, now)


def _compare_unusable(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    owned: OwnedNumber,
    debits: tuple[LedgerEntry, ...] | None,
    limits: Limits,
    now: datetime,
) -> None:
    """Among our own, and blocked or on its way back. Within the hour it may still be on its way to us."""
    if owned.status == "pending_purchase" and now - attempt.call_ended < SETTLED_AFTER:
        return
    if debits or attempt.confirmed_at is None:
        alert(connection, request, attempt, Alert.NOT_USABLE, debits or (), limits=limits, now=now, owned=owned)
    else:
        _settle(connection, request, attempt, debits, now)


def _compare_checking(
    connection: Connection, request: PurchaseRequest, attempt: Attempt, swept: Swept, limits: Limits, now: datetime
) -> None:
    """People are asked, and meanwhile the number may have turned up."""
    owned = swept.bought_by(request.terms.account, attempt.e164)
    if owned is not None and owned.is_usable:
        debits = unexplained_debits(connection, attempt, request, swept)
        look = Look(is_owned_read=True, owned=owned, debits=debits)
        conclude(connection, request, attempt, look, actor=BOT, limits=limits, began=now, now=now)


def _late_truth(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    owned: OwnedNumber,
    debits: tuple[LedgerEntry, ...] | None,
    limits: Limits,
    now: datetime,
) -> None:
    try:
        credit(
            connection,
            request,
            attempt,
            owned,
            Ending.FOUND,
            charged=charge_of(owned, debits),
            provider_request_id=attempt.provider_request_id,
            actor=BOT,
            limits=limits,
            now=now,
            facts={"late": True},
        )
    except CreditedElsewhere:
        sale = attempts.sale_of(connection, attempt.e164)
        if sale is not None and debits and (surplus := beside_sale(connection, sale, debits)):
            alert(connection, request, attempt, Alert.CHARGED_BESIDE_SALE, surplus, limits=limits, now=now, owned=owned)
        else:
            _settle(connection, request, attempt, debits and (), now)


def _settle(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    debits: tuple[LedgerEntry, ...] | None,
    now: datetime,
) -> None:
    """An hour after the call ended, with neither the number nor an unexplained debit, nothing can follow any more."""
    if attempt.alerted_at is not None and not debits and debits is not None:
        attempts.alerted(connection, attempt.id, at=None)
    if not attempt.is_unsettled or debits or now - attempt.call_ended < SETTLED_AFTER:
        return
    attempts.settle(connection, attempt.id, at=now)
    budgets.release(connection, request.id)
    facts: Facts = {"attempt": attempt.id}
    move(connection, request, request.noted(), now=now, actor=BOT, event=Event.SETTLED, facts=facts)


def _compare_purchased(
    connection: Connection, request: PurchaseRequest, attempt: Attempt, swept: Swept, limits: Limits, now: datetime
) -> None:
    """What it cost, for days. Whether the number is ours, until it was seen: what changes then is people's doing."""
    given_up_elsewhere = attempts.all_written_off(connection) - attempt.written_off
    rows = named_debits(connection, attempt, request, swept, given_up_elsewhere)
    surplus = _surplus(request, attempt, rows)
    difference = _read_charge(connection, request, attempt, rows, limits, now)
    if surplus and alert(
        connection, request, attempt, Alert.CHARGED_TWICE, surplus, limits=limits, now=now, facts=difference
    ):
        return
    if difference is not None:
        request = _say_charge(connection, request, attempt, difference, now)
    if not surplus:
        _compare_ownership(connection, request, attempt, swept, limits, now)


def _surplus(request: PurchaseRequest, attempt: Attempt, rows: Sequence[LedgerEntry]) -> tuple[LedgerEntry, ...]:
    """The rows when they are more than one purchase's, without those that were given up."""
    if len(rows) < 2 or is_one_purchase(rows, price(attempt, request)):
        return ()
    return tuple(row for row in rows if row.id not in attempt.written_off)


def _compare_ownership(
    connection: Connection, request: PurchaseRequest, attempt: Attempt, swept: Swept, limits: Limits, now: datetime
) -> None:
    """Own numbers may lag for an hour, so that a number is not missed before.

    After some days people may have released it; an alert of the time before waits for their word.
    """
    is_seen = attempt.confirmed_at is not None
    if not is_seen and now - attempt.call_ended < SETTLED_AFTER:
        return
    if not is_seen and attempt.e164 not in swept.own:
        if now - attempt.recorded_at < WATCHED_FOR:
            alert(connection, request, attempt, Alert.NOT_AMONG_OWN_NUMBERS, limits=limits, now=now)
        elif attempt.alerted_at is None:
            attempts.confirm(connection, attempt.id, at=now)
        return
    if not is_seen:
        attempts.confirm(connection, attempt.id, at=now)
    explained(connection, request, attempt, now)


def _read_charge(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    rows: Sequence[LedgerEntry],
    limits: Limits,
    now: datetime,
) -> Facts | None:
    """Corrects the charge to what the ledger shows; the facts when that is to be said.

    Rows may come late, the ledger by a minute: every sweep reads it again.
    """
    charged, approved = total(rows), request.terms.charge
    if charged is None or charged == attempt.charged or now - attempt.call_ended < COLD_AFTER:
        return None
    attempts.charge_read(connection, attempt.id, charged)
    budgets.correct(connection, request.id, counted=attempt.charged or approved, charged=charged)
    if attempt.charged is None and charged == approved:
        return None
    return {**charge_facts(approved, charged), **month_facts(connection, request, charged.currency, limits)}


def _say_charge(
    connection: Connection, request: PurchaseRequest, attempt: Attempt, difference: Facts, now: datetime
) -> PurchaseRequest:
    facts: Facts = {"what": "charged_otherwise", "attempt": attempt.id, **difference}
    moved, entry = move(connection, request, request.noted(), now=now, actor=BOT, event=Event.SWEEP_ALERT, facts=facts)
    reply(connection, entry, now=now)
    return moved


def _compare_refused(
    connection: Connection, request: PurchaseRequest, attempt: Attempt, swept: Swept, limits: Limits, now: datetime
) -> None:
    """The provider said that it did nothing; a charge that names the number says otherwise."""
    newest = attempts.newest_of(connection, request.id)
    if newest is not None and newest.id != attempt.id:
        _hand_over(connection, attempt, newest)
        return
    if swept.rows is None:
        return
    sale = claimant(connection, attempt.e164)
    if attempt.e164 not in swept.own:
        debits = _named_to_tell(connection, attempt, request, swept)
        what = Alert.CHARGED_WITHOUT_NUMBER
    elif attempt.alerted_at is not None and sale is not None and sale.ending.is_sale:
        debits = beside_sale(connection, sale, unexplained_debits(connection, attempt, request, swept) or ())
        what = Alert.CHARGED_BESIDE_SALE
    else:
        debits, what = (), Alert.CHARGED_WITHOUT_NUMBER
    if debits:
        alert(connection, request, attempt, what, debits, limits=limits, now=now)
    else:
        explained(connection, request, attempt, now)


def _hand_over(connection: Connection, attempt: Attempt, newest: Attempt) -> None:
    """People are shown a request's newest attempt: once that has ended it is the one that is alerted."""
    if attempt.alerted_at is not None and newest.ending is not Ending.OPEN:
        attempts.alerted(connection, attempt.id, at=None)


def _named_to_tell(
    connection: Connection, attempt: Attempt, request: PurchaseRequest, swept: Swept
) -> tuple[LedgerEntry, ...]:
    """A debit of now is the newest attempt's for the number; an earlier one keeps those of which it told."""
    rows = named_debits(connection, attempt, request, swept, attempts.all_written_off(connection))
    if attempts.of_number(connection, attempt.e164)[0].id == attempt.id:
        return tuple(rows)
    told = told_ids([attempt])
    return tuple(row for row in rows if row.id in told)
