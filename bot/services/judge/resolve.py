"""Resolve: what people say about a purchase whose outcome the bot could not find out.

A person's word counts only when a fresh look, made for that click, agrees with it; what it could not read is said.
"""

from dataclasses import dataclass
from functools import partial
from typing import assert_never

from bot.domain import refusals, trail
from bot.domain.attempt import Attempt, Ending
from bot.domain.audit import OPERATOR
from bot.domain.facts import Debit, Seen
from bot.domain.looks import LOOK_AGAIN_PAUSES, Look, speaks_against_a_sale
from bot.domain.numbers import OwnedNumber
from bot.domain.policy import Approvers, Resolution, answers, may_approve
from bot.domain.refusals import NotAllowed
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.services.acts import Resolve
from bot.services.buy.credit import CreditedElsewhere, Sale, credit
from bot.services.people import PeopleData
from bot.services.reconcile.alerts import acknowledge, told_debits
from bot.services.reconcile.checking import found_ours, keep_seen, not_bought, open_case
from bot.services.reconcile.look import Looking
from bot.services.transitions import await_look, move, refuse
from bot.services.unit import Case, Unit, Units
from bot.store import attempts, requests
from bot.work.queue import Claim


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever runs the bot, on its own machine: no list names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolutions:
    """Judges the resolve buttons, and an operator's `resolve` while a process serves."""

    units: Units
    looking: Looking
    people: PeopleData

    async def judge(self, held: Claim, act: Resolve) -> None:
        """Raises `TryLater` while Slack cannot say who clicked, and when waiting for the lock made that too old."""
        request, attempt = await self.units.read(_newest, act.request)
        if request is None:
            await self.units.finish(held, refuse, act, refusals.NoSuchRequest(request=act.request))
            return
        look, found = None, await self._who_says(act, request)
        if not isinstance(found, NotAllowed) and attempt is not None and act.resolution is not Resolution.LOOK_AGAIN:
            look = await self.looking.at(attempt, request.terms)
            found = await self._who_says(act, request)  # a look takes long enough for people data to grow too old
        await self.units.finish(held, self._resolve, act, found, look)

    async def _who_says(self, act: Resolve, request: PurchaseRequest) -> Approvers | Operator | NotAllowed:
        if act.user == OPERATOR:
            return Operator()
        return await self.people.entitled(act, partial(may_approve, request, self.units.rules))

    def _resolve(self, unit: Unit, act: Resolve, found: Approvers | Operator | NotAllowed, look: Look | None) -> None:
        requests.lock(unit.connection, act.request)
        unit = unit.at(self.units.clock.now())
        if isinstance(found, Approvers):
            found = self.people.fresh(act, found, unit.now)
        refusal = found if isinstance(found, NotAllowed) else _take(unit, act, look)
        if refusal is not None:
            refuse(unit, act, refusal, act.request)


def resolve_without_asking(case: Case, resolution: Resolution) -> None:
    """The operator's word alone, because the provider can never be asked again. Only for what people are asked."""
    if resolution is not Resolution.BOUGHT:
        not_bought(case, Ending.ON_WORD, None, by=OPERATOR)
        return
    sale = Sale(
        number=OwnedNumber(e164=case.attempt.e164, id=case.attempt.number_id),
        ending=Ending.FOUND,
        charged=None,
        provider_request_id=case.attempt.provider_request_id,
        without_asking=True,
    )
    credit(case, sale, by=OPERATOR)


def _newest(unit: Unit, request: RequestId) -> tuple[PurchaseRequest | None, Attempt | None]:
    return requests.get(unit.connection, request), attempts.newest_of(unit.connection, request)


