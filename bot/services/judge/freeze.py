"""Freeze: the kill switch. Until it is lifted nothing is approved and no attempt is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain.audit import Event
from bot.domain.places import is_direct
from bot.domain.policy import Approvers, NotAllowed, Reason, may_request
from bot.domain.request import Status
from bot.services.acts import Address, Freeze
from bot.services.letters import Announcement
from bot.services.people import entitled
from bot.services.ports import People
from bot.services.rules import Rules, Times
from bot.services.transitions import ask_again, freeze_facts, refuse
from bot.store import attempts, audit, budgets, control, requests
from bot.store.store import Store
from bot.work import queue
from bot.work.queue import Claim, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it is said: a channel, those of open requests without one, or one person alone."""

    channel: str | None = None
    to: Address | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KillSwitch:
    """Judges `freeze` and `unfreeze` as typed in Slack."""

    store: Store
    people: People
    clock: Clock
    rules: Rules

    async def judge(self, held: Claim) -> None:
        """Raises `TryLater` while Slack cannot say who typed it."""
        act = Freeze.model_validate_json(held.payload)
        found = await entitled(self.people, act, self.clock, before=may_request)
        now = self.clock.now()
        await self.store.write(lambda connection: self._judge(connection, held, act, found, now))

    def _judge(
        self, connection: Connection, held: Claim, act: Freeze, found: Approvers | NotAllowed, now: datetime
    ) -> None:
        queue.finish(connection, held)
        refusal = found if isinstance(found, NotAllowed) else None
        if refusal is None:
            where = self._where(act)
            refusal = switch(connection, freezes=act.freezes, by=act.user, where=where, times=self.rules.times, now=now)
        if refusal is not None:
            refuse(connection, act, Event.DECISION_REFUSED, refusal, now=now)

    def _where(self, act: Freeze) -> list[Place]:
        """In the channel for everybody; whoever typed it elsewhere hears it too. Nobody reads a direct message."""
        channel = self.rules.places.approval_channel or (None if is_direct(act.channel) else act.channel)
        told = [Place(channel=channel, to=act.by)]
        return told if channel == act.channel else [*told, Place(to=act.by, alone=True)]


def switch(
    connection: Connection, *, freezes: bool, by: str, where: Sequence[Place], times: Times, now: datetime
) -> NotAllowed | None:
    """Freezes or lifts the freeze, and has it said.

    Freezing takes approved requests back to `pending` and names the calls that may have left already.
    """
    if not control.set_frozen(connection, at=now if freezes else None, by=by if freezes else None):
        return NotAllowed(Reason.ALREADY_FROZEN, freeze_facts(connection)) if freezes else NotAllowed(Reason.NOT_FROZEN)
    facts: dict[str, JsonValue] = {}
    if freezes:
        attempts.note_freeze(connection)
        facts["out"] = [_named(request.id, request.terms.e164) for request in requests.in_state(connection, OUT)]
        facts["returned"] = _take_back(connection, times, now)
    event = Event.FROZEN if freezes else Event.UNFROZEN
    entry = audit.append(connection, at=now, actor=by, event=event, request=None, facts=facts)
    for place in where:
        letter = Announcement(entry=entry.seq, channel=place.channel, to=place.to, alone=place.alone)
        queue.add(connection, Kind.ANNOUNCE, now=now, payload=letter.model_dump_json())
    return None


OUT = (Status.PURCHASING, Status.CHECKING)
"""A call has left, or may have."""


def _take_back(connection: Connection, times: Times, now: datetime) -> list[JsonValue]:
    """All of them are locked before the first moves: the trail's lock comes last."""
    listed = requests.in_state(connection, (Status.APPROVED,))
    locked = [requests.lock(connection, request.id) for request in listed]
    budgets.lock_all(connection)
    returned: list[JsonValue] = []
    for request in locked:
        if request is not None and request.status is Status.APPROVED:
            ask_again(connection, request, times, now=now, why="frozen", facts={})
            returned.append(_named(request.id, request.terms.e164))
    return returned


def _named(request: str, number: str) -> JsonValue:
    return {"request": request, "e164": number}
