"""A database with a past: a few requests that were really made, judged and bought, and as many copies as are wanted.

Copies have ids, numbers, entries and days of their own. Their hashes chain nothing: nobody checks the chain here.
"""

import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.domain.looks import SETTLED_AFTER
from bot.domain.outcome import Refusal, Refused, Unknown
from bot.domain.policy import Decision
from bot.domain.request import PurchaseRequest
from bot.services.plans import Expire
from bot.store.lanes import Lane
from bot.store.tables import attempts, audit_entries, audit_head, cards, requests, reservations, votes
from tests.harness.builders import ASKER, BOSS, NOON, NUMBER, a_listing, an_owned_number
from tests.harness.clock import FakeClock
from tests.harness.stores import a_store
from tests.harness.workbench import Workbench

ENTRIES = 10
"""Of each request."""

ASKERS = 200

PENDING = 20
"""However long the past is."""

ENDED_BEFORE = timedelta(days=4)
"""So long ago the newest was made, and the others one after another before it."""

APART = timedelta(minutes=4)

COPIED = (cards, requests, votes, attempts, reservations, audit_entries)
"""Parents first."""

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""What one request left behind, by table."""


async def purchased(bench: Workbench) -> PurchaseRequest:
    """Bought, and seen among our own numbers."""
    request = await bench.a_purchase()
    bench.provider.others = [an_owned_number()]
    await _an_hour_later(bench)
    return request


async def denied(bench: Workbench) -> PurchaseRequest:
    request = await bench.a_request()
    await bench.deny(request)
    return request


async def expired(bench: Workbench) -> PurchaseRequest:
    await bench.ask()
    (request,) = await bench.requests()
    row = await bench.row(Expire)
    bench.clock.advance(row.not_before - bench.clock.now())
    await bench.run_due(Lane.JUDGE)
    return request


async def withdrawn(bench: Workbench) -> PurchaseRequest:
    request = await bench.a_request()
    await bench.withdraw(request)
    return request


async def refused(bench: Workbench) -> PurchaseRequest:
    return await bench.a_purchase(Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file"))


async def ended_by_looks(bench: Workbench) -> PurchaseRequest:
    """Two looks found nothing, and an hour later neither did the sweep."""
    bench.provider.listing = a_listing()
    request = await bench.a_failure(Unknown(reason="timeout"))
    await _an_hour_later(bench)
    return request


async def _an_hour_later(bench: Workbench) -> None:
    """It is swept, and no more is to be found out about it."""
    bench.clock.advance(SETTLED_AFTER)
    await bench.plan_sweep()
    await bench.sweep()


Story = Callable[[Workbench], Awaitable[PurchaseRequest]]

STORIES: Mapping[Story, int] = {purchased: 55, denied: 20, expired: 15, withdrawn: 5, refused: 4, ended_by_looks: 1}
"""Of a hundred."""


def number_of(request: int) -> str:
    return f"+91806{request:07d}"


def number_id_of(request: int) -> str:
    return f"num_{request}"


def made_at(request: int, of: int) -> datetime:
    return NOON - ENDED_BEFORE - (of - request) * APART


def is_bought(request: int) -> bool:
    return _which(request) < STORIES[purchased]


async def stories() -> list[Rows]:
    """What each of a hundred left behind."""
    return [rows for story, share in STORIES.items() for rows in [await _told(story)] * share]


def fill(connection: Connection, past: Sequence[Rows], first: int, last: int, *, of: int) -> None:
    """Adds the requests of these numbers, the last not included, the oldest first, `of` so many in the end."""
    copies = [_copy(past[_which(request)], request, made_at(request, of)) for request in range(first, last)]
    for table in COPIED:
        connection.execute(insert(table), [row for copied in copies for row in copied[table.name]])
    seq = last * ENTRIES
    connection.execute(update(audit_head).values(seq=seq, hash=_hash(seq)))


def _which(request: int) -> int:
    return request * 37 % 100


async def _told(story: Story) -> Rows:
    """In a database of its own. Clicks that come too late make up the entries."""
    with tempfile.TemporaryDirectory(prefix="buynumber-bench-") as folder:
        served = a_store(Path(folder))
        try:
            bench = Workbench(served.store, FakeClock())
            request = await story(bench)
            while len(await bench.trail()) < ENTRIES:
                await bench.click(Decision.APPROVE, request, by=BOSS)
                await bench.run_due(Lane.JUDGE)
            return await served.store.read(lambda connection: _rows(connection))
        finally:
            served.close()


def _rows(connection: Connection) -> Rows:
    found = {}
    for table in COPIED:
        rows = connection.execute(select(table)).all()
        found[table.name] = [dict(zip(table.c.keys(), row, strict=True)) for row in rows]
    assert len(found["audit_entries"]) == ENTRIES
    assert all(entry["request"] for entry in found["audit_entries"])
    return found


def _copy(rows: Rows, request: int, at: datetime) -> dict[str, list[dict[str, Any]]]:
    (made,) = rows["requests"]
    earlier = made["created_at"] - at
    ids = {made["id"]: f"{request:032x}", made["card"]: f"c{request:031x}"}
    ids |= {attempt["id"]: f"a{request:031x}" for attempt in rows["attempts"]}
    ids["num_1"] = number_id_of(request)
    before, number = request * ENTRIES, number_of(request)

    def copied(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
        match value:
            case datetime():
                return value - earlier
            case int() if name in ("seq", "entry", "cause", "shown"):
                return before + value
            case str() if name == "requester":
                return ASKER if request % ASKERS == 0 else f"U{request % ASKERS:06d}"
            case str() if name in ("hash", "before"):
                return _hash(request)
            case str() if name == "ts":
                return f"{request}.000001"
            case str():
                return ids.get(value) or value.replace(NUMBER, number).replace('"num_1"', f'"{number_id_of(request)}"')
            case _:
                return value

    return {
        table: [{name: copied(name, value) for name, value in row.items()} for row in found]
        for table, found in rows.items()
    }


def _hash(of: int) -> str:
    return f"{of:064x}"
