"""Checking: what looks at the provider say about a purchase call that gave no definite answer.

Never guesses and never calls again: evidence ends it, or people do.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain import trail
from bot.domain.alert import Alert
from bot.domain.attempt import Attempt, Ending
from bot.domain.audit import BOT
from bot.domain.facts import Seen
from bot.domain.looks import SETTLED_AFTER, Look, Timed, Verdict, is_certain, is_unclean, verdict
from bot.domain.request import Failure, PurchaseRequest, RequestId, Status
from bot.services.buy.credit import CreditedElsewhere, Sale, charge_of, credit
from bot.services.plans import NextLook
from bot.services.reconcile.alerts import Unexplained, alert
from bot.services.reconcile.debits import beside_sale
from bot.services.reconcile.look import Looking
from bot.services.transitions import await_look, await_people, fail, move
from bot.services.unit import Case, Unit, Units
from bot.store import attempts, requests
from bot.work.queue import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """Makes the looks that were planned when the outcome was found to be unknown."""

    units: Units
    looking: Looking

    async def look(self, held: Claim, planned: NextLook) -> None:
        request, attempt = await self.units.read(_looked_at, held.request)
        if request is None or attempt is None:
            await self.units.done(held)
            return
        clock = self.units.clock
        began, ticks = clock.now(), clock.monotonic()
        look = await self.looking.at(attempt, request.terms)
        span = Span(boot=clock.boot, began=ticks, ended=clock.monotonic())
        await self.units.finish(held, _keep, attempt, LookMade(look=look, began=began, span=span), planned)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """When a look began and ended by the monotonic clock of this boot."""

    boot: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LookMade:
    """A look, and when its first read began: what it read first is as old as that. Without a span it proves no time."""

    look: Look
    began: datetime
    span: Span | None = None


def _looked_at(unit: Unit, request: RequestId | None) -> tuple[PurchaseRequest | None, Attempt | None]:
    if request is None:
        return None, None
    return requests.get(unit.connection, request), attempts.open_of(unit.connection, request)


def open_case(unit: Unit, request: RequestId | None) -> Case | None:
    """The request and its open attempt while the outcome is unknown; the request is locked."""
    locked = None if request is None else requests.lock(unit.connection, request)
    if locked is None or locked.status is not Status.CHECKING:
        return None
    attempt = attempts.open_of(unit.connection, locked.id)
    return None if attempt is None else Case(unit, locked, attempt)


def conclude(case: Case, made: LookMade) -> bool:
    """Ends `checking` when the look is evidence enough; False when it goes on."""
    attempt, look = case.attempt, made.look
    try:
        if found_ours(case, look):
            return True
    except CreditedElsewhere:
        attempts.ended(case.unit.connection, attempt.id, Ending.BY_LOOKS, settled_at=None)
        error = Failure.SOLD_TO_ANOTHER_REQUEST
        fail(case.unit, case.request, trail.Failed(error=error, seen=Seen.of(look)))
        _tell_of_surplus(case, look)
        return True
    if verdict(look) is not Verdict.CLEAN or attempt.clean_since is None:
        return False
    if not is_certain(clean_since=attempt.clean_since, call_ended_at=attempt.call_ended, began_at=made.began):
        return False
    timed = None if made.span is None else attempt.timed.get(made.span.boot)
    if made.span is None or timed is None or not timed.bears_out(made.span.began):
        return False
    not_bought(case, Ending.BY_LOOKS, look)
    return True


def _tell_of_surplus(case: Case, look: Look) -> None:
    """Another request has the number, and its sale does not explain everything that was charged."""
    connection = case.unit.connection
    failed, ended = requests.lock(connection, case.request.id), attempts.newest_of(connection, case.request.id)
    sale = None if ended is None else attempts.sale_of(connection, ended.e164)
    if failed is None or ended is None or sale is None or not look.debits:
        return
    if surplus := beside_sale(sale, requests.get(connection, sale.request), look.debits):
        finding = Unexplained(Alert.CHARGED_BESIDE_SALE, surplus, look.owned)
        alert(Case(case.unit, failed, ended), finding, trail.ChargedWithoutNumber)


def found_ours(case: Case, look: Look, *, by: str = BOT) -> bool:
    """Ends `checking` when the look shows the number ours. Raises `CreditedElsewhere`."""
    if look.owned is None or verdict(look) is not Verdict.OURS:
        return False
    sale = Sale(
        number=look.owned,
        ending=Ending.FOUND,
        charged=charge_of(look.owned, look.debits),
        provider_request_id=case.attempt.provider_request_id,
        seen=Seen.of(look),
    )
    credit(case, sale, by=by)
    return True


def not_bought(case: Case, ending: Ending, look: Look | None, *, by: str = BOT) -> None:
    """Nothing was bought, on evidence or on a person's word; unsettled for the hour unless the call is over.

    Where the ledger could not be read it is unsettled in any case. Then, or without a look because the provider can
    never be asked again, a charge that was seen before stays alerted.
    """
    connection, attempt = case.unit.connection, case.attempt
    is_unread = look is not None and look.is_ledger_unread
    alerted_at = attempt.alerted_at if look is None or is_unread else None
    is_settled = attempt.call_is_over and alerted_at is None and not is_unread
    attempts.ended(connection, attempt.id, ending, settled_at=case.unit.now if is_settled else None)
    attempts.alerted(connection, attempt.id, at=alerted_at)
    told = trail.Failed(
        error=Failure.NOT_BOUGHT,
        seen=None if look is None else Seen.of(look),
        settles_at=None if is_settled else attempt.call_ended + SETTLED_AFTER,
    )
    fail(case.unit, case.request, told, by=by)


def keep_seen(case: Case, look: Look, clean_since: datetime | None) -> None:
    """Keeps what a look showed. While it could not read the ledger, the debits that people were told of stay kept."""
    told = case.attempt.seen if case.attempt.alerted_at is not None and look.is_ledger_unread else None
    attempts.looked(case.unit.connection, case.attempt.id, clean_since=clean_since, seen=told or Seen.of(look))


def _keep(unit: Unit, looked_at: Attempt, made: LookMade, planned: NextLook) -> None:
    case = open_case(unit, looked_at.request)
    if case is None or case.attempt.id != looked_at.id:
        return
    attempt = case.attempt
    look = made.look.without(attempt.written_off)
    if conclude(case, replace(made, look=look)):
        return
    keep_seen(case, look, _clean_since(attempt, look, unit.now))
    if made.span is not None:
        attempts.timed(unit.connection, attempt.id, _timed(attempt, made.span, is_clean=verdict(look) is Verdict.CLEAN))
    case = replace(case, request=_alert(case, look))
    if planned.pauses:
        await_look(unit, case.request.id, planned.pauses)
    else:
        attempts.ask_people(unit.connection, attempt.id, asks=True)
        move(unit, case.request, case.request.checking(), trail.PeopleAsked(seen=Seen.of(look), attempt=attempt.id))
        await_people(unit, case.request.id)


def _clean_since(attempt: Attempt, look: Look, now: datetime) -> datetime | None:
    """A look that shows anything but a clean provider takes the earlier clean one back; an unread one does not."""
    if is_unclean(look):
        return None
    return attempt.clean_since or (now if verdict(look) is Verdict.CLEAN else None)


def _timed(attempt: Attempt, span: Span, *, is_clean: bool) -> dict[str, Timed]:
    """With one more look: what another boot timed stands beside it, and clean ones only while nothing spoke against."""
    known = dict(attempt.timed)
    if attempt.clean_since is None:
        known = {boot: replace(timed, clean=None) for boot, timed in known.items()}
    here = known.get(span.boot, Timed(first=span.began))
    if is_clean and here.clean is None:
        here = replace(here, clean=span.ended)
    return {**known, span.boot: here}


def _alert(case: Case, look: Look) -> PurchaseRequest:
    """Says once that money moved and the number is not ours; takes it back when a refund shows."""
    unit, request, attempt = case.unit, case.request, case.attempt
    if look.debits is None:
        return request
    is_explained = not look.debits or look.owned is not None
    if is_explained and attempt.alerted_at is not None:
        attempts.alerted(unit.connection, attempt.id, at=None)
    if is_explained or attempt.alerted_at is not None:
        return request
    attempts.alerted(unit.connection, attempt.id, at=unit.now)
    told = trail.ChargedWithoutNumber(
        seen=Seen.of(look), provider_request_id=attempt.provider_request_id, called_at=attempt.recorded_at
    )
    return move(unit, request, request.checking(), told)
