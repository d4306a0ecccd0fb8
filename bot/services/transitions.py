"""One transaction moves a request: its new state, the audit entry, the messages and the work it causes.

Whatever a use case does to a request goes through `move`, so the trail and the channel are never behind the state. What
a request waits for is here too: a decision until it expires, a call until it lapses, the next look, and in the end
people.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, JsonValue
from sqlalchemy import Connection

from bot.domain.audit import BOT, OPERATOR, Entry, Event, Facts
from bot.domain.policy import NotAllowed
from bot.domain.request import TERMS_MAY_CHANGE, PurchaseRequest, RequestId, Status
from bot.domain.terms import Terms
from bot.services.acts import Act, Address, AskForStatus
from bot.services.letters import Words
from bot.services.rules import Times
from bot.store import attempts, audit, budgets, control, homes, requests
from bot.work import queue
from bot.work.queue import Kind


class Overtaken(Exception):
    """The request changed since it was read; nothing of the transaction stays."""


def move(
    connection: Connection,
    before: PurchaseRequest,
    after: PurchaseRequest,
    *,
    now: datetime,
    actor: str,
    event: Event,
    facts: Facts,
    before_expiry: bool = False,
) -> tuple[PurchaseRequest, Entry]:
    """Keeps `after` with its audit entry and rewrites the card; a reservation ends with the way out of its states.

    With `before_expiry` only while `now` is before the request expires. Raises `Overtaken`.
    """
    if before.status in RESERVED and after.status not in RESERVED and not _keeps_reservation(connection, after):
        budgets.release(connection, before.id)
    entry = audit.append(connection, at=now, actor=actor, event=event, request=before.id, facts=facts)
    cause = before.cause if after.status is before.status else entry.seq
    moved = replace(after, entry=entry.seq, cause=cause)
    if not requests.move(connection, before, moved, expires_after=now if before_expiry else None):
        raise Overtaken
    show(connection, moved, now=now)
    refresh_homes(connection, now=now)
    return moved, entry


RESERVED = (Status.APPROVED, Status.PURCHASING, Status.CHECKING)
"""While a request is in these states its charge is held of the month's budget."""


def _keeps_reservation(connection: Connection, after: PurchaseRequest) -> bool:
    """A failure that the provider may still turn into a sale keeps its money held until it is settled."""
    attempt = attempts.newest_of(connection, after.id) if after.status is Status.FAILED else None
    return attempt is not None and attempt.is_unsettled


def show(connection: Connection, request: PurchaseRequest, *, now: datetime) -> None:
    """Has the card catch up; one waiting rewrite is enough for any number of changes."""
    if not queue.is_waiting(connection, Kind.CARD, request.id):
        queue.add(connection, Kind.CARD, now=now, request=request.id)


def terms_facts(terms: Terms) -> dict[str, JsonValue]:
    """The terms as the trail keeps them: plain decimals with the provider's digits."""
    return {
        "digest": terms.digest,
        "e164": terms.e164,
        "account": terms.account,
        "setup_fee": terms.setup_fee.plain(),
        "monthly_fee": terms.monthly_fee.plain(),
        "charge": terms.charge.plain(),
        "currency": terms.currency,
        "minimum_commitment_months": terms.minimum_commitment_months,
        "identity_check": terms.identity_check,
        "trial": terms.trial,
        "left_out": list(terms.left_out),
    }


def reply(connection: Connection, entry: Entry, *, now: datetime) -> None:
    """Has the entry told in the thread."""
    queue.add(connection, Kind.REPLY, now=now, request=entry.request, payload={"entry": entry.seq})


def fail(
    connection: Connection, request: PurchaseRequest, error: str, facts: Facts, *, now: datetime, actor: str = BOT
) -> None:
    """Nothing was bought, and that is certain; `error` is the stable code that scripts read."""
    told = {"error": error, **facts}
    _, entry = move(connection, request, request.failed(error), now=now, actor=actor, event=Event.FAILED, facts=told)
    reply(connection, entry, now=now)


def freeze_facts(connection: Connection) -> Facts:
    """What a refusal because of the freeze keeps: since when, and by whom."""
    frozen = control.frozen_by(connection)
    return {} if frozen is None else {"frozen_at": frozen[0].isoformat(), "frozen_by": frozen[1]}


