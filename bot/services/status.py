"""Status: who asks decides what may be seen; the list itself is read when it is delivered."""

from dataclasses import dataclass

from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain.audit import Event
from bot.domain.policy import Allowed, NotAllowed, is_approver, may_request
from bot.services.acts import AskForStatus
from bot.services.letters import StatusList
from bot.services.moves import refuse
from bot.services.people import approvers_now, who
from bot.services.ports import People
from bot.store import homes, work
from bot.store.store import Store
from bot.store.work import Claim, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Judges `/buynumber status`, and who opened App Home."""

    store: Store
    people: People
    clock: Clock

    async def judge(self, held: Claim) -> None:
        """Raises `TryLater` while Slack cannot say who asks."""
        act = AskForStatus.model_validate_json(held.payload)
        found = await self._consider(act)
        now = self.clock.now()

        def answer(connection: Connection) -> None:
            work.finish(connection, held)
            if act.in_home and act.trigger_id:
                homes.opened(connection, act.team, act.user, at=act.at)
            if act.in_home:
                homes.fresh(connection, act.team, act.user)
            if isinstance(found, NotAllowed):
                refuse(connection, act, Event.REQUEST_REFUSED, found, now=now)
            else:
                work.add(connection, Kind.LISTING, now=now, payload=found.model_dump_json())

        await self.store.write(answer)

    async def _consider(self, act: AskForStatus) -> StatusList | NotAllowed:
        now = self.clock.now()
        person = await who(self.people, act, now)
        if isinstance(person, NotAllowed):
            return person
        verdict = may_request(person)
        if isinstance(verdict, NotAllowed):
            return verdict
        approvers = await approvers_now(self.people, act, now)
        if isinstance(approvers, NotAllowed):
            return approvers
        may_decide = isinstance(is_approver(person, approvers, now), Allowed)
        return StatusList(to=act.by, team=act.team, is_approver=may_decide, in_home=act.in_home)
