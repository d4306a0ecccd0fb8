"""The bot at rest: what the database holds and what the stand-ins saw, for questions about both."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from bot.domain.audit import Entry
from bot.domain.rules import Rules
from bot.sandbox.slack import SlackStandIn
from bot.sandbox.vobiz import VobizStandIn
from bot.store import attempts, requests
from bot.store.columns import fields
from bot.store.tables import audit_entries

EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(kw_only=True)
class AtRest:
    """Everything that a question may look at. The stand-ins are the truth about money and about what people see."""

    connection: Connection
    slack: SlackStandIn
    vobiz: VobizStandIn
    rules: Rules
    approvers: frozenset[str]
    """Everybody who ever was one."""
    now: datetime
    heard_before: Mapping[str, int] = field(default_factory=dict)
    """By person: words to them alone that are not shown any more."""

    def __post_init__(self) -> None:
        """Requests are by id; attempts and entries oldest first."""
        self.requests = {request.id: request for request in requests.newest(self.connection)}
        self.attempts = attempts.since(self.connection, EVER)
        entries = self.connection.execute(select(audit_entries).order_by(audit_entries.c.seq))
        self.trail = [Entry(**fields(row, audit_entries, Entry)) for row in entries]


Question = Callable[[AtRest], Iterator[str]]
"""Yields what is not as promised, in words; nothing when all is well."""
