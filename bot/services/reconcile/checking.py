"""Reconcile: what looks at the provider say about a purchase call that gave no definite answer.

Never guesses and never calls again: evidence ends it, or people do.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain.alert import Alert
from bot.domain.attempt import Attempt, Ending
from bot.domain.audit import BOT, Event, Facts
from bot.domain.looks import SETTLED_AFTER, Look, Verdict, is_certain, is_unclean, verdict
from bot.domain.policy import Limits
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.services.buy.credit import CreditedElsewhere, charge_of, credit
from bot.services.reconcile.alerts import alert, beside_sale
from bot.services.reconcile.look import Looking, seen_facts
from bot.services.transitions import LooksLeft, await_look, await_people, fail, move, reply
from bot.store import attempts, requests
from bot.store.store import Store
from bot.work import queue
from bot.work.queue import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """Makes the looks that were planned when the outcome was found to be unknown."""

    store: Store
    looking: Looking
    clock: Clock
    limits: Limits

    async def look(self, held: Claim) -> None:
        request, attempt = await self.store.read(lambda connection: _looked_at(connection, held.request))
        if request is None or attempt is None:
            await self.store.write(lambda connection: queue.finish(connection, held))
            return
        began = self.clock.now()
        look = await self.looking.at(attempt, request.terms)
        now = self.clock.now()
        limits = self.limits
        await self.store.write(lambda connection: _keep(connection, held, attempt, look, limits, began, now))


def _looked_at(connection: Connection, request: RequestId | None) -> tuple[PurchaseRequest | None, Attempt | None]:
    if request is None:
        return None, None
    return requests.get(connection, request), attempts.open_of(connection, request)


def checked(connection: Connection, request: RequestId | None) -> tuple[PurchaseRequest, Attempt] | None:
    """The request and its open attempt while the outcome is unknown; the request is locked."""
    locked = None if request is None else requests.lock(connection, request)
    if locked is None or locked.status is not Status.CHECKING:
        return None
    attempt = attempts.open_of(connection, locked.id)
    return None if attempt is None else (locked, attempt)


def conclude(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    look: Look,
    *,
    actor: str,
    limits: Limits,
    began: datetime,
    now: datetime,
) -> bool:
    """Ends `checking` when the look, whose first read began then, is evidence enough; False when it goes on."""
    try:
        if found(connection, request, attempt, look, actor=actor, limits=limits, now=now):
            return True
    except CreditedElsewhere:
        attempts.ended(connection, attempt.id, Ending.REFUSED, settled_at=now)
        fail(connection, request, "sold_to_another_request", {"seen": seen_facts(look)}, now=now, actor=actor)
        _tell_of_surplus(connection, request.id, look, limits, now)
        return True
    if verdict(look) is not Verdict.CLEAN or attempt.clean_since is None:
        return False
    if not is_certain(clean_since=attempt.clean_since, call_ended_at=attempt.call_ended, began_at=began):
        return False
    not_bought(connection, request, attempt, Ending.BY_LOOKS, look, actor=actor, now=now)
    return True


def _tell_of_surplus(connection: Connection, request: RequestId, look: Look, limits: Limits, now: datetime) -> None:
    """Another request has the number, and its sale does not explain everything that was charged."""
    failed, ended = requests.lock(connection, request), attempts.newest_of(connection, request)
    sale = None if ended is None else attempts.sale_of(connection, ended.e164)
    if failed is None or ended is None or sale is None or not look.debits:
        return
    if surplus := beside_sale(connection, sale, look.debits):
        what, event = Alert.CHARGED_BESIDE_SALE, Event.CHARGED_WITHOUT_NUMBER
        alert(connection, failed, ended, what, surplus, limits=limits, now=now, owned=look.owned, event=event)


def found(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    look: Look,
    *,
    actor: str,
    limits: Limits,
    now: datetime,
) -> bool:
    """Ends `checking` when the look shows the number ours. Raises `CreditedElsewhere`."""
    if look.owned is None or verdict(look) is not Verdict.OURS:
        return False
    credit(
        connection,
        request,
        attempt,
        look.owned,
        Ending.FOUND,
        charged=charge_of(look.owned, look.debits),
        provider_request_id=attempt.provider_request_id,
        actor=actor,
        limits=limits,
        now=now,
        facts={"seen": seen_facts(look)},
    )
    return True


def not_bought(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    ending: Ending,
    look: Look | None,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Nothing was bought, on evidence or on a person's word; unsettled for the hour unless the call is over.

    Without a look, because the provider can never be asked again, a charge that was seen before stays alerted.
    """
    alerted_at = attempt.alerted_at if look is None else None
    is_settled = attempt.call_is_over and alerted_at is None
    attempts.ended(connection, attempt.id, ending, settled_at=now if is_settled else None)
    attempts.alerted(connection, attempt.id, at=alerted_at)
    facts = {
        "seen": None if look is None else seen_facts(look),
        "settles_at": None if is_settled else (attempt.call_ended + SETTLED_AFTER).isoformat(),
    }
    fail(connection, request, "not_bought", facts, now=now, actor=actor)


def _keep(
    connection: Connection,
    held: Claim,
    looked_at: Attempt,
    look: Look,
    limits: Limits,
    began: datetime,
    now: datetime,
) -> None:
    queue.finish(connection, held)
    present = checked(connection, held.request)
    if present is None or present[1].id != looked_at.id:
        return
    request, attempt = present
    look = look.without(attempt.written_off)
    if conclude(connection, request, attempt, look, actor=BOT, limits=limits, began=began, now=now):
        return
    attempts.looked(
        connection, attempt.id, clean_since=_clean_since(attempt, look, now), seen=json.dumps(seen_facts(look))
    )
    moved = _alert(connection, request, attempt, look, now)
    pauses = LooksLeft.model_validate_json(held.payload).pauses
    if pauses:
        await_look(connection, request.id, pauses, now=now)
    else:
        _ask_people(connection, moved, attempt, look, now)


def _clean_since(attempt: Attempt, look: Look, now: datetime) -> datetime | None:
    """A look that shows anything but a clean provider takes the earlier clean one back; an unread one does not."""
    if is_unclean(look):
        return None
    return attempt.clean_since or (now if verdict(look) is Verdict.CLEAN else None)


def _alert(
    connection: Connection, request: PurchaseRequest, attempt: Attempt, look: Look, now: datetime
) -> PurchaseRequest:
    """Says once that money moved and the number is not ours; takes it back when a refund shows."""
    if look.debits is None:
        return request
    if not look.debits or look.owned is not None:
        if attempt.alerted_at is not None:
            attempts.alerted(connection, attempt.id, at=None)
        return request
    if attempt.alerted_at is not None:
        return request
    attempts.alerted(connection, attempt.id, at=now)
    facts: Facts = {
        "seen": seen_facts(look),
        "provider_request_id": attempt.provider_request_id,
        "called_at": attempt.recorded_at.isoformat(),
    }
    moved, entry = move(
        connection,
        request,
        request.checking(),
        now=now,
        actor=BOT,
        event=Event.CHARGED_WITHOUT_NUMBER,
        facts=facts,
    )
    reply(connection, entry, now=now)
    return moved


def _ask_people(connection: Connection, request: PurchaseRequest, attempt: Attempt, look: Look, now: datetime) -> None:
    attempts.ask_people(connection, attempt.id, asks=True)
    facts: Facts = {"seen": seen_facts(look), "attempt": attempt.id}
    _, entry = move(connection, request, request.checking(), now=now, actor=BOT, event=Event.PEOPLE_ASKED, facts=facts)
    reply(connection, entry, now=now)
    await_people(connection, request.id, now=now)
