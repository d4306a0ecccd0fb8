"""Who somebody is, and who the approvers are, as Slack says now. Implements the `People` that `bot/services` declares.

What was read is used for a minute at most, an error never; one look-up at a time for one question.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.clock import Clock
from bot.domain.policy import PEOPLE_ARE_GOOD_FOR, Approvers, Person
from bot.services.ports import MessageGone, NotDelivered, PeopleUnavailable, Undeliverable
from handlers.calls import SlackCalls

T = TypeVar("T")


class Member(BaseModel):
    """The part of Slack's `users.info` that says who may take part (source: Slack's page on the user object)."""

    team_id: str | None = None
    """Missing in a user object means the workspace that was asked."""
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """Something read from Slack, and when."""

    value: T
    read_at: datetime


class Cache(Generic[T]):
    """Keeps what was read for a minute; those who ask meanwhile share one look-up, and its failure too."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, Known[T]] = {}
        self._asking: dict[str, asyncio.Task[Known[T]]] = {}

    def now(self, key: str) -> Known[T] | None:
        """What is known without asking, if it is fresh. Nothing is, when the clock was set back since."""
        known = self._known.get(key)
        is_fresh = known is not None and timedelta(0) <= self._clock.now() - known.read_at < PEOPLE_ARE_GOOD_FOR
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
        self._people: Cache[str | None] = Cache(clock)
        """Why somebody is no full member."""
        self._members: Cache[frozenset[str]] = Cache(clock)

    async def person(self, team: str, user: str) -> Person:
        if team != self._team:
            return Person(team=team, user=user, read_at=self._clock.now(), why_not="other_workspace")
        why_not = await self._people.get(user, partial(self._read_why_not, user))
        return Person(team=team, user=user, read_at=why_not.read_at, why_not=why_not.value)

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
        if user in self._users:
            return False
        members = [self._members.now(group) for group in self._groups]
        return all(known is not None and user not in known.value for known in members)

    async def _read_why_not(self, user: str) -> str | None:
        try:
            answer = await self._ask("users.info", user, lambda: self._client.users_info(user=user))
            found = Member.model_validate(answer.get("user"))
        except PeopleUnavailable as refused:
            if refused.reason in ("user_not_found", "user_not_visible"):
                return "other_workspace"
            raise
        except ValidationError as unreadable:
            raise PeopleUnavailable("unreadable") from unreadable
        return self._why_not(found)

    def _why_not(self, user: Member) -> str | None:
        if user.team_id not in (None, self._team) or user.is_stranger:
            return "other_workspace"
        if user.deleted:
            return "deactivated"
        if user.is_bot:
            return "bot"
        if user.is_restricted or user.is_ultra_restricted:
            return "guest"
        return None

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
