"""Who somebody is, and who the approvers are, as Slack says now. Implements the `People` that `bot/services` declares.

What was read is handed out for fifty seconds, an error never; one look-up at a time for one question.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.clock import Clock
from bot.domain.policy import PEOPLE_ARE_GOOD_FOR, Approvers, Person
from bot.services.ports import MessageGone, NotDelivered, PeopleUnavailable, Undeliverable
from handlers.calls import SlackCalls
from handlers.views.wording import one_line

T = TypeVar("T")

READ_ANEW_AFTER = PEOPLE_ARE_GOOD_FOR - timedelta(seconds=10)
"""Whoever decides on what was read before, or buys on it, has that long before it is too old."""


Ids = Annotated[frozenset[str], BeforeValidator(lambda given: () if given is None else given)]


Words = Annotated[str, BeforeValidator(lambda given: given if isinstance(given, str) else "")]
"""What is for showing only keeps nobody from deciding, whatever it is."""

LONGEST_NAME = 80
"""Characters, as Slack allows them. Source: its help page on profiles."""


class Profile(BaseModel):
    """What somebody calls themselves."""

    display_name: Words = ""
    real_name: Words = ""


class EnterpriseUser(BaseModel):
    """Somebody of an Enterprise Grid: one account for all its workspaces."""

    id: str | None = None
    teams: Ids = frozenset()


class Member(BaseModel):
    """The part of Slack's `users.info` that says who may take part (source: Slack's page on the user object)."""

    id: str | None = None
    team_id: str | None = None
    """Missing in a user object means the workspace that was asked. On Enterprise Grid it is the primary workspace, the
    organisation, or empty, and the lists of workspaces say where somebody is a member."""
    teams: Ids = frozenset()
    enterprise_user: EnterpriseUser | None = None
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    name: Words = ""
    profile: Annotated[Profile, BeforeValidator(lambda given: given if isinstance(given, dict) else {})] = Profile()

    @property
    def called(self) -> str:
        """As Slack shows them."""
        shown = (self.profile.display_name, self.profile.real_name, self.name)
        return next(filter(None, map(one_line, shown)), "")[:LONGEST_NAME]

    @property
    def workspaces(self) -> frozenset[str]:
        """Those of an Enterprise Grid; none for everybody else."""
        return self.teams | (self.enterprise_user.teams if self.enterprise_user else frozenset())

    @property
    def why_not(self) -> str | None:
        """Why somebody of our workspace is no full member."""
        if self.deleted:
            return "deactivated"
        if self.is_bot:
            return "bot"
        if self.is_restricted or self.is_ultra_restricted:
            return "guest"
        return None

    def ids(self, asked: str) -> list[str]:
        """All of one person's: an Enterprise Grid may know somebody by `W…`, and a workspace by `U…`."""
        told = (self.enterprise_user.id if self.enterprise_user else None, self.id, asked)
        return list(dict.fromkeys(one for one in told if one))


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """Something read from Slack, and when."""

    value: T
    read_at: datetime


