"""Who somebody is, for a judge: asked of Slack, tried again for a minute, and refused with words after that."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.clock import Clock
from bot.domain import refusals
from bot.domain.audit import OPERATOR
from bot.domain.policy import Approvers, Permission, Person, is_approver
from bot.domain.refusals import NotAllowed
from bot.services.acts import Act
from bot.services.ports import People, PeopleUnavailable
from bot.work.retry import TryLater

PATIENCE = timedelta(minutes=1)
"""A click is refused when Slack cannot say who clicked for so long: nothing is decided on stale data."""

PAUSE = timedelta(seconds=2)


Read = TypeVar("Read", Approvers, Person)
A = TypeVar("A", bound=Act)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleData:
    """What Slack says of people, as judges use it.

    Its methods raise `TryLater` while Slack cannot say and the act is younger than `PATIENCE`; after that they return
    why nothing is decided.
    """

    people: People
    clock: Clock

    async def identified(self, act: A) -> A:
        """The act by whoever did it under the one id that they go by; as it is, while Slack cannot say.

        On Enterprise Grid a click names another workspace than a command does, and one person may have two ids.
        """
        if act.user == OPERATOR:
            return act
        try:
            person = await self.people.person(act.team, act.user)
        except PeopleUnavailable:
            return act
        by = act.by.model_copy(update={"user": person.user, "name": person.name})
        return act.model_copy(update={"team": person.team, "by": by})

    async def person(self, act: Act) -> Person | refusals.PeopleUnreadable:
        """Whoever acted."""
        try:
            return await self.people.person(act.team, act.user)
        except PeopleUnavailable as unavailable:
            return self._later(act, unavailable)

    async def approvers(self, act: Act) -> Approvers | refusals.PeopleUnreadable:
        try:
            return await self.people.approvers()
        except PeopleUnavailable as unavailable:
            return self._later(act, unavailable)

    async def allowed(self, act: Act, may: Callable[[Person], Permission]) -> Person | NotAllowed:
        """Whoever acted, when they may."""
        person = await self.person(act)
        if isinstance(person, NotAllowed):
            return person
        verdict = may(person)
        return verdict if isinstance(verdict, NotAllowed) else person

    async def entitled(self, act: Act, before: Callable[[Person], Permission]) -> Approvers | NotAllowed:
        """The approvers, when whoever acts is one of them; `before` is what can be said before their list is read."""
        person = await self.allowed(act, before)
        if isinstance(person, NotAllowed):
            return person
        approvers = await self.approvers(act)
        if isinstance(approvers, Approvers):
            approvers = self.fresh(act, approvers.checked_with([person]), self.clock.now())
        if isinstance(approvers, NotAllowed):
            return approvers
        verdict = is_approver(person, approvers, self.clock.now())
        return verdict if isinstance(verdict, NotAllowed) else approvers

    async def counting(
        self, act: Act, approvers: Approvers, team: str, voters: Iterable[str]
    ) -> Approvers | refusals.PeopleUnreadable:
        """As `still_approvers`, for the judge of a vote."""
        try:
            return await still_approvers(self.people, approvers, team, voters)
        except PeopleUnavailable as unavailable:
            return self._later(act, unavailable)

    def fresh(self, act: Act, read: Read, now: datetime) -> Read | refusals.PeopleUnreadable:
        """What was read, while it is new enough to decide something on; otherwise it is read anew."""
        return read if read.is_fresh(now) else self._later(act, PeopleUnavailable("outdated"))

    def _later(self, act: Act, unavailable: PeopleUnavailable) -> refusals.PeopleUnreadable:
        if self.clock.now() < act.at + PATIENCE:
            raise TryLater(PAUSE, unavailable.reason)
        if unavailable.group is None:
            return refusals.PeopleUnreadable(why=unavailable.reason)
        return refusals.PeopleUnreadable(why=unavailable.reason, list=unavailable.source, group=unavailable.group)


async def still_approvers(people: People, approvers: Approvers, team: str, voters: Iterable[str]) -> Approvers:
    """Without the voters who were deactivated, or are full members no more. Raises `PeopleUnavailable`."""
    return approvers.checked_with([await people.person(team, voter) for voter in voters])
