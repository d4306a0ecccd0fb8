"""Resolve: what people say about a purchase whose outcome the bot could not find out.

A person's word counts only when a fresh look, made for that click, agrees with it.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from pydantic import JsonValue
from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain.alert import Alert
from bot.domain.attempt import Attempt, Ending
from bot.domain.audit import OPERATOR, Event, Facts
from bot.domain.looks import LOOK_AGAIN_PAUSES, Look, speaks_against_a_sale
from bot.domain.numbers import OwnedNumber
from bot.domain.policy import Approvers, Limits, NotAllowed, Reason, Resolution, may_ask_to_resolve
from bot.domain.request import PurchaseRequest, Status
from bot.services.acts import Resolve
from bot.services.buy.credit import CreditedElsewhere, credit
from bot.services.people import entitled
from bot.services.ports import People
from bot.services.reconcile.alerts import alerted_of, told_debits
from bot.services.reconcile.checking import checked, found, not_bought
from bot.services.reconcile.look import Looking, debit_facts, seen_facts
from bot.services.transitions import await_look, move, refuse, reply
from bot.store import attempts, requests
from bot.store.store import Store
from bot.work import queue
from bot.work.queue import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolutions:
    """Judges the resolve buttons, and an operator's `resolve` while a process serves."""

    store: Store
    looking: Looking
    people: People
    clock: Clock
    limits: Limits

    async def judge(self, held: Claim) -> None:
        """Raises `TryLater` while Slack cannot say who clicked."""
        act = Resolve.model_validate_json(held.payload)
        request = await self.store.read(lambda connection: requests.get(connection, act.request))
        refusal = _unknown(act) if request is None else await self._refusal(act, request)
        look = None
        if request is not None and refusal is None and act.resolution is not Resolution.LOOK_AGAIN:
            attempt = await self.store.read(lambda connection: attempts.newest_of(connection, request.id))
            look = None if attempt is None else await self.looking.at(attempt, request.terms)
            refusal = await self._refusal(act, request)  # a look takes long enough for people data to grow too old
        now = self.clock.now()
        await self.store.write(lambda connection: _resolve(connection, held, act, refusal, look, self.limits, now))

    async def _refusal(self, act: Resolve, request: PurchaseRequest) -> NotAllowed | None:
        if act.user == OPERATOR:
            return None
        said = await entitled(
            self.people, act, self.clock, before=lambda person: may_ask_to_resolve(request, person, self.limits)
        )
        return None if isinstance(said, Approvers) else said


def resolve_without_asking(
    connection: Connection, request: PurchaseRequest, attempt: Attempt, resolution: Resolution, *, now: datetime
) -> None:
    """The operator's word alone, because the provider can never be asked again. Only for what people are asked."""
    if resolution is not Resolution.BOUGHT:
        not_bought(connection, request, attempt, Ending.ON_WORD, None, actor=OPERATOR, now=now)
        return
    credit(
        connection,
        request,
        attempt,
        OwnedNumber(e164=attempt.e164, id=attempt.number_id),
        Ending.FOUND,
        charged=None,
        provider_request_id=attempt.provider_request_id,
        actor=OPERATOR,
        limits=Limits(),  # the command reads no settings, so it knows of no budget
        now=now,
        facts={"without_asking": True},
    )


def _resolve(
    connection: Connection,
    held: Claim,
    act: Resolve,
    refusal: NotAllowed | None,
    look: Look | None,
    limits: Limits,
    now: datetime,
) -> None:
    queue.finish(connection, held)
    refusal = refusal or _take(connection, act, look, limits, now)
    if refusal is not None:
        is_known = refusal.reason is not Reason.NO_SUCH_REQUEST
        about = act.request if is_known else None
        refuse(connection, act, Event.DECISION_REFUSED, refusal, now=now, about=about)


def _take(connection: Connection, act: Resolve, look: Look | None, limits: Limits, now: datetime) -> NotAllowed | None:
    """Does what was asked, or says why not."""
    if act.resolution is Resolution.WRITE_OFF:
        return _write_off(connection, act, look, now)
    present = checked(connection, act.request)
    if present is None:
        return _not_checking(connection, act)
    request, attempt = present
    if not attempt.asks_people:
        called_at = attempt.recorded_at.isoformat()
        evidence: Facts = {"attempt": attempt.id, "called_at": called_at, "resolution": act.resolution.value}
        return NotAllowed(Reason.STILL_FINDING_OUT, evidence)
    if act.resolution is Resolution.LOOK_AGAIN or look is None:
        _look_again(connection, request, attempt, Event.LOOK_ASKED, {}, act, now)
        return None
    seen = seen_facts(look)
    match act.resolution:
        case Resolution.BOUGHT:
            return _bought(connection, request, attempt, look, act, limits, now)
        case Resolution.NOT_BOUGHT if speaks_against_a_sale(look):
            not_bought(connection, request, attempt, Ending.BY_PERSON, look, actor=act.user, now=now)
            return None
        case Resolution.NOT_BOUGHT:
            attempts.looked(connection, attempt.id, clean_since=None, seen=json.dumps(seen))
            return NotAllowed(Reason.LOOK_DISAGREES, {"seen": seen, "said": "not_bought"})
        case _:
            assert_never(act.resolution)