def refuse(
    connection: Connection,
    act: Act,
    event: Event,
    refusal: NotAllowed,
    *,
    now: datetime,
    about: RequestId | None = None,
) -> None:
    """Nothing changes; the trail keeps the evidence and the person alone hears why, an operator from the trail."""
    facts = {"reason": refusal.reason.value, "evidence": dict(refusal.evidence), "team": act.team}
    audit.append(connection, at=now, actor=act.user, event=event, request=about, facts=facts)
    if act.user == OPERATOR:
        return
    words = Words(to=act.by, reason=refusal.reason, evidence=dict(refusal.evidence), request=about)
    queue.add(connection, Kind.WORDS, now=now, payload=words.model_dump_json())


APPROVAL_LASTS = timedelta(minutes=15)
"""An approval without a call in that time is void: nobody is surprised by an old one."""


NUDGE_EVERY = timedelta(days=1)


class OfVersion(BaseModel):
    """Which approval or waiting time the deadline belongs to."""

    model_config = ConfigDict(frozen=True)

    terms_version: int


class LooksLeft(BaseModel):
    """The pauses before the looks that follow this one; none are left at the last."""

    model_config = ConfigDict(frozen=True)

    pauses: tuple[timedelta, ...]


def await_decision(connection: Connection, request: PurchaseRequest, times: Times, *, now: datetime) -> None:
    """The work that time causes for a request that waits for a decision, in the transaction that makes it wait."""
    payload = OfVersion(terms_version=request.terms_version).model_dump_json()
    queue.add(connection, Kind.EXPIRE, now=now, request=request.id, payload=payload, after=request.expires_at)
    if times.remind_after is not None and now + times.remind_after < request.expires_at:
        after = now + times.remind_after
        queue.add(connection, Kind.REMIND, now=now, request=request.id, payload=payload, after=after)


def await_call(connection: Connection, request: PurchaseRequest, *, now: datetime) -> None:
    """The work that an approval causes: the purchase, and the end of the approval if that does not happen."""
    payload = OfVersion(terms_version=request.terms_version).model_dump_json()
    queue.add(connection, Kind.PURCHASE, now=now, request=request.id)
    queue.add(connection, Kind.LAPSE, now=now, request=request.id, payload=payload, after=now + APPROVAL_LASTS)


def await_look(connection: Connection, request: RequestId, pauses: Sequence[timedelta], *, now: datetime) -> None:
    """The next look at the provider after the first of the pauses, and the further ones after the others."""
    first, *then = pauses
    queue.add(
        connection,
        Kind.LOOK,
        now=now,
        request=request,
        payload=LooksLeft(pauses=tuple(then)).model_dump_json(),
        after=now + first,
    )


def await_people(connection: Connection, request: RequestId, *, now: datetime) -> None:
    """People are to say what became of a purchase, and are reminded daily."""
    queue.drop(connection, Kind.NUDGE, request)
    queue.add(connection, Kind.NUDGE, now=now, request=request, after=now + NUDGE_EVERY)


def has_lapsed(request: PurchaseRequest, now: datetime) -> bool:
    """Is its approval too old to be used?"""
    return request.decided_at is not None and now >= request.decided_at + APPROVAL_LASTS


def ask_again(
    connection: Connection,
    request: PurchaseRequest,
    times: Times,
    *,
    now: datetime,
    why: str,
    facts: Facts,
    terms: Terms | None = None,
) -> None:
    """Back to `pending`: the votes are void, said in the thread, with a new time to expire.

    With `terms` because they changed; the third time that happens the request fails instead.
    """
    told: Facts = {"why": why, **facts, **terms_facts(terms or request.terms)}
    if terms is not None and request.terms_changes + 1 >= TERMS_MAY_CHANGE:
        fail(connection, request, "terms_kept_changing", told, now=now)
        return
    pending, entry = move(
        connection,
        request,
        request.asked_again(now + times.expires_after, terms),
        now=now,
        actor=BOT,
        event=Event.ASKED_AGAIN,
        facts=told,
    )
    reply(connection, entry, now=now)
    await_decision(connection, pending, times, now=now)


KEPT_FRESH = timedelta(hours=1)


def refresh_homes(connection: Connection, *, now: datetime) -> None:
    """Plans a fresh App Home for everybody who has it open and has none on its way."""
    for team, person in homes.take_stale(connection, since=now - KEPT_FRESH):
        act = AskForStatus(team=team, trigger_id="", by=Address(user=person, at=now), in_home=True)
        queue.add(connection, Kind.STATUS, now=now, payload=act.model_dump_json())
