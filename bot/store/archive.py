"""What an archive takes: the trail's beginning up to a time, and what may leave the tables once it is sealed in a file.

An entry stays, beside its copy in the file, while its request stands in the tables or work still names it, so that
whatever is shown again reads as before; the newest freeze stays for `check`, and every entry that tells of an archive.
A trigger lets go of no others than those that the trail says are sealed.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, func, or_, select

from bot.domain.request import RequestId, Status
from bot.domain.trail import Event
from bot.store import audit
from bot.store.tables import attempts, audit_entries, requests, reservations, votes, work

NEVER_BOUGHT = (Status.DENIED, Status.WITHDRAWN, Status.EXPIRED)
"""So ended, without a reservation or an attempt, a request has nothing that anybody still looks after."""

_SEQ, _AT = audit_entries.c.seq, audit_entries.c.at

_FIRST = select(func.min(_SEQ))
_FIRST_SINCE = _FIRST.where(bindparam("after") < _SEQ, bindparam("moment", type_=_AT.type) <= _AT)
_LEAVE = delete(audit_entries).where(
    bindparam("after") < _SEQ,
    bindparam("up_to") >= _SEQ,
    audit_entries.c.event != Event.ARCHIVED,
    ~exists().where(requests.c.id == audit_entries.c.request),
    _SEQ.not_in(bindparam("kept", expanding=True)),
)
_PAYLOADS = select(work.c.payload)
_STANDING = select(requests.c.id).where(requests.c.id.in_(bindparam("requests", expanding=True)))

_MAY_LEAVE = select(requests.c.id).where(
    requests.c.status.in_(NEVER_BOUGHT),
    requests.c.basket.is_(None),
    requests.c.entry <= bindparam("up_to"),
    requests.c.created_at < bindparam("moment", type_=requests.c.created_at.type),
    or_(requests.c.decided_at.is_(None), requests.c.decided_at < bindparam("moment", type_=requests.c.created_at.type)),
    ~exists().where(audit_entries.c.request == requests.c.id, bindparam("up_to") < _SEQ),
    *(~exists().where(table.c.request == requests.c.id) for table in (attempts, reservations, work)),
)
_SOME_MAY_LEAVE = (
    _MAY_LEAVE.where(requests.c.id > bindparam("beyond"))
    .order_by(requests.c.id)
    .limit(bindparam("most"))
    .with_for_update()
)
_STILL_MAY_LEAVE = _MAY_LEAVE.where(requests.c.id.in_(bindparam("requests", expanding=True)))
_FORGET = [
    delete(votes).where(votes.c.request.in_(bindparam("requests", expanding=True))),
    delete(requests).where(requests.c.id.in_(bindparam("requests", expanding=True))),
]


@dataclass(frozen=True, slots=True)
class Named:
    """What must stay because something else names it. Later work names no other entries that could leave."""

    entries: frozenset[int]
    payloads: str

    def request(self, request: RequestId) -> bool:
        return request in self.payloads


def last_before(connection: Connection, moment: datetime, *, after: int) -> int:
    """The entry up to which all that follow `after` are older than `moment`."""
    first = connection.execute(_FIRST_SINCE, {"after": after, "moment": moment}).scalar_one()
    return audit.head(connection).seq if first is None else int(first) - 1


def first(connection: Connection) -> int:
    """The oldest entry that the database has; 1 for none."""
    return connection.execute(_FIRST).scalar_one() or 1


def named(connection: Connection) -> Named:
    """By the last freeze, and by all work that waits: any whole number in it may be an entry's."""
    payloads = "\n".join(connection.execute(_PAYLOADS).scalars())
    numbers = {int(number) for number in re.findall(r":\s*(\d{1,18})\s*[,}\]]", payloads)}
    freeze = audit.last_freeze(connection)
    return Named(frozenset(numbers | ({freeze.seq} if freeze else set())), payloads)


def standing(connection: Connection, among: Collection[RequestId]) -> set[RequestId]:
    """Those of these requests that the tables have."""
    return {*connection.execute(_STANDING, {"requests": [*among]}).scalars()} if among else set()


def drop_requests(
    connection: Connection, kept: Named, *, beyond: str, up_to: int, before: datetime, most: int
) -> tuple[str | None, int]:
    """Of the next so many requests, by id, that ended before then without a purchase, with all their entries up to
    that one, drops those that nothing names.

    The last that was looked at, `None` when there is none any more; and how many left.
    """
    given = {"up_to": up_to, "moment": before}
    locked = [*connection.execute(_SOME_MAY_LEAVE, {**given, "beyond": beyond, "most": most}).scalars()]
    if not locked:
        return None, 0
    # Read again under their locks: somebody may have asked for one anew in between.
    found = connection.execute(_STILL_MAY_LEAVE, {**given, "requests": locked}).scalars()
    leaving = [request for request in found if not kept.request(request)]
    for forget in _FORGET:
        connection.execute(forget, {"requests": leaving})
    return locked[-1], len(leaving)


def drop_entries(connection: Connection, kept: Named, *, after: int, up_to: int) -> int:
    """Drops those of these entries, sealed all of them, that need not stay; and says how many."""
    here = [seq for seq in kept.entries if after < seq <= up_to]
    return connection.execute(_LEAVE, {"after": after, "up_to": up_to, "kept": here}).rowcount
