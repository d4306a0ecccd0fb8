"""Turn away: what was refused at the door gets its entry, and whoever sent it words."""

from dataclasses import dataclass

from bot.services.acts import TurnedAway
from bot.services.transitions import refuse
from bot.services.unit import Units
from bot.work.queue import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorKeeper:
    """Judges nothing: that was done at the door."""

    units: Units

    async def judge(self, held: Claim, act: TurnedAway) -> None:
        await self.units.finish(held, refuse, act, act.refusal)