class Cache(Generic[T]):
    """Keeps what was read for a while; those who ask meanwhile share one look-up, and its failure too."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, Known[T]] = {}
        self._asking: dict[str, asyncio.Task[Known[T]]] = {}

    def now(self, key: str) -> Known[T] | None:
        """What is known without asking, if it is fresh. Nothing is, when the clock was set back since."""
        known = self._known.get(key)
        is_fresh = known is not None and timedelta(0) <= self._clock.now() - known.read_at < READ_ANEW_AFTER
        return known if is_fresh else None

    async def get(self, key: str, read: Callable[[], Awaitable[T]]) -> Known[T]:
        """Raises what `read` raises; that is not kept."""
        known = self.now(key)
        if known is not None:
            return known
        asking = self._asking.get(key)
        if asking is None:
            asking = asyncio.create_task(self._ask(key, read))
            self._asking[key] = asking
            asking.add_done_callback(partial(self._asked, key))
        return await asyncio.shield(asking)

    async def _ask(self, key: str, read: Callable[[], Awaitable[T]]) -> Known[T]:
        read_at = self._clock.now()
        known = Known(await read(), read_at)
        self._known = {other: kept for other, kept in self._known.items() if self.now(other) is not None}
        self._known[key] = known
        return known

    def _asked(self, key: str, asking: asyncio.Task[Known[T]]) -> None:
        del self._asking[key]
        if not asking.cancelled():
            asking.exception()  # everybody who asked may have gone; then nobody else looks at it


class SlackPeople:
    """Reads people from one workspace. `approvers` are ids of people (`U…`, `W…`) and of user groups (`S…`)."""

    def __init__(
        self, client: AsyncWebClient, calls: SlackCalls, clock: Clock, *, team: str, approvers: tuple[str, ...]
    ) -> None:
        self._client = client
        self._calls = calls
        self._team = team
        self._groups = sorted(one for one in approvers if one.startswith("S"))
        self._users = frozenset(approvers).difference(self._groups)
        self._source = ",".join(approvers)
        self._clock = clock
        self._people: Cache[Member | None] = Cache(clock)
        """`None` for whom Slack does not know, or hides from us."""
        self._members: Cache[frozenset[str]] = Cache(clock)

    async def person(self, team: str, user: str) -> Person:
        """`team` is what Slack said of them where they acted.

        A member is of our workspace, whatever that was, and goes by one id, whichever they acted with.
        """
        known = await self._people.get(user, partial(self._read, user))
        member, read_at = known.value, known.read_at
        if member is None or not self._is_here(member, team):
            return Person(team=team, user=user, read_at=read_at, why_not="other_workspace")
        one, *others = await self._ids(member, user)
        return Person(
            team=self._team,
            user=one,
            name=member.called,
            also=frozenset(others),
            read_at=read_at,
            why_not=member.why_not,
        )

    def _is_here(self, member: Member, team: str) -> bool:
        """Ids are unique in their workspace or organisation only: a stranger may have that of somebody of ours."""
        if member.is_stranger or self._team in member.workspaces:
            return not member.is_stranger
        is_ours = member.team_id == self._team or (member.team_id is None and not member.workspaces)
        names_another = team not in ("", self._team) and not team.startswith("E")
        return is_ours and not names_another

    async def _ids(self, member: Member, user: str) -> list[str]:
        """The one that an approver is listed by comes first, otherwise the organisation's."""
        ids = member.ids(user)
        if len(ids) > 1:
            listed = (await self.approvers()).users
            ids.sort(key=lambda one: one not in listed)
        return ids

    async def approvers(self) -> Approvers:
        """Every group has to be readable: a list that is known in part is not known."""
        found = set(self._users)
        read_at = self._clock.now()
        for group in self._groups:
            members = await self._members.get(group, partial(self._read_members, group))
            found |= members.value
            read_at = min(read_at, members.read_at)
        return Approvers(users=frozenset(found), source=self._source, read_at=read_at)

    def cannot_decide(self, user: str) -> bool:
        """Is it known without asking Slack that this person is no approver?"""
        members = [self._members.now(group) for group in self._groups]
        listed = self._users.union(*(known.value for known in members if known))
        may_be_listed_otherwise = any(one[0] != user[0] for one in listed)
        return None not in members and user not in listed and not may_be_listed_otherwise

    async def _read(self, user: str) -> Member | None:
        try:
            answer = await self._ask("users.info", user, lambda: self._client.users_info(user=user))
            return Member.model_validate(answer.get("user"))
        except PeopleUnavailable as refused:
            if refused.reason in ("user_not_found", "user_not_visible"):
                return None
            raise
        except ValidationError as unreadable:
            raise PeopleUnavailable("unreadable") from unreadable

    async def _read_members(self, group: str) -> frozenset[str]:
        try:
            members = partial(self._client.usergroups_users_list, usergroup=group)
            answer = await self._ask("usergroups.users.list", group, members)
        except PeopleUnavailable as refused:
            raise PeopleUnavailable(refused.reason, group=group, source=self._source) from refused
        users = answer.get("users")
        if not isinstance(users, list) or not all(isinstance(user, str) for user in users):
            raise PeopleUnavailable("unreadable", group=group, source=self._source)
        return frozenset(users)

    async def _ask(
        self, method: str, about: str, call: Callable[[], Awaitable[AsyncSlackResponse]]
    ) -> AsyncSlackResponse:
        """Raises `PeopleUnavailable`."""
        try:
            return await self._calls.run(method, about, call)
        except Undeliverable as refused:
            raise PeopleUnavailable(refused.code) from refused
        except (NotDelivered, MessageGone) as lost:
            raise PeopleUnavailable(str(lost)) from lost