def _bought(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    look: Look,
    act: Resolve,
    limits: Limits,
    now: datetime,
) -> NotAllowed | None:
    evidence: dict[str, JsonValue] = {"seen": seen_facts(look), "said": "bought"}
    try:
        if found(connection, request, attempt, look, actor=act.user, limits=limits, now=now):
            return None
    except CreditedElsewhere:
        evidence["credited_elsewhere"] = True
    return NotAllowed(Reason.LOOK_DISAGREES, evidence)


def _write_off(connection: Connection, act: Resolve, look: Look | None, now: datetime) -> NotAllowed | None:
    """The debits of a fresh look are given up; whether the number was bought stays open for the hour."""
    request = requests.lock(connection, act.request)
    attempt = attempts.newest_of(connection, act.request)
    is_alerted = attempt is not None and attempt.alerted_at is not None
    if request is not None and attempt is not None and is_alerted and request.status is not Status.CHECKING:
        _acknowledge(connection, request, attempt, look, act, now)
        return None
    is_open = request is not None and request.status in (Status.CHECKING, Status.FAILED)
    if request is None or attempt is None or not is_open or look is None or not look.debits or look.owned is not None:
        seen = None if look is None else seen_facts(look)
        status = None if request is None else request.status.value
        return NotAllowed(Reason.NOTHING_TO_WRITE_OFF, {"status": status, "seen": seen})
    attempts.write_off(connection, attempt, frozenset(row.id for row in look.debits))
    facts: dict[str, JsonValue] = {"attempt": attempt.id, "debits": seen_facts(look)["debits"]}
    if request.status is Status.CHECKING:
        _look_again(connection, request, attempt, Event.WRITTEN_OFF, facts, act, now)
        return None
    _, entry = move(connection, request, request.noted(), now=now, actor=act.user, event=Event.WRITTEN_OFF, facts=facts)
    reply(connection, entry, now=now)
    return None


def _acknowledge(
    connection: Connection, request: PurchaseRequest, attempt: Attempt, look: Look | None, act: Resolve, now: datetime
) -> None:
    """What was told of is given up, and what a fresh look shows with it.

    For a number that was bought only the former: its own charge would be among what the look shows.
    """
    debits = {str(row["id"]): row for row in told_debits(attempt)}
    if look is not None and not attempt.ending.is_sale and look.owned is None:
        debits |= {row.id: debit_facts(row) for row in look.debits or ()}
    attempts.write_off(connection, attempt, frozenset(debits))
    if attempt.ending.is_sale or alerted_of(attempt) is Alert.NOT_USABLE:
        attempts.confirm(connection, attempt.id, at=now)
    facts: dict[str, JsonValue] = {"attempt": attempt.id, "debits": list(debits.values())}
    _, entry = move(connection, request, request.noted(), now=now, actor=act.user, event=Event.WRITTEN_OFF, facts=facts)
    reply(connection, entry, now=now)


def _look_again(
    connection: Connection,
    request: PurchaseRequest,
    attempt: Attempt,
    event: Event,
    facts: dict[str, JsonValue],
    act: Resolve,
    now: datetime,
) -> None:
    """Looks that are still planned go on; two more are planned when there are none."""
    _, entry = move(connection, request, request.checking(), now=now, actor=act.user, event=event, facts=facts)
    reply(connection, entry, now=now)
    if attempt.asks_people:
        attempts.ask_people(connection, attempt.id, asks=False)
        await_look(connection, request.id, LOOK_AGAIN_PAUSES, now=now)


def _not_checking(connection: Connection, act: Resolve) -> NotAllowed:
    request = requests.get(connection, act.request)
    return _unknown(act) if request is None else NotAllowed(Reason.ALREADY_KNOWN, {"status": request.status.value})


def _unknown(act: Resolve) -> NotAllowed:
    return NotAllowed(Reason.NO_SUCH_REQUEST, {"request": act.request})
