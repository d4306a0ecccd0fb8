"""One transaction moves a request: its new state, the audit entry, and the messages it causes.

Whatever a use case does to a request goes through `move`, so the trail and the channel are never behind the state.
"""

from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import Connection

from bot.domain.audit import BOT, OPERATOR, Entry, Event, Facts
from bot.domain.policy import NotAllowed
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.domain.terms import Terms
from bot.services import homes
from bot.services.acts import Act
from bot.services.letters import Words
from bot.store import attempts, audit, budgets, control, requests, work
from bot.store.work import Kind


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
    homes.refresh(connection, now=now)
    return moved, entry


RESERVED = (Status.APPROVED, Status.PURCHASING, Status.CHECKING)
"""While a request is in these states its charge is held of the month's budget."""


def _keeps_reservation(connection: Connection, after: PurchaseRequest) -> bool:
    """A failure that the provider may still turn into a sale keeps its money held until it is settled."""
    attempt = attempts.newest_of(connection, after.id) if after.status is Status.FAILED else None
    return attempt is not None and attempt.is_unsettled


def show(connection: Connection, request: PurchaseRequest, *, now: datetime) -> None:
    """Has the card catch up; one waiting rewrite is enough for any number of changes."""
    if not work.is_waiting(connection, Kind.CARD, request.id):
        work.add(connection, Kind.CARD, now=now, request=request.id)


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
    work.add(connection, Kind.REPLY, now=now, request=entry.request, payload={"entry": entry.seq})


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
    work.add(connection, Kind.WORDS, now=now, payload=words.model_dump_json())
