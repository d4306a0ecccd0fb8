"""Why: somebody asks about a number. What they may see is decided here, and read when it is delivered."""

from dataclasses import dataclass

from bot.domain.policy import Allowed, Approvers, is_approver, may_take_part
from bot.domain.refusals import NotAllowed
from bot.services.acts import AskWhy
from bot.services.letters import NumberTold
from bot.services.people import PeopleData
from bot.services.transitions import refuse
from bot.services.unit import Unit, Units
from bot.work import queue
from bot.work.queue import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Whys:
    """Judges `/buynumber why`. While the approvers cannot be read, nobody is taken for one."""

    units: Units
    people: PeopleData

    async def judge(self, held: Claim, act: AskWhy) -> None:
        """Raises `TryLater` while Slack cannot say who asks."""
        await self.units.finish(held, _answer, act, await self._consider(act))

    async def _consider(self, act: AskWhy) -> NumberTold | NotAllowed:
        person = await self.people.allowed(act, may_take_part)
        if isinstance(person, NotAllowed):
            return person
        approvers, now = await self.people.approvers(act), self.units.clock.now()
        sees_all = isinstance(approvers, Approvers) and isinstance(is_approver(person, approvers, now), Allowed)
        return NumberTold(to=act.by, team=act.team, e164=act.e164, sees_all=sees_all)


def _answer(unit: Unit, act: AskWhy, found: NumberTold | NotAllowed) -> None:
    if isinstance(found, NotAllowed):
        refuse(unit, act, found)
    else:
        queue.add(unit.connection, found, now=unit.now)
