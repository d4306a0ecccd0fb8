"""Who somebody is, for a judge: asked of Slack, tried again for a minute, and refused with words after that."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from pydantic import JsonValue

from bot.clock import Clock
from bot.domain.policy import Approvers, NotAllowed, Person, Reason, Verdict, is_approver
from bot.services.acts import Act
from bot.services.ports import People, PeopleUnavailable
from bot.work.retry import TryLater

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


async def entitled(
    people: People, act: Act, clock: Clock, *, before: Callable[[Person], Verdict]
) -> Approvers | NotAllowed:
    """The approvers, when whoever acts is one of them; `before` is what can be said before their list is read.

    Raises `TryLater` while Slack cannot say and the act is younger than `PATIENCE`.
    """
    person = await who(people, act, clock.now())
    if isinstance(person, NotAllowed):
        return person
    verdict = before(person)
    if isinstance(verdict, NotAllowed):
        return verdict
    approvers = await approvers_now(people, act, clock.now())
    if isinstance(approvers, Approvers):
        approvers = fresh(approvers.checked_with([person]), act, clock.now())
    if isinstance(approvers, NotAllowed):
        return approvers
    verdict = is_approver(person, approvers, clock.now())
    return verdict if isinstance(verdict, NotAllowed) else approvers


def fresh(approvers: Approvers, act: Act, now: datetime) -> Approvers | NotAllowed:
    """The approvers, while what was read is new enough to decide something on.

    Otherwise raises `TryLater`, so that it is read anew, while the act is younger than `PATIENCE`.
    """
    return approvers if approvers.is_fresh(now) else _later(act, now, PeopleUnavailable("outdated"))


async def still_approvers(people: People, approvers: Approvers, team: str, voters: Iterable[str]) -> Approvers:
    """Without the voters who were deactivated, or are full members no more. Raises `PeopleUnavailable`."""
    return approvers.checked_with([await people.person(team, voter) for voter in voters])


async def counting(
    people: People, act: Act, clock: Clock, approvers: Approvers, team: str, voters: Iterable[str]
) -> Approvers | NotAllowed:
    """As `still_approvers`, for the judge of a vote. Raises `TryLater`."""
    try:
        return await still_approvers(people, approvers, team, voters)
    except PeopleUnavailable as unavailable:
        return _later(act, clock.now(), unavailable)


def _later(act: Act, now: datetime, unavailable: PeopleUnavailable) -> NotAllowed:
    if now < act.at + PATIENCE:
        raise TryLater(PAUSE, unavailable.reason)
    evidence: dict[str, JsonValue] = {"why": unavailable.reason}
    if unavailable.group is not None:
        evidence |= {"list": unavailable.source, "group": unavailable.group}
    return NotAllowed(Reason.PEOPLE_UNREADABLE, evidence)
