"""What the last sweep found beside the attempts, kept for `check`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select

from bot.store.tables import findings


class FindingKind(StrEnum):
    """What a sweep may find."""

    BOUGHT_ELSEWHERE = "bought_elsewhere"
    """A number of ours that no request bought."""
    UNEXPLAINED_DEBIT = "unexplained_debit"
    NOT_COMPARED = "not_compared"
    """An attempt whose comparison failed, because of a bug."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`details` is JSON."""

    kind: FindingKind
    subject: str
    """A number, a ledger row's id, or an attempt's."""
    details: str
    found_at: datetime
    told_at: datetime | None = None
    """When approvers were told."""


def replace(connection: Connection, found: Sequence[Finding]) -> None:
    """What one sweep found takes the place of what the one before did."""
    connection.execute(delete(findings))
    if found:
        connection.execute(
            insert(findings),
            [
                {
                    "kind": one.kind,
                    "subject": one.subject,
                    "details": one.details,
                    "found_at": one.found_at,
                    "told_at": one.told_at,
                }
                for one in found
            ],
        )


def every(connection: Connection) -> list[Finding]:
    """By kind, newest first."""
    query = select(findings).order_by(findings.c.kind, findings.c.found_at.desc(), findings.c.subject)
    return [
        Finding(
            kind=FindingKind(row.kind),
            subject=row.subject,
            details=row.details,
            found_at=row.found_at,
            told_at=row.told_at,
        )
        for row in connection.execute(query)
    ]
