"""Purchase attempts as rows: recorded before the call leaves, closed with what came of it."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from bot.domain.attempt import Attempt, Ending, details_of
from bot.domain.facts import ProviderSaid, Seen
from bot.domain.looks import Timed
from bot.domain.money import Money
from bot.domain.numbers import E164, OwnedNumber
from bot.domain.request import PurchaseRequest, RequestId
from bot.store.columns import UtcTime, fields, in_parts
from bot.store.tables import IS_FOR_PEOPLE, IS_OPEN_ATTEMPT, IS_SALE, IS_UNSETTLED, IS_WATCHED, IS_WRITTEN_OFF, attempts

_TIMED = TypeAdapter(dict[str, Timed])

_RECORD = insert(attempts)
_GET = select(attempts).where(attempts.c.id == bindparam("attempt"))
_OF_REQUEST = select(attempts).where(attempts.c.request == bindparam("request"))
_OPEN_OF = _OF_REQUEST.where(IS_OPEN_ATTEMPT)
_OF_REQUESTS = (
    select(attempts).where(attempts.c.request.in_(bindparam("requests", expanding=True))).order_by(attempts.c.entry)
)
_NEWEST_OF = _OF_REQUEST.order_by(attempts.c.entry.desc()).limit(1)
_OF_NUMBER = select(attempts).where(attempts.c.e164 == bindparam("number")).order_by(attempts.c.entry.desc())
_SINCE = select(attempts).where(attempts.c.recorded_at >= bindparam("moment")).order_by(attempts.c.entry)
_WATCHED = select(attempts).where(IS_WATCHED)
_UNSETTLED = select(attempts.c.e164).where(IS_UNSETTLED)
_ALERTED = select(attempts).where(IS_FOR_PEOPLE, attempts.c.alerted_at.is_not(None)).order_by(attempts.c.entry)
_WRITTEN_OFF = select(attempts.c.written_off).where(IS_WRITTEN_OFF)
_NUMBERS = attempts.c.e164.in_(bindparam("numbers", expanding=True))
_OF_NUMBERS = select(attempts).where(_NUMBERS).order_by(attempts.c.entry.desc())
_SOLD_AMONG = select(attempts.c.e164).where(IS_SALE, _NUMBERS)
_UNSETTLED_AMONG = select(attempts.c.e164).where(IS_UNSETTLED, _NUMBERS)
_SOLD_SINCE_AMONG = select(attempts.c.e164).where(
    IS_SALE, _NUMBERS, attempts.c.settled_at >= bindparam("moment", type_=UtcTime)
)
_WAITS_UNTIL = select(func.max(attempts.c.retry_at))
_CHANGE = update(attempts).where(attempts.c.id == bindparam("attempt"))
_SELL = _CHANGE.values(call_ended_at=func.coalesce(attempts.c.call_ended_at, bindparam("at", type_=UtcTime)))
_NOTE_FREEZE = update(attempts).where(IS_OPEN_ATTEMPT).values(frozen_since=True)


def record(
    connection: Connection,
    request: PurchaseRequest,
    *,
    attempt: str,
    number_id: str | None,
    at: datetime,
    lease_until: datetime,
) -> None:
    """Written before the call leaves. Raises SQLAlchemy's `IntegrityError` when one is open for the request."""
    recorded = {
        "id": attempt,
        "request": request.id,
        "terms_version": request.terms_version,
        "e164": request.terms.e164,
        "currency": request.terms.currency,
        "number_id": number_id,
        "recorded_at": at,
        "lease_until": lease_until,
        "ending": Ending.OPEN,
        "entry": request.entry,
    }
    connection.execute(_RECORD, recorded)


def get(connection: Connection, attempt: str) -> Attempt:
    """Raises SQLAlchemy's `NoResultFound` for an unknown id."""
    return _attempt(connection.execute(_GET, {"attempt": attempt}).one())


