"""The month's report in Slack: approvers alone may see it; it is read when it is delivered."""

from dataclasses import dataclass

from bot.domain.policy import Approvers, may_take_part
from bot.domain.refusals import NotAllowed
from bot.services.acts import AskForReport
from bot.services.letters import ReportTold
from bot.services.people import PeopleData
from bot.services.transitions import refuse
from bot.services.unit import Unit, Units
from bot.work import queue
from bot.work.queue import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Judges `/buynumber report`."""

    units: Units
    people: PeopleData

    async def judge(self, held: Claim, act: AskForReport) -> None:
        """Raises `TryLater` while Slack cannot say who asks."""
        await self.units.finish(held, _answer, act, await self.people.entitled(act, may_take_part))


def _answer(unit: Unit, act: AskForReport, found: Approvers | NotAllowed) -> None:
    if isinstance(found, NotAllowed):
        refuse(unit, act, found)
        return
    month = act.month or unit.rules.month(act.at)
    queue.add(unit.connection, ReportTold(to=act.by, month=month), now=unit.now)
