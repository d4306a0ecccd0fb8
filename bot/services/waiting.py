"""What a request waits for, and the work that waiting causes.

A decision until it expires, a call until it lapses, the next look at the provider, and in the end people.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from bot.domain.audit import BOT, Event, Facts
from bot.domain.request import TERMS_MAY_CHANGE, PurchaseRequest, RequestId
from bot.domain.terms import Terms
from bot.services.moves import fail, move, reply, terms_facts
from bot.services.rules import Times
from bot.store import work
from bot.store.work import Kind

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
    work.add(connection, Kind.EXPIRE, now=now, request=request.id, payload=payload, after=request.expires_at)
    if times.remind_after is not None and now + times.remind_after < request.expires_at:
        after = now + times.remind_after
        work.add(connection, Kind.REMIND, now=now, request=request.id, payload=payload, after=after)


def await_call(connection: Connection, request: PurchaseRequest, *, now: datetime) -> None:
    """The work that an approval causes: the purchase, and the end of the approval if that does not happen."""
    payload = OfVersion(terms_version=request.terms_version).model_dump_json()
    work.add(connection, Kind.PURCHASE, now=now, request=request.id)
    work.add(connection, Kind.LAPSE, now=now, request=request.id, payload=payload, after=now + APPROVAL_LASTS)


def await_look(connection: Connection, request: RequestId, pauses: Sequence[timedelta], *, now: datetime) -> None:
    """The next look at the provider after the first of the pauses, and the further ones after the others."""
    first, *then = pauses
    work.add(
        connection,
        Kind.LOOK,
        now=now,
        request=request,
        payload=LooksLeft(pauses=tuple(then)).model_dump_json(),
        after=now + first,
    )


def await_people(connection: Connection, request: RequestId, *, now: datetime) -> None:
    """People are to say what became of a purchase, and are reminded daily."""
    work.drop(connection, Kind.NUDGE, request)
    work.add(connection, Kind.NUDGE, now=now, request=request, after=now + NUDGE_EVERY)


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
