"""Purchase attempts: recorded before the call leaves, closed with what came of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, insert, select, update

from bot.domain.money import Money
from bot.domain.numbers import E164
from bot.domain.request import PurchaseRequest, RequestId
from bot.store.tables import attempts


class Ending(StrEnum):
    """How an attempt stands."""

    OPEN = "open"
    BOUGHT = "bought"
    """The answer to the call said so."""
    FOUND = "found"
    """It was found among our own numbers later."""
    REFUSED = "refused"
    UNEXECUTED = "unexecuted"
    BY_LOOKS = "by_looks"
    """Looks at the provider found that nothing was bought."""
    BY_PERSON = "by_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One purchase call, past or present."""

    id: str
    request: RequestId
    e164: E164
    recorded_at: datetime
    lease_until: datetime
    call_ended_at: datetime | None
    ending: Ending
    code: str | None
    message: str | None
    provider_request_id: str | None
    charged: Money | None
    number: str | None
    """The number's details as the provider returned them, as JSON."""


def record(
    connection: Connection,
    request: PurchaseRequest,
    *,
    attempt: str,
    at: datetime,
    lease_until: datetime,
    entry: int,
) -> None:
    """Written before the call leaves. Raises SQLAlchemy's `IntegrityError` when one is open for the request."""
    connection.execute(
        insert(attempts).values(
            id=attempt,
            request=request.id,
            terms_version=request.terms_version,
            e164=request.terms.e164,
            currency=request.terms.currency,
            recorded_at=at,
            lease_until=lease_until,
            outcome=Ending.OPEN,
            entry=entry,
        )
    )


def open_of(connection: Connection, request: RequestId) -> Attempt | None:
    """The request's attempt without an outcome; there is at most one."""
    row = connection.execute(
        select(attempts).where(attempts.c.request == request, attempts.c.outcome == Ending.OPEN)
    ).first()
    return None if row is None else _attempt(row)


def newest_of(connection: Connection, request: RequestId) -> Attempt | None:
    row = connection.execute(
        select(attempts).where(attempts.c.request == request).order_by(attempts.c.entry.desc()).limit(1)
    ).first()
    return None if row is None else _attempt(row)


def bought(
    connection: Connection,
    attempt: str,
    *,
    at: datetime,
    sale: str,
    charged: Money | None,
    number: str,
    provider_request_id: str | None,
) -> None:
    """Credits a sale to the attempt. Raises SQLAlchemy's `IntegrityError` when another attempt has it."""
    connection.execute(
        update(attempts)
        .where(attempts.c.id == attempt)
        .values(
            outcome=Ending.BOUGHT,
            call_ended_at=at,
            sale=sale,
            charged=charged and charged.micros,
            charged_digits=charged and charged.digits,
            charged_currency=charged and charged.currency,
            number=number,
            provider_request_id=provider_request_id,
        )
    )


def ended(
    connection: Connection,
    attempt: str,
    ending: Ending,
    *,
    at: datetime,
    code: str,
    message: str,
    provider_request_id: str | None,
    call_is_over: bool = True,
) -> None:
    """The call ended without a sale; with `OPEN`, nobody knows yet."""
    connection.execute(
        update(attempts)
        .where(attempts.c.id == attempt)
        .values(
            outcome=ending,
            call_ended_at=at,
            code=code,
            message=message,
            provider_request_id=provider_request_id,
            call_is_over=call_is_over,
        )
    )


def _attempt(row: Row[tuple[object, ...]]) -> Attempt:
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row by column
    charged = None
    if found[attempts.c.charged] is not None:
        charged = Money.from_micros(
            found[attempts.c.charged], found[attempts.c.charged_currency], found[attempts.c.charged_digits]
        )
    return Attempt(
        id=found[attempts.c.id],
        request=found[attempts.c.request],
        e164=found[attempts.c.e164],
        recorded_at=found[attempts.c.recorded_at],
        lease_until=found[attempts.c.lease_until],
        call_ended_at=found[attempts.c.call_ended_at],
        ending=Ending(found[attempts.c.outcome]),
        code=found[attempts.c.code],
        message=found[attempts.c.message],
        provider_request_id=found[attempts.c.provider_request_id],
        charged=charged,
        number=found[attempts.c.number],
    )
