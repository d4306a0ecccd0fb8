"""`requests`: lists requests, newest first, for people or for scripts (`--json`, one object a line)."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TextIO

from pydantic import JsonValue
from sqlalchemy.exc import DatabaseError

from bot.domain.request import PurchaseRequest, Status
from bot.services.tell.queries import every_request
from bot.store.store import CannotOpen, Store


async def print_requests(store: Store, out: TextIO, *, status: Status | None, as_json: bool) -> None:
    """Writes every request, or those in one state. Raises `StoreError` when they cannot be read."""
    try:
        found = await store.read(lambda connection: list(every_request(connection, status)))
    except DatabaseError as reason:
        raise CannotOpen("the database cannot be read, or is damaged") from reason
    lines = _json_lines(found) if as_json else _table(found)
    out.writelines(f"{line}\n" for line in lines)


Found = Sequence[tuple[PurchaseRequest, list[str]]]


def _json_lines(found: Found) -> Iterable[str]:
    return (json.dumps(fields_of(request, approvers), ensure_ascii=False) for request, approvers in found)


def fields_of(request: PurchaseRequest, approvers: list[str]) -> dict[str, JsonValue]:
    """The promise of `requests --json`: names, order and forms are read by scripts."""
    return {
        "id": request.id,
        "status": request.status.value,
        "e164": request.terms.e164,
        "country": request.country,
        "setup_fee": request.terms.setup_fee.plain(),
        "monthly_fee": request.terms.monthly_fee.plain(),
        "currency": request.terms.currency,
        "requester": request.requester,
        "approvers": [*approvers],
        "channel": request.channel,
        "reason": request.reason,
        "created_at": rfc3339(request.created_at),
        "decided_at": rfc3339(request.decided_at),
        "purchased_at": rfc3339(request.purchased_at),
        "error": request.error,
        "basket": request.basket,
    }


def rfc3339(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with `Z`."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _table(found: Found) -> Iterable[str]:
    rows = [("CREATED", "STATUS", "NUMBER", "CHARGED NOW", "REQUESTER", "APPROVERS", "ID", "ASKED WITH")]
    rows += [
        (
            request.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M"),
            request.status.value,
            request.terms.e164,
            str(request.terms.charge),
            request.requester,
            ",".join(approvers) or "-",
            request.id,
            request.basket or "-",
        )
        for request, approvers in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
