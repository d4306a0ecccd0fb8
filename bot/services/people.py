"""Who somebody is, for a judge: asked of Slack, tried again for a minute, and refused with words after that."""

from datetime import datetime, timedelta

from bot.domain.policy import Approvers, NotAllowed, Person, Reason
from bot.services.acts import Act
from bot.services.ports import People, PeopleUnavailable
from bot.services.trying import TryLater

PATIENCE = timedelta(minutes=1)
"""A click is refused when Slack cannot say who clicked for so long: nothing is decided on stale data."""

PAUSE = timedelta(seconds=2)


async def who(people: People, act: Act, now: datetime) -> Person | NotAllowed:
    """Raises `TryLater` while Slack cannot say and the act is younger than `PATIENCE`."""
    try:
        return await people.person(act.team, act.user)
    except PeopleUnavailable as unavailable:
        return _later(act, now, unavailable)


async def approvers_now(people: People, act: Act, now: datetime) -> Approvers | NotAllowed:
    """As `who`, for the list of approvers."""
    try:
        return await people.approvers()
    except PeopleUnavailable as unavailable:
        return _later(act, now, unavailable)


def _later(act: Act, now: datetime, unavailable: PeopleUnavailable) -> NotAllowed:
    if now < act.at + PATIENCE:
        raise TryLater(PAUSE, unavailable.reason) from unavailable
    return NotAllowed(Reason.PEOPLE_UNREADABLE, {"why": unavailable.reason})
