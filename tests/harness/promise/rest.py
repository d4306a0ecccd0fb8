"""The bot at rest: what the database holds and what the stand-ins saw, for questions about both."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection, select

from bot.domain.attempt import Attempt, Ending
from bot.domain.audit import Entry
from bot.domain.request import PurchaseRequest, RequestId
from bot.domain.rules import Rules
from bot.sandbox.slack import SlackStandIn
from bot.sandbox.vobiz import VobizStandIn
from bot.store import attempts, audit, requests
from bot.store.tables import audit_entries


@dataclass(frozen=True, kw_only=True)
class AtRest:
    """Everything that a question may look at. The stand-ins are the truth about money and about what people see."""

    connection: Connection
    slack: SlackStandIn
    vobiz: VobizStandIn
    rules: Rules
    approvers: frozenset[str]
    """Everybody who ever was one."""
    now: datetime

    @cached_property
    def requests(self) -> Mapping[RequestId, PurchaseRequest]:
        return {request.id: request for request in requests.newest(self.connection)}

    @cached_property
    def attempts(self) -> list[Attempt]:
        """Oldest first."""
        return [*reversed(attempts.ending_in(self.connection, list(Ending)))]

    @cached_property
    def trail(self) -> list[Entry]:
        """Oldest first."""
        rows = self.connection.execute(select(audit_entries).order_by(audit_entries.c.seq))
        return [audit._entry(row) for row in rows]


Question = Callable[[AtRest], Iterator[str]]
"""Yields what is not as promised, in words; nothing when all is well."""