def open_of(connection: Connection, request: RequestId) -> Attempt | None:
    """The request's attempt without an outcome; there is at most one."""
    row = connection.execute(_OPEN_OF, {"request": request}).first()
    return None if row is None else _attempt(row)


def newest_of(connection: Connection, request: RequestId) -> Attempt | None:
    row = connection.execute(_NEWEST_OF, {"request": request}).first()
    return None if row is None else _attempt(row)


def newest_among(connection: Connection, requests: Collection[RequestId]) -> dict[RequestId, Attempt]:
    """The newest attempt of each of these that has one."""
    rows = connection.execute(_OF_REQUESTS, {"requests": [*requests]}) if requests else ()
    newest = {row.request: row for row in rows}
    return {request: _attempt(row) for request, row in newest.items()}


def of_number(connection: Connection, number: E164) -> list[Attempt]:
    """Newest first."""
    return [_attempt(row) for row in connection.execute(_OF_NUMBER, {"number": number})]


def of_numbers(connection: Connection, numbers: Iterable[E164]) -> dict[E164, list[Attempt]]:
    """As `of_number`, for each of these."""
    found = dict[E164, list[Attempt]]()
    for some in in_parts(numbers):
        for row in connection.execute(_OF_NUMBERS, {"numbers": some}):
            found.setdefault(row.e164, []).append(_attempt(row))
    return found


def sale_of(connection: Connection, number: E164) -> Attempt | None:
    """The attempt that bought the number last."""
    return next((attempt for attempt in of_number(connection, number) if attempt.ending.is_sale), None)


def since(connection: Connection, moment: datetime) -> list[Attempt]:
    """Recorded at that moment or later, oldest first."""
    return [_attempt(row) for row in connection.execute(_SINCE, {"moment": moment})]


def all_written_off(connection: Connection) -> frozenset[str]:
    """The ledger's ids of every debit that an approver wrote off."""
    return frozenset(row for rows in connection.execute(_WRITTEN_OFF).scalars() for row in rows)


def unsettled_numbers(connection: Connection) -> set[E164]:
    """Those that an attempt without a definite end may still turn out to have bought."""
    return {*connection.execute(_UNSETTLED).scalars()}


def watched(connection: Connection, moment: datetime) -> list[Attempt]:
    """Oldest first what was recorded at that moment or later, and what may still turn out otherwise.

    Open, ended without a definite word, sold and not seen among our own yet, or alerted.
    """
    found = {row.id: _attempt(row) for row in connection.execute(_WATCHED)}
    found |= {attempt.id: attempt for attempt in since(connection, moment)}
    return sorted(found.values(), key=lambda attempt: attempt.entry)


def sold_among(connection: Connection, numbers: Iterable[E164]) -> set[E164]:
    """Which of these an attempt bought."""
    asked = in_parts(numbers)
    return {one for some in asked for one in connection.execute(_SOLD_AMONG, {"numbers": some}).scalars()}


def held_among(connection: Connection, numbers: Collection[E164], *, since: datetime) -> set[E164]:
    """Which of these, a few hundred at most, an attempt may still turn out to have bought, or bought since then."""
    given = {"numbers": [*numbers]}
    sold = connection.execute(_SOLD_SINCE_AMONG, {**given, "moment": since}).scalars()
    return {*sold, *connection.execute(_UNSETTLED_AMONG, given).scalars()}


def alerted_ones(connection: Connection) -> list[Attempt]:
    """Those of which approvers were told that nothing explains what the provider shows."""
    return [_attempt(row) for row in connection.execute(_ALERTED)]


def sold(
    connection: Connection,
    attempt: str,
    ending: Ending,
    *,
    at: datetime,
    sale: str,
    charged: Money | None,
    number: OwnedNumber,
    provider_request_id: str | None,
) -> None:
    """Credits a sale to the attempt. Raises SQLAlchemy's `IntegrityError` when another attempt has it."""
    credited = {
        "attempt": attempt,
        "at": at,
        "ending": ending,
        "settled_at": at,
        "sale": sale,
        "details": details_of(number),
        "provider_request_id": provider_request_id,
        "asks_people": False,
        "alerted_at": None,
    }
    connection.execute(_SELL, {**credited, **_charge(charged)})


