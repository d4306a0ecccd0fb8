"""Status: who asks decides what may be seen; the list itself is read when it is delivered."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain.audit import Event
from bot.domain.policy import Allowed, Approvers, NotAllowed, Reason, is_approver, may_request
from bot.services.acts import AskForStatus
from bot.services.letters import NoHome, StatusList
from bot.services.people import approvers_now, who
from bot.services.ports import People
from bot.services.transitions import refuse
from bot.store import homes
from bot.store.store import Store
from bot.work import queue
from bot.work.queue import Claim, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Judges `/buynumber status`, and who opened App Home.

    Own requests need no list of approvers: while that cannot be read, they are shown, and that it cannot is said.
    """

    store: Store
    people: People
    clock: Clock

    async def judge(self, held: Claim) -> None:
        """Raises `TryLater` while Slack cannot say who asks."""
        act = AskForStatus.model_validate_json(held.payload)
        found = await self._consider(act)
        now = self.clock.now()
        await self.store.write(lambda connection: _answer(connection, held, act, found, now))

    async def _consider(self, act: AskForStatus) -> StatusList | NotAllowed:
        now = self.clock.now()
        person = await who(self.people, act, now)
        if isinstance(person, NotAllowed):
            return person
        verdict = may_request(person)
        if isinstance(verdict, NotAllowed):
            return verdict
        approvers = await approvers_now(self.people, act, now)
        unread = dict(approvers.evidence) if isinstance(approvers, NotAllowed) else None
        may_decide = isinstance(approvers, Approvers) and isinstance(is_approver(person, approvers, now), Allowed)
        return StatusList(to=act.by, team=act.team, is_approver=may_decide, unread=unread, in_home=act.in_home)


def _answer(
    connection: Connection, held: Claim, act: AskForStatus, found: StatusList | NotAllowed, now: datetime
) -> None:
    queue.finish(connection, held)
    if isinstance(found, StatusList) and not (act.is_refresh and found.unread):
        queue.add(connection, Kind.LISTING, now=now, payload=found.model_dump_json())
    elif isinstance(found, NotAllowed) and act.in_home:
        _close(connection, act, found, now)
    elif isinstance(found, NotAllowed):
        refuse(connection, act, Event.REQUEST_REFUSED, found, now=now)
    if act.in_home and not act.is_refresh:
        homes.opened(connection, act.team, act.user, at=act.at)
    if act.in_home:
        homes.fresh(connection, act.team, act.user)


def _close(connection: Connection, act: AskForStatus, refusal: NotAllowed, now: datetime) -> None:
    """Shows why nothing is to be seen; a Home that stands stays while it is only not known who looks at it."""
    if act.is_refresh and refusal.reason is Reason.PEOPLE_UNREADABLE:
        return
    letter = NoHome(to=act.by, reason=refusal.reason, evidence=dict(refusal.evidence))
    queue.add(connection, Kind.NO_HOME, now=now, payload=letter.model_dump_json())
