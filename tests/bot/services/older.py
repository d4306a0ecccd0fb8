"""Rows as versions before this one left them, put into a database as they are: no service writes them here.

`old_rows/` was copied once from what services wrote, and is never written anew: such rows lie in people's databases.
"""

from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import Connection, Table, insert, select, update

from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.domain.trail import Event
from bot.store import tables
from bot.work.queue import Work
from tests.harness.builders import NOON, a_listing, a_request, an_owned_number, some_rules
from tests.harness.errands import REAL
from tests.harness.workbench import Workbench

FOLDER = Path(__file__).with_name("old_rows")

ID = RequestId("5e" * 16)
"""What the work of older versions is about."""

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


class OldWork(BaseModel):
    """A form of payload, what has to be there for it, and what shows that it was done."""

    kind: str
    given: list[str]
    payload: str
    of_request: bool = False
    leaves: Event | None = None
    """The last event then."""
    plans: str | None = None
    """The kind of work that is planned then."""
    told: str | None = None
    """How the messenger took it."""

    @property
    def work(self) -> type[Work]:
        return next(work for work in REAL if work.kind == self.kind)


class OldEntry(BaseModel):
    """A variant of what was kept of an event; the request that it left is in this state, `None` if it is about none."""

    actor: str
    request: Status | None
    error: str | None = None
    data: str


class OldAttempt(BaseModel):
    """A variant of what was seen, or of a number's details, and how its request stands."""

    request: Status
    error: str | None = None
    outcome: str
    asks_people: bool = False
    is_alerted: bool = False
    seen: str | None = None
    number: str | None = None


class OldFinding(BaseModel):
    """What a sweep kept for `check`, and whether approvers were told."""

    kind: str
    subject: str
    details: str
    is_told: bool


WORK = TypeAdapter(list[OldWork]).validate_json((FOLDER / "work.json").read_bytes())
ENTRIES = TypeAdapter(dict[Event, dict[str, OldEntry]]).validate_json((FOLDER / "entries.json").read_bytes())
ATTEMPTS = TypeAdapter(dict[str, OldAttempt]).validate_json((FOLDER / "attempts.json").read_bytes())
"""By their names."""
FINDINGS = TypeAdapter(list[OldFinding]).validate_json((FOLDER / "findings.json").read_bytes())

CHARGED = (
    '{"what": "charged_without_number", "owned": false, "owned_status": null, "debits": [{"id": "txn_1", '
    '"amount": "101", "currency": "INR", "at": "2026-11-02T12:00:00+00:00", "description": "DID-Kauf \\u2014 1"}]}'
)
"""What was seen when approvers were told of a charge."""


async def put(bench: Workbench, table: Table, **values: object) -> None:
    given = {column: values[column.name] for column in table.c if column.name in values}
    await bench.store.write(lambda connection: connection.execute(insert(table).values(given)))


async def put_work(bench: Workbench, kind: type[Work], payload: str, request: str | None = None) -> None:
    """Work that is due."""
    values = {"lane": kind.lane, "kind": kind.kind, "request": request, "payload": payload}
    await put(bench, tables.work, **values, not_before=bench.clock.now())


async def put_entry(bench: Workbench, event: Event, old: OldEntry, request: PurchaseRequest | None = None) -> int:
    """The next one of the trail; what brings a request into its state is kept as that."""

    def add(connection: Connection) -> int:
        head = connection.execute(select(tables.audit_head)).one()
        seq: int = head.seq + 1
        about = None if request is None else request.id
        said = {"actor": old.actor, "event": event, "request": about, "data": old.data}
        kept = insert(tables.audit_entries).values(seq=seq, at=NOON, before=head.hash, hash="ab" * 32, **said)
        connection.execute(kept)
        connection.execute(update(tables.audit_head).values(seq=seq, hash="ab" * 32))
        shown = {"entry": seq, "cause": seq} if event in CAUSES else {"entry": seq}
        connection.execute(update(tables.requests).where(tables.requests.c.id == about).values(**shown))
        return seq

    return await bench.store.write(add)


async def put_attempt(bench: Workbench, old: OldAttempt, request: PurchaseRequest) -> None:
    """The only one of its request, of now."""
    now = bench.clock.now()
    kept: dict[str, object] = {"request": request.id, "terms_version": 1, "e164": request.terms.e164, "currency": "INR"}
    times = {"recorded_at": now, "lease_until": now, "call_ended_at": now}
    marks = {"sale": old.number and f"{request.id}@", "alerted_at": now if old.is_alerted else None}
    said = old.model_dump(include={"outcome", "asks_people", "seen", "number"})
    kept |= {"id": f"a{request.id[1:]}", "entry": request.entry, **times, **marks, **said}
    await put(bench, tables.attempts, **kept)


async def a_request_of(
    bench: Workbench, no: int, status: Status, error: str | None = None, *, is_automatic: bool = False
) -> PurchaseRequest:
    """The request of this number in this state; its card stands."""
    made = a_request(id=f"{no:032x}", number=f"+9180690{no:05}", status=status, error=error)
    return await bench.a_request(replace(made, is_automatic=is_automatic), ts=f"{no}.000001")


REQUESTS = {
    "pending": a_request(id=ID),
    "not posted": a_request(id=ID),
    "denied": a_request(id=ID, status=Status.DENIED),
    "approved": a_request(id=ID, status=Status.APPROVED, decided_at=NOON),
    "gone": a_request(id=ID, status=Status.FAILED, error="not_in_inventory"),
    "checking": a_request(id=ID, status=Status.CHECKING),
    "people asked": a_request(id=ID, status=Status.CHECKING),
    "charged": a_request(id=ID, status=Status.FAILED, error="not_bought"),
}

TRIED = {
    "checking": OldAttempt(request=Status.CHECKING, outcome="open"),
    "people asked": OldAttempt(request=Status.CHECKING, outcome="open", asks_people=True),
    "charged": OldAttempt(request=Status.FAILED, outcome="by_looks", is_alerted=True, seen=CHARGED),
}

TOLD = {
    "unfrozen": (Event.UNFROZEN, "an approver freezes and lifts it"),
    "its denial is told": (Event.DENIED, "a denied number is asked for again"),
    "approved": (Event.APPROVED, "a similar number is asked for instead"),
    "gone": (Event.FAILED, "not in inventory: a similar number is asked for instead"),
}


async def give(bench: Workbench, *given: str) -> None:
    """What has to be there for the work of older versions: what is set or shown, the request, its attempt, entries."""
    request = None
    for one in given:
        match one:
            case "cards stand elsewhere":
                bench.rules = some_rules(approval_channel="C_APPROVALS")
            case "frozen":
                await bench.freeze()
            case "ours":
                bench.provider.owned_number = an_owned_number()
            case "similar":
                bench.provider.listing = a_listing("100+1.50 INR", number="+918069000143")
            case _ if one in REQUESTS:
                request = await bench.a_request(REQUESTS[one], ts=None if one == "not posted" else "1.000001")
            case _:
                assert one in TOLD
        if one in TRIED and request is not None:
            await put_attempt(bench, TRIED[one], request)
        if one in TOLD:
            event, name = TOLD[one]
            await put_entry(bench, event, ENTRIES[event][name], request)
