"""What the last sweep found beside the attempts, and how sweeps get on, kept for `check`."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, exists, func, insert, select, update

from bot.domain.facts import Debit, Part
from bot.store.columns import UtcTime, fields, values
from bot.store.tables import acknowledged, findings, sweep

SWEPT_WITHIN = timedelta(hours=6)
"""So long sweeps may fail to read before people are told."""


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

_FORGET = delete(findings).where(findings.c.kind == bindparam("of_kind"), findings.c.subject == bindparam("about"))
_ABOUT = select(findings).where(findings.c.kind == bindparam("of_kind"), findings.c.subject == bindparam("about"))
_ADD = insert(findings)
_EVERY = select(findings).order_by(findings.c.kind, findings.c.found_at.desc(), findings.c.subject)
_LISTED = _EVERY.where(
    ~exists().where(acknowledged.c.kind == findings.c.kind, acknowledged.c.subject == findings.c.subject)
)
_ACKNOWLEDGE = insert(acknowledged)
_SWEEP = select(sweep)
_CHANGE = update(sweep)
_FAIL = _CHANGE.values(failing_since=func.coalesce(sweep.c.failing_since, bindparam("at", type_=UtcTime)))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of one finding."""

    kind: FindingKind
    subject: str
    now: Finding | None


def changes(before: Iterable[Finding], found: Iterable[Finding]) -> list[Change]:
    """By which what one sweep found takes the place of what the one before did."""
    was, now = ({(one.kind, one.subject): one for one in some} for some in (before, found))
    return [
        Change(kind=kind, subject=subject, now=now.get((kind, subject)))
        for kind, subject in was | now
        if was.get((kind, subject)) != now.get((kind, subject))
    ]


def change(connection: Connection, changes: Sequence[Change]) -> None:
    """A few hundred at most, for others wait meanwhile."""
    found = [one.now for one in changes if one.now is not None]
    if changes:
        connection.execute(_FORGET, [{"of_kind": one.kind, "about": one.subject} for one in changes])
    if found:
        rows = [values(one, findings) | {"details": json.dumps(one.details.facts())} for one in found]
        connection.execute(_ADD, rows)


def every(connection: Connection) -> list[Finding]:
    """By kind, newest first. What a newer version left, and this one cannot read, is not among them."""
    return _read(connection.execute(_EVERY))


def about(connection: Connection, kind: FindingKind, subject: str) -> Finding | None:
    """The finding of this kind about a subject; `None` also for one of a newer version's."""
    return next(iter(_read(connection.execute(_ABOUT, {"of_kind": kind, "about": subject}))), None)


def listed(connection: Connection) -> list[Finding]:
    """Those that no operator acknowledged, as `every` has them."""
    return _read(connection.execute(_LISTED))


def acknowledge(connection: Connection, finding: Finding, *, at: datetime) -> None:
    """From now on it is not listed, however often it is found."""
    connection.execute(_ACKNOWLEDGE, {"kind": finding.kind, "subject": finding.subject, "at": at})


def _read(rows: Iterable[Row[Any]]) -> list[Finding]:
    found = []
    for row in rows:
        try:
            kind = FindingKind(row.kind)
            details = _DETAILS[kind].model_validate(json.loads(row.details))
        except ValueError:
            continue
        found.append(Finding(**(fields(row, findings, Finding) | {"kind": kind, "details": details})))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeping:
    """How sweeps get on; all `None` before the first one."""

    good_at: datetime | None
    """When the last began that could read."""
    unread_rows: int
    """Of the ledger, in that one."""
    failing_since: datetime | None
    unread: str | None
    """What cannot be read."""
    reason: str | None
    told_at: datetime | None
    """When approvers were last told."""

    @property
    def unread_since(self) -> datetime | None:
        """What came after that no sweep has read yet."""
        return self.good_at or self.failing_since

    def is_overdue(self, now: datetime) -> bool:
        return self.unread_since is not None and now - self.unread_since >= SWEPT_WITHIN


def sweeping(connection: Connection) -> Sweeping:
    return Sweeping(**fields(connection.execute(_SWEEP).one(), sweep, Sweeping))


def sweep_read(connection: Connection, *, at: datetime, unread_rows: int) -> None:
    """The sweep that began then could read."""
    works = {"failing_since": None, "unread": None, "reason": None, "told_at": None}
    connection.execute(_CHANGE, {"good_at": at, "unread_rows": unread_rows, **works})


def sweep_failed(connection: Connection, *, at: datetime, unread: str, reason: str) -> None:
    connection.execute(_FAIL, {"at": at, "unread": unread, "reason": reason})


def sweep_told(connection: Connection, *, at: datetime) -> None:
    connection.execute(_CHANGE, {"told_at": at})