def _take(unit: Unit, act: Resolve, look: Look | None) -> NotAllowed | None:
    """Does what was asked, or says why not."""
    if act.resolution is Resolution.WRITE_OFF:
        return _write_off(unit, act, look)
    case = open_case(unit, act.request)
    if case is None:
        return _not_checking(unit, act)
    if not case.attempt.asks_people:
        called_at, said = case.attempt.recorded_at, act.resolution.value
        return refusals.StillFindingOut(attempt=case.attempt.id, called_at=called_at, resolution=said)
    if act.resolution is Resolution.LOOK_AGAIN or look is None:
        _look_again(case, trail.LookAsked(), by=act.user)
        return None
    match act.resolution:
        case Resolution.BOUGHT:
            return _bought(case, look, by=act.user)
        case Resolution.NOT_BOUGHT:
            return _not_bought(case, look, by=act.user)
        case _:
            assert_never(act.resolution)


def _bought(case: Case, look: Look, *, by: str) -> NotAllowed | None:
    try:
        if found_ours(case, look, by=by):
            return None
    except CreditedElsewhere:
        return refusals.LookDisagrees(seen=Seen.of(look), said="bought", credited_elsewhere=True)
    return refusals.LookDisagrees(seen=Seen.of(look), said="bought")


def _not_bought(case: Case, look: Look, *, by: str) -> NotAllowed | None:
    if speaks_against_a_sale(look):
        if look.unread:  # whoever says so has been told of them
            attempts.write_off(case.unit.connection, case.attempt, frozenset(row.id for row in look.unread))
        not_bought(case, Ending.BY_PERSON, look, by=by)
        return None
    keep_seen(case, look, None)
    return refusals.LookDisagrees(seen=Seen.of(look), said="not_bought")


def _write_off(unit: Unit, act: Resolve, look: Look | None) -> NotAllowed | None:
    """The debits of a fresh look are given up, or while it cannot read the ledger those that people were told of;
    whether the number was bought stays open for the hour.
    """
    request = requests.lock(unit.connection, act.request)
    attempt = attempts.newest_of(unit.connection, act.request)
    if request is None or attempt is None:
        return _nothing_to_write_off(request, look)
    case = Case(unit, request, attempt)
    if attempt.alerted_at is not None and isinstance(later := answers(attempt.alerted_at, act.at), NotAllowed):
        return later
    if attempt.alerted_at is not None and request.status is not Status.CHECKING:
        acknowledge(case, look, by=act.user)
        return None
    is_open = request.status in (Status.CHECKING, Status.FAILED)
    if not is_open or look is None or not look.is_owned_read or look.owned is not None:
        return _nothing_to_write_off(request, look)
    debits = told_debits(attempt) if look.is_ledger_unread else tuple(map(Debit.of, look.debits or ()))
    if not debits:
        return _nothing_to_write_off(request, look)
    attempts.write_off(unit.connection, attempt, frozenset(debit.id for debit in debits))
    told = trail.WrittenOff(attempt=attempt.id, debits=debits)
    if look.is_ledger_unread:
        told = told.also(ledger_unread=True)
    if request.status is Status.CHECKING:
        _look_again(case, told, by=act.user)
    else:
        move(unit, request, request.noted(), told, by=act.user)
    return None


def _nothing_to_write_off(request: PurchaseRequest | None, look: Look | None) -> refusals.NothingToWriteOff:
    status = None if request is None else request.status.value
    return refusals.NothingToWriteOff(status=status, seen=None if look is None else Seen.of(look))


def _look_again(case: Case, told: trail.LookAsked | trail.WrittenOff, *, by: str) -> None:
    """Looks that are still planned go on; two more are planned when there are none."""
    move(case.unit, case.request, case.request.checking(), told, by=by)
    if case.attempt.asks_people:
        attempts.ask_people(case.unit.connection, case.attempt.id, asks=False)
        await_look(case.unit, case.request.id, LOOK_AGAIN_PAUSES)


def _not_checking(unit: Unit, act: Resolve) -> NotAllowed:
    request = requests.get(unit.connection, act.request)
    if request is None:
        return refusals.NoSuchRequest(request=act.request)
    return refusals.AlreadyKnown(status=request.status.value)
