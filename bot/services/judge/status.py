"""Status: who asks decides what may be seen; the list itself is read when it is delivered."""

from dataclasses import dataclass

from bot.domain import refusals
from bot.domain.policy import Allowed, Approvers, is_approver, may_take_part
from bot.domain.refusals import NotAllowed
from bot.services.acts import AskForStatus
from bot.services.letters import NoHome, StatusList
from bot.services.people import PeopleData
from bot.services.transitions import refuse
from bot.services.unit import Unit, Units
from bot.store import homes
from bot.work import queue
from bot.work.queue import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusLists:
    """Judges `/buynumber status`, and who opened App Home.

    Own requests need no list of approvers: while that cannot be read, they are shown, and that it cannot is said.
    """

    units: Units
    people: PeopleData

    async def judge(self, held: Claim, act: AskForStatus) -> None:
        """Raises `TryLater` while Slack cannot say who asks."""
        await self.units.finish(held, _answer, act, await self._consider(act))

    async def _consider(self, act: AskForStatus) -> StatusList | NotAllowed:
        person = await self.people.allowed(act, may_take_part)
        if isinstance(person, NotAllowed):
            return person
        approvers = await self.people.approvers(act)
        unread = approvers if isinstance(approvers, refusals.PeopleUnreadable) else None
        now = self.units.clock.now()
        may_decide = isinstance(approvers, Approvers) and isinstance(is_approver(person, approvers, now), Allowed)
        return StatusList(
            to=act.by, team=act.team, is_approver=may_decide, unread=unread, in_home=act.in_home, refusal=act.refusal
        )


def _answer(unit: Unit, act: AskForStatus, found: StatusList | NotAllowed) -> None:
    if isinstance(found, StatusList) and not (act.is_refresh and found.unread):
        queue.add(unit.connection, found, now=unit.now)
    elif isinstance(found, NotAllowed) and act.in_home:
        _close(unit, act, found)
    elif isinstance(found, NotAllowed):
        refuse(unit, act, found)
    if act.in_home and not act.is_refresh:
        homes.opened(unit.connection, act.team, act.user, at=act.at)
    if act.in_home:
        homes.fresh(unit.connection, act.team, act.user)


def _close(unit: Unit, act: AskForStatus, refusal: NotAllowed) -> None:
    """Shows why nothing is to be seen; a Home that stands stays while it is only not known who looks at it."""
    if not (act.is_refresh and isinstance(refusal, refusals.PeopleUnreadable)):
        queue.add(unit.connection, NoHome.of(refusal, act.by), now=unit.now)
