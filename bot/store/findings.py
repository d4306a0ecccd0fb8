"""What the last sweep found beside the attempts, kept for `check`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select

from bot.domain.facts import Debit, Part
from bot.store.columns import fields, values
from bot.store.tables import findings


class FindingKind(StrEnum):
    """What a sweep may find."""

    BOUGHT_ELSEWHERE = "bought_elsewhere"
    """A number of ours that no request bought."""
    UNEXPLAINED_DEBIT = "unexplained_debit"
    NOT_COMPARED = "not_compared"
    """An attempt whose comparison failed, because of a bug."""


class Elsewhere(Part):
    """How a number that no request bought stands."""

    status: str | None
    owner: str | None


class NotCompared(Part):
    """Of which request, and for which number, the attempt was."""

    request: str
    e164: str


_DETAILS: dict[FindingKind, type[Elsewhere | NotCompared | Debit]] = {
    FindingKind.BOUGHT_ELSEWHERE: Elsewhere,
    FindingKind.UNEXPLAINED_DEBIT: Debit,
    FindingKind.NOT_COMPARED: NotCompared,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found; its `details` are kept as JSON."""

    kind: FindingKind
    subject: str
    """A number, a ledger row's id, or an attempt's."""
    details: Elsewhere | NotCompared | Debit
    found_at: datetime
    told_at: datetime | None = None
    """When approvers were told."""


def replace(connection: Connection, found: Sequence[Finding]) -> None:
    """What one sweep found takes the place of what the one before did."""
    connection.execute(delete(findings))
    if found:
        rows = [values(one, findings) | {"details": json.dumps(one.details.facts())} for one in found]
        connection.execute(insert(findings), rows)


def every(connection: Connection) -> list[Finding]:
    """By kind, newest first."""
    query = select(findings).order_by(findings.c.kind, findings.c.found_at.desc(), findings.c.subject)
    found = []
    for row in connection.execute(query):
        kind = FindingKind(row.kind)
        details = _DETAILS[kind].model_validate(json.loads(row.details))
        found.append(Finding(**(fields(row, findings, Finding) | {"kind": kind, "details": details})))
    return found
