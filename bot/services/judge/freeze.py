"""Freeze: the kill switch. Until it is lifted nothing is approved and no attempt is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.domain import refusals, trail
from bot.domain.facts import OneOf, TermsTold
from bot.domain.places import is_direct
from bot.domain.policy import Approvers, may_take_part
from bot.domain.refusals import NotAllowed
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import WhyAgain
from bot.services.acts import Address, Freeze
from bot.services.letters import Announcement
from bot.services.people import PeopleData
from bot.services.transitions import ask_again, refresh_homes, refuse
from bot.services.unit import Unit, Units
from bot.store import attempts, audit, budgets, control, findings, requests
from bot.work import queue
from bot.work.queue import Claim

OUT = (Status.PURCHASING, Status.CHECKING)
"""A call has left, or may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """To whom it is said: a channel, those of open requests without one, or one person alone."""

    channel: str | None = None
    to: Address | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KillSwitch:
    """Judges `freeze` and `unfreeze` as typed in Slack."""

    units: Units
    people: PeopleData

    async def judge(self, held: Claim, act: Freeze) -> None:
        """Raises `TryLater` while Slack cannot say who typed it, and when waiting for the lock made that too old."""
        await self.units.finish(held, self._judge, act, await self.people.entitled(act, may_take_part))

    def _judge(self, unit: Unit, act: Freeze, found: Approvers | NotAllowed) -> None:
        control.hold(unit.connection)
        unit = unit.at(self.units.clock.now())
        if not isinstance(found, NotAllowed):
            found = self.people.fresh(act, found, unit.now)
        refusal: NotAllowed | None = found if isinstance(found, NotAllowed) else _frozen_since(unit, act)
        if refusal is None:
            refusal = switch(unit, act.user, _heard_by(unit, act), freezes=act.freezes)
        if refusal is not None:
            refuse(unit, act, refusal)


def _frozen_since(unit: Unit, act: Freeze) -> refusals.FrozenSince | None:
    """Whoever lifts a freeze knows of it: one that came after their words stays."""
    frozen = control.frozen_by(unit.connection)
    if act.freezes or frozen is None or frozen[0] <= act.at:
        return None
    return refusals.FrozenSince(frozen_at=frozen[0], frozen_by=frozen[1])


def _heard_by(unit: Unit, act: Freeze) -> list[Audience]:
    """Everybody in the channel; whoever typed it elsewhere hears it too. Nobody reads a direct message."""
    channel = unit.rules.approval_channel or (None if is_direct(act.channel) else act.channel)
    told = [Audience(channel=channel, to=act.by)]
    return told if channel == act.channel else [*told, Audience(to=act.by, alone=True)]


def switch(
    unit: Unit,
    by: str,
    heard_by: Sequence[Audience],
    *,
    freezes: bool,
    without_asking: bool = False,
    own_numbers: int | None = None,
    copied_after: datetime | None = None,
) -> NotAllowed | None:
    """Freezes or lifts the freeze, and has it said; where the bot freezes, the last two are why (`trail.Frozen`).

    Freezing takes approved requests back to `pending` and names the calls that may have left already. Of a copy it is
    lifted once a sweep compared it with the provider, or `without_asking`.
    """
    connection = unit.connection
    since = unreconciled_since(connection)
    if not freezes and since is not None and not without_asking:
        return refusals.NotReconciled(copied_at=since)
    is_new = control.freeze(connection, at=unit.now, by=by) if freezes else control.lift(connection, at=unit.now)
    if not is_new:
        frozen = control.frozen_by(connection)
        return (
            refusals.NotFrozen() if frozen is None else refusals.AlreadyFrozen(frozen_at=frozen[0], frozen_by=frozen[1])
        )
    told = _freeze(unit) if freezes else trail.Unfrozen()
    why = {"own_numbers": own_numbers, "copied_after": copied_after, "without_asking": without_asking or None}
    told = told.also(**{name: fact for name, fact in why.items() if fact is not None})
    entry = audit.append(connection, at=unit.now, actor=by, request=None, told=told)
    for audience in heard_by:
        letter = Announcement(entry=entry.seq, channel=audience.channel, to=audience.to, alone=audience.alone)
        queue.add(connection, letter, now=unit.now)
    refresh_homes(unit)
    return None


def unreconciled_since(connection: Connection) -> datetime | None:
    """When the database was found to be a copy, while no sweep has read the provider since."""
    copied, good = control.copied_at(connection), findings.sweeping(connection).good_at
    return copied if copied is not None and (good is None or good < copied) else None


def _freeze(unit: Unit) -> trail.Frozen:
    """All that is approved is locked before the first moves: the trail's lock comes last."""
    attempts.note_freeze(unit.connection)
    out = tuple(map(_named, requests.in_state(unit.connection, OUT)))
    listed = requests.in_state(unit.connection, (Status.APPROVED,))
    locked = [requests.lock(unit.connection, request.id) for request in listed]
    budgets.lock_all(unit.connection)
    returned = []
    for request in locked:
        if request is not None and request.status is Status.APPROVED:
            ask_again(unit, request, trail.AskedAgain(why=WhyAgain.FROZEN, terms=TermsTold.of(request.terms)))
            returned.append(_named(request))
    return trail.Frozen(out=out, returned=tuple(returned))


def _named(request: PurchaseRequest) -> OneOf:
    return OneOf(request=request.id, e164=request.terms.e164)
