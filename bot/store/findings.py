"""What the last sweep found beside the attempts, kept for `check`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.store.tables import findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`subject` is a number or a ledger row's id, `details` JSON."""

    kind: str
    subject: str
    details: str
    found_at: datetime


def replace(connection: Connection, found: Sequence[Finding]) -> None:
    """What one sweep found takes the place of what the one before did."""
    connection.execute(delete(findings))
    if found:
        connection.execute(
            insert(findings),
            [
                {"kind": one.kind, "subject": one.subject, "details": one.details, "found_at": one.found_at}
                for one in found
            ],
        )


def every(connection: Connection) -> list[Finding]:
    """By kind, newest first."""
    query = select(findings).order_by(findings.c.kind, findings.c.found_at.desc(), findings.c.subject)
    return [
        Finding(kind=row.kind, subject=row.subject, details=row.details, found_at=row.found_at)
        for row in connection.execute(query)
    ]
