"""`resolve`: what became of a purchase, said by an operator when Slack cannot be used.

The process that serves makes the fresh look that has to agree; `--without-asking` takes the operator's word alone.
"""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TextIO

from sqlalchemy import Connection

from bot.clock import SystemClock
from bot.domain import refusals, trail
from bot.domain.audit import OPERATOR, Entry
from bot.domain.facts import Debit, Seen
from bot.domain.looks import LAST_LOOK_AFTER
from bot.domain.policy import Resolution
from bot.domain.request import RequestId
from bot.domain.rules import Rules
from bot.domain.trail import Event
from bot.invocation import typed
from bot.services.acts import Address, Resolve, take
from bot.services.buy.credit import CreditedElsewhere
from bot.services.judge.resolve import resolve_without_asking
from bot.services.reconcile.checking import open_case
from bot.services.unit import Unit, Units
from bot.store import audit, requests
from bot.store.store import Store
from bot.work import queue

VERDICT_IS_LOOKED_FOR_EVERY = 0.5
"""Seconds."""

PATIENCE = 60.0
"""Seconds to wait for the process that serves."""

_FINDING_OUT = (
    "the bot is still finding out by itself; say it again after its last look, which comes about "
    f"{ceil(LAST_LOOK_AFTER / timedelta(minutes=1))} minutes after the call while {typed('serve')} runs"
)

_RECORDED = {
    Event.PURCHASED: "Recorded: it was bought.",
    Event.FAILED: "Recorded: it was not bought.",
    Event.WRITTEN_OFF: "Recorded: what was alerted of it is given up.",
}


async def resolve(
    store: Store, out: TextIO, request: RequestId, resolution: Resolution, *, patience: float = PATIENCE
) -> bool:
    """Has the process that serves judge it, and says what was recorded, or why nothing was; True when it was.

    Gives up after `patience` seconds; with 0 it does not even begin, because nobody serves.
    """
    if await store.read(lambda connection: requests.get(connection, request)) is None:
        return _says(out, _unknown(request))
    verdict = await _judged(store, request, resolution, patience) if patience else None
    if verdict is None:
        otherwise = "" if resolution is Resolution.WRITE_OFF else ", or say it with --without-asking"
        return _says(out, f"No process serves from this database: start {typed('serve')}{otherwise}.")
    if verdict.event in _RECORDED:
        out.write(f"{_RECORDED[verdict.event]}{_unread(verdict)}\n")
        return True
    return _says(out, f"Nothing changed: {_why(verdict)}.")


async def take_the_word(store: Store, out: TextIO, rules: Rules, request: RequestId, resolution: Resolution) -> bool:
    """Records it without anybody's look, and says so; True when it was recorded."""

    def change(unit: Unit) -> str | None:
        case = open_case(unit, request)
        if case is None:
            return f"request {request} does not wait for its outcome"
        if not case.attempt.asks_people:
            return _FINDING_OUT
        resolve_without_asking(case, resolution)
        return None

    if await store.read(lambda connection: requests.get(connection, request)) is None:
        return _says(out, _unknown(request))
    try:
        why_not = await Units(store=store, clock=SystemClock(), rules=rules).by_hand(change)
    except CreditedElsewhere:
        why_not = "another request bought this number"
    if why_not is not None:
        return _says(out, f"Nothing changed: {why_not}.")
    said = "bought" if resolution is Resolution.BOUGHT else "not bought"
    out.write(f"Recorded on your word: it was {said}.\n")
    return True


def _says(out: TextIO, words: str) -> bool:
    """Why nothing was recorded."""
    out.write(f"{words}\n")
    return False


def _unread(verdict: Entry) -> str:
    """What the look that agreed could not read, with a blank before it."""
    match verdict.told:
        case trail.Purchased(seen=Seen(is_ledger_unread=True)) | trail.Failed(seen=Seen(is_ledger_unread=True)):
            return " The ledger could not be read."
        case _:
            return ""


def _unknown(request: RequestId) -> str:
    return f"There is no request {request}: {typed('requests')} lists them."


async def _judged(store: Store, request: RequestId, resolution: Resolution, patience: float) -> Entry | None:
    """Hands it in, and takes it back when nobody judges it in time."""
    now = datetime.now(UTC)
    act = Resolve(
        team="",
        trigger_id=f"operator-{secrets.token_hex(16)}",
        by=Address(user=OPERATOR, at=now),
        resolution=resolution,
        request=request,
    )

    def hand_in(connection: Connection) -> int:
        take(connection, act, now)
        return max((entry.seq for entry in audit.of_request(connection, request)), default=0)

    before = await store.write(hand_in)
    verdict = await _verdict(store, request, before, patience)
    if verdict is None:
        await store.write(lambda connection: queue.take_back(connection, act))
    return verdict


async def _verdict(store: Store, request: RequestId, before: int, patience: float) -> Entry | None:
    """The operator's next entry about the request, if a process that serves writes it in time."""
    for _ in range(int(patience / VERDICT_IS_LOOKED_FOR_EVERY)):
        entries = await store.read(lambda connection: audit.of_request(connection, request))
        found = [entry for entry in entries if entry.seq > before and entry.actor == OPERATOR]
        if found:
            return found[0]
        await asyncio.sleep(VERDICT_IS_LOOKED_FOR_EVERY)
    return None


def _why(verdict: Entry) -> str:
    """Why the process that serves recorded nothing, in plain words for a terminal."""
    match verdict.told:
        case trail.DecisionRefused(refusal=refusals.StillFindingOut()):
            return _FINDING_OUT
        case trail.DecisionRefused(refusal=refusals.AlreadyKnown(status=status)):
            return f"the outcome is known by now, the request is {status}"
        case trail.DecisionRefused(refusal=refusals.LookDisagrees(credited_elsewhere=True)):
            return "the number is ours by another request"
        case trail.DecisionRefused(refusal=refusals.LookDisagrees(seen=seen)):
            return f"a look made just now does not agree ({_seen(seen)})"
        case trail.DecisionRefused(refusal=refusals.NothingToWriteOff(seen=seen)):
            return f"there is nothing to write off ({'not looked' if seen is None else _seen(seen)})"
        case trail.DecisionRefused(reason=reason):
            return f"it was refused ({reason})"
        case _:
            return f"the last entry about it is #{verdict.seq} ({verdict.event})"


def _seen(seen: Seen) -> str:
    found = ", ".join(map(_debit, seen.debits or ()))
    charges = found or ("unknown" if seen.debits is None or seen.ledger_closed else "none")
    return f"ours: {_yes(seen.owned)}, on sale: {_yes(seen.on_sale)}, unexplained charges: {charges}"


def _yes(value: object) -> str:
    return "unknown" if value is None else "yes" if value else "no"


def _debit(debit: Debit) -> str:
    return f"{debit.id} of {debit.amount or 'unknown size'}"
