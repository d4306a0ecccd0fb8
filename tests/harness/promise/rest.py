"""The bot at rest: what the database holds and what the stand-ins saw, for questions about both."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from bot.domain.attempt import Attempt, Ending
from bot.domain.audit import Entry
from bot.domain.request import PurchaseRequest, RequestId
from bot.domain.rules import Rules
from bot.sandbox.slack import SlackStandIn
from bot.sandbox.vobiz import VobizStandIn
from bot.store import attempts, requests
from bot.store.columns import fields
from bot.store.tables import audit_entries


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRest:
    """Everything that a question may look at. The stand-ins are the truth about money and about what people see."""

    connection: Connection
    slack: SlackStandIn
    vobiz: VobizStandIn
    rules: Rules
    approvers: frozenset[str]
    """Everybody who ever was one."""
    now: datetime
    requests: Mapping[RequestId, PurchaseRequest]
    attempts: tuple[Attempt, ...]
    """Oldest first."""
    trail: tuple[Entry, ...]
    """Oldest first."""


Question = Callable[[AtRest], Iterator[str]]
"""Yields what is not as promised, in words; nothing when all is well."""


def at_rest(
    connection: Connection,
    slack: SlackStandIn,
    vobiz: VobizStandIn,
    rules: Rules,
    *,
    approvers: frozenset[str],
    now: datetime,
) -> AtRest:
    return AtRest(
        connection=connection,
        slack=slack,
        vobiz=vobiz,
        rules=rules,
        approvers=approvers,
        now=now,
        requests={request.id: request for request in requests.newest(connection)},
        attempts=tuple(reversed(attempts.ending_in(connection, list(Ending)))),
        trail=tuple(
            Entry(**fields(row, audit_entries, Entry))
            for row in connection.execute(select(audit_entries).order_by(audit_entries.c.seq))
        ),
    )
