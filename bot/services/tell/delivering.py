"""Delivering: what Slack's answer to one delivery means for its row of work, and what a repeat is known by.

What may have been delivered before says so; of a worker that died, its row's failures tell.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

from bot.services.letters import Posting
from bot.services.ports import NotDelivered, Undeliverable
from bot.services.unit import Unit, Units
from bot.work import queue
from bot.work.queue import Claim, Work
from bot.work.retry import CannotSucceed, TryLater, backoff

AnyPosting = TypeVar("AnyPosting", bound=Posting)
Carried = TypeVar("Carried", bound=Work)


class MayHaveArrived(TryLater):
    """Slack's answer may be all that was lost: the next try can be a second copy."""


@contextmanager
def delivering(held: Claim) -> Iterator[None]:
    """Turns what Slack said into what becomes of the work. One that is gone, or fixed, is the caller's to judge."""
    try:
        yield
    except NotDelivered as reason:
        after = backoff(held.claims) if reason.retry_after is None else timedelta(seconds=reason.retry_after)
        later = MayHaveArrived if reason.may_have_arrived else TryLater
        raise later(after, reason.reason) from reason
    except Undeliverable as reason:
        raise CannotSucceed(reason.code) from reason


async def known_repeat(units: Units, held: Claim, letter: AnyPosting, repeating: AnyPosting) -> AnyPosting:
    """A worker that died in between may have delivered it: from then on it is a repeat."""
    return await carry(units, held, repeating) if held.failures else letter


async def carry(units: Units, held: Claim, letter: Carried) -> Carried:
    """The row carries this from now on."""
    await units.insist(lambda: units.write(held, _carry, held, letter))
    return letter


def _carry(unit: Unit, held: Claim, letter: Work) -> None:
    queue.rewrite(unit.connection, held, letter)