def charge_read(connection: Connection, attempt: str, charged: Money) -> None:
    """What the ledger says a purchase cost, when its answer did not."""
    _change(connection, attempt, **_charge(charged))


def call_ended(connection: Connection, attempt: str, said: ProviderSaid, *, at: datetime, is_over: bool) -> None:
    """Nobody knows yet what came of it; `is_over` when the provider certainly does nothing more for it."""
    _change(
        connection,
        attempt,
        call_ended_at=at,
        code=said.code,
        message=said.message,
        provider_request_id=said.provider_request_id,
        call_is_over=is_over,
    )


def wait(connection: Connection, attempt: str, *, until: datetime) -> None:
    """Its answer was that the provider takes no calls before that."""
    _change(connection, attempt, retry_at=until)


def waits_until(connection: Connection) -> datetime | None:
    """Until when the provider asked to wait at the latest, whichever call it answered so."""
    until: datetime | None = connection.execute(_WAITS_UNTIL).scalar()
    return until


def ended(connection: Connection, attempt: str, ending: Ending, *, settled_at: datetime | None) -> None:
    """It sold nothing; unsettled while that is not certain for good."""
    _change(connection, attempt, ending=ending, settled_at=settled_at, asks_people=False, alerted_at=None)


def looked(connection: Connection, attempt: str, *, clean_since: datetime | None, seen: Seen) -> None:
    """A look was made, and is no end yet."""
    _change(connection, attempt, clean_since=clean_since, last_look=json.dumps(seen.facts()))


def timed(connection: Connection, attempt: str, looks: Mapping[str, Timed]) -> None:
    """What monotonic clocks say of its looks."""
    _change(connection, attempt, timed=_TIMED.dump_json(dict(looks)).decode())


def ask_people(connection: Connection, attempt: str, *, asks: bool) -> None:
    """Whether people decide now, because the bot cannot find out."""
    _change(connection, attempt, asks_people=asks)


def alerted(connection: Connection, attempt: str, *, at: datetime | None) -> None:
    """Approvers were told of money that nothing explains; `None` when that is over."""
    _change(connection, attempt, alerted_at=at)


def write_off(connection: Connection, attempt: Attempt, rows: frozenset[str]) -> None:
    """An approver gave these debits up; the call of a written-off debit is over only after the hour."""
    written_off = sorted(attempt.written_off | rows)
    _change(connection, attempt.id, written_off=written_off, alerted_at=None, call_is_over=False)


def settle(connection: Connection, attempt: str, *, at: datetime | None) -> None:
    """Nothing of it can still happen; `None` when something did all the same."""
    _change(connection, attempt, settled_at=at)


def confirm(connection: Connection, attempt: str, *, at: datetime) -> None:
    """Whether the number is ours is people's business from now on: it was seen, or they know."""
    _change(connection, attempt, confirmed_at=at)


def note_freeze(connection: Connection) -> None:
    """Open attempts that come back unexecuted do not go on by themselves after a freeze."""
    connection.execute(_NOTE_FREEZE)


def _change(connection: Connection, attempt: str, **values: object) -> None:
    connection.execute(_CHANGE, {"attempt": attempt, **values})


def _charge(charged: Money | None) -> dict[str, object]:
    return {
        "charged": charged and charged.micros,
        "charged_digits": charged and charged.digits,
        "charged_currency": charged and charged.currency,
    }


def _attempt(row: Row[tuple[object, ...]]) -> Attempt:
    found = fields(row, attempts, Attempt)
    found["written_off"] = frozenset(found["written_off"])
    found["timed"] = _TIMED.validate_json(row.timed) if row.timed else {}
    if row.charged is not None:
        found["charged"] = Money.from_micros(row.charged, row.charged_currency, row.charged_digits)
    return Attempt(**found)
