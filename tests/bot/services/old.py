"""Rows as versions before this one left them, put into a database as they are: no service writes them here.

`old_rows/` was copied once from what services wrote, and is never written anew: such rows lie in people's databases.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, Table, insert, select, update

from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.domain.trail import Event
from bot.store import tables
from bot.work.queue import Work
from tests.harness.bench import Bench
from tests.harness.builders import NOON, a_request

FOLDER = Path(__file__).with_name("old_rows")

ID = RequestId("5e" * 16)

HASH = "ab" * 32

CAUSES = {
    Event.REQUESTED,
    Event.APPROVED,
    Event.DENIED,
    Event.WITHDRAWN,
    Event.EXPIRED,
    Event.ASKED_AGAIN,
    Event.ATTEMPT_RECORDED,
    Event.NOT_EXECUTED,
    Event.CHECKING,
    Event.PURCHASED,
    Event.FAILED,
}
"""What brings a request into its state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OldEntry:
    """`status` is that of the request it left behind; `None` when it is about none."""

    event: Event
    name: str
    actor: str
    status: Status | None
    error: str | None
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OldAttempt:
    """What an attempt's row says, and how its request stands."""

    name: str
    status: Status
    error: str | None
    outcome: str
    asks_people: bool
    is_alerted: bool
    seen: str | None
    number: str | None


def old_entries(event: Event) -> list[OldEntry]:
    """One for each variant of what was kept of it."""
    found = json.loads((FOLDER / "entries.json").read_text("utf-8"))[event]
    return [
        OldEntry(
            event=event,
            name=name,
            actor=row["actor"],
            status=row["request"] and Status(row["request"]),
            error=row.get("error"),
            data=row["data"],
        )
        for name, row in found.items()
    ]


def old_attempts() -> list[OldAttempt]:
    """One for each variant of what was seen, and of a number's details."""
    found = json.loads((FOLDER / "attempts.json").read_text("utf-8"))
    return [
        OldAttempt(
            name=name,
            status=Status(row["request"]),
            error=row["error"],
            outcome=row["outcome"],
            asks_people=bool(row["asks_people"]),
            is_alerted=bool(row["is_alerted"]),
            seen=row["seen"],
            number=row["number"],
        )
        for name, row in found.items()
    ]


async def put(bench: Bench, table: Table, **values: object) -> None:
    given = {column: values[column.name] for column in table.c if column.name in values}
    await bench.store.write(lambda connection: connection.execute(insert(table).values(given)))


async def put_work(bench: Bench, kind: type[Work], payload: str, request: str | None = None) -> None:
    """Work that is due."""
    values = {"lane": kind.lane, "kind": kind.kind, "request": request, "payload": payload}
    await put(bench, tables.work, **values, not_before=bench.clock.now())


async def put_entry(bench: Bench, old: OldEntry, request: PurchaseRequest | None = None) -> int:
    """The next one of the trail; what brings a request into its state is kept as that."""

    def add(connection: Connection) -> int:
        head = connection.execute(select(tables.audit_head)).one()
        seq: int = head.seq + 1
        about = None if request is None else request.id
        said = {"actor": old.actor, "event": old.event, "request": about, "data": old.data}
        connection.execute(insert(tables.audit_entries).values(seq=seq, at=NOON, before=head.hash, hash=HASH, **said))
        connection.execute(update(tables.audit_head).values(seq=seq, hash=HASH))
        shown = {"entry": seq, "cause": seq} if old.event in CAUSES else {"entry": seq}
        connection.execute(update(tables.requests).where(tables.requests.c.id == about).values(**shown))
        return seq

    return await bench.store.write(add)


async def put_attempt(bench: Bench, old: OldAttempt, request: PurchaseRequest) -> None:
    """The only one of its request, of now."""
    now = bench.clock.now()
    await put(
        bench,
        tables.attempts,
        id=f"a{request.id[1:]}",
        request=request.id,
        terms_version=1,
        e164=request.terms.e164,
        currency="INR",
        recorded_at=now,
        lease_until=now,
        call_ended_at=now,
        outcome=old.outcome,
        asks_people=old.asks_people,
        alerted_at=now if old.is_alerted else None,
        seen=old.seen,
        number=old.number,
        sale=None if old.number is None else f"{request.id}@",
        entry=request.entry,
    )


async def a_request_of(
    bench: Bench, no: int, status: Status, error: str | None = None, *, is_automatic: bool = False
) -> PurchaseRequest:
    """The request of this number in this state; its card stands."""
    made = a_request(id=f"{no:032x}", number=f"+9180690{no:05}", status=status, error=error)
    return await bench.a_request(replace(made, is_automatic=is_automatic), ts=f"{no}.000001")


def names(found: Sequence[OldEntry | OldAttempt]) -> list[str]:
    return [old.name for old in found]
