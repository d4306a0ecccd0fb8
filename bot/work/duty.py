"""One kind of work and who does it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from pydantic import ValidationError

from bot.domain.versions import NotKnownHere
from bot.work.queue import Claim, Work
from bot.work.retry import TryLater

LEFT_FOR = timedelta(seconds=30)
"""How long work is left to a newer version before this one looks again whether it can do it."""

NOT_KNOWN = ("extra_forbidden", "enum", "literal_error")
"""What pydantic says of a field, or of a value of a field, that this version does not have."""

W = TypeVar("W", bound=Work)

Judge = Callable[[Claim], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Duty:
    """One kind of work and who does it; see `duty`."""

    payload: type[Work]
    judge: Judge
    waits: bool
    """It may wait long for somebody: no more than a lane's `slow_at_once` of it run, so that others find a place."""


def duty(payload: type[W], judge: Callable[[Claim, W], Awaitable[None]], *, waits: bool = False) -> Duty:
    """Has such work done by a judge, who gets the row and what it carries.

    What turns on something that only a newer version knows waits until one does it.
    """

    async def read_and_judge(held: Claim) -> None:
        try:
            await judge(held, _carried(payload, held))
        except NotKnownHere as unknown:
            raise TryLater(LEFT_FOR, f"a newer version of the bot wrote {unknown}, and has to do it") from unknown

    return Duty(payload, read_and_judge, waits)


def _carried(payload: type[W], held: Claim) -> W:
    try:
        return payload.model_validate_json(held.payload)
    except ValidationError as reason:
        unknown = [error for error in reason.errors() if error["type"] in NOT_KNOWN]
        if not unknown:
            raise
        place = ".".join(map(str, unknown[0]["loc"]))
        raise NotKnownHere(f"{place} of this {payload.kind}") from reason
