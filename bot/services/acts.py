"""What people do in Slack, as it is stored before it is answered, and judged right after.

Handing it to `Reception` is the one thing a handler does before its answer: one insert. So what was acknowledged is
on disk.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar, Self

import structlog
from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr, field_serializer
from sqlalchemy import Connection

from bot.clock import Clock
from bot.domain import refusals, trail
from bot.domain.audit import Actor
from bot.domain.numbers import E164
from bot.domain.policy import Decision, Resolution
from bot.domain.refusals import NotAllowed
from bot.domain.request import RequestId
from bot.store import clicks
from bot.store.lanes import Lane
from bot.store.store import DatabaseAway, Store
from bot.watch import Step, Watch
from bot.work import queue
from bot.work.queue import Work

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Address(BaseModel):
    """Where words for one person alone can go. `response_url` is a secret and dies after 30 minutes."""

    model_config = ConfigDict(frozen=True)

    user: str
    name: str = Field(default="", exclude=True)
    """As Slack knows them when it is judged; read for that, and not stored."""
    channel: str | None = None
    response_url: SecretStr | None = None
    at: datetime

    @property
    def is_at_home(self) -> bool:
        """Did they act in App Home? Slack names no channel then, and answers nowhere."""
        return self.channel is None and self.response_url is None

    @field_serializer("response_url", when_used="json-unless-none")
    def _stored(self, url: SecretStr) -> str:
        return url.get_secret_value()


class Act(Work):
    """Somebody did something at a time; `trigger_id` is unique to it: Slack's, or what stands for one."""

    lane = Lane.JUDGE
    refused: ClassVar[type[trail.RequestRefused] | type[trail.DecisionRefused]] = trail.RequestRefused
    """What the trail tells when it changes nothing."""

    team: str
    trigger_id: str
    by: Address

    @property
    def user(self) -> Actor:
        return Actor(self.by.user, team=self.team, name=self.by.name)

    @property
    def at(self) -> datetime:
        return self.by.at


class Ask(Act, defer_build=False):
    """`/buynumber +…`, or the picker's form."""

    kind = "submit"

    channel: str
    """Where it was typed."""
    e164: E164
    also: Annotated[tuple[E164, ...], Field(exclude_if=lambda also: not also)] = ()
    """The other numbers of a basket."""
    reason: str
    digest: str | None = None
    """Of the terms that were shown when it was asked for, `basket.digest` of several; `None` when none were."""
    is_private: bool = False
    """Not everybody reads where it was typed."""
    again: Annotated[RequestId | None, Field(exclude_if=lambda again: again is None)] = None
    """The request that ended without a purchase, when it is asked again."""

    @property
    def numbers(self) -> tuple[E164, ...]:
        """Each once, in the order in which they were asked for."""
        return tuple(dict.fromkeys([self.e164, *self.also]))


class AskAgain(Act):
    """A click on **Ask again**, or on one of the similar numbers offered when the number was gone."""

    kind = "ask_again"

    request: RequestId
    """The one that ended without a purchase."""
    digest: str
    """Of that request's terms, or of those of a similar number."""
    channel: str | None
    """Where it was clicked."""


class Decide(Act, defer_build=False):
    """A click on a card, or the deny form."""

    kind = "decide"
    refused = trail.DecisionRefused

    decision: Decision
    request: RequestId
    digest: str | None = None
    reason: str = ""
    message: tuple[str, str] | None = None
    """Channel and ts of the message that was clicked."""

    @property
    def about(self) -> RequestId | None:
        return self.request


class RequestChanges(Act):
    """The form of **Request changes**; without a question a click by somebody who certainly may not ask any."""

    kind = "request_changes"
    refused = trail.DecisionRefused

    request: RequestId
    digest: str
    question: str = ""

    @property
    def about(self) -> RequestId | None:
        return self.request


class Answer(Act):
    """The form of **Answer**; without an answer a click by somebody who certainly is not the requester."""

    kind = "answer"
    refused = trail.DecisionRefused

    request: RequestId
    question: int
    """The number of its entry in the trail."""
    answer: str = ""

    @property
    def about(self) -> RequestId | None:
        return self.request


class Resolve(Act):
    """A click on a resolve button, or an operator's `resolve`."""

    kind = "resolve"
    refused = trail.DecisionRefused

    resolution: Resolution
    request: RequestId

    @property
    def about(self) -> RequestId | None:
        return self.request


class Freeze(Act):
    """`/buynumber freeze` or `unfreeze`; `channel` is where it was typed."""

    kind = "freeze"
    refused = trail.DecisionRefused

    freezes: bool
    channel: str


class Unpark(Act):
    """A click on **Try again** or, when it `drops`, on **Let go**, beside parked work in App Home."""

    kind = "unpark"
    refused = trail.DecisionRefused

    work: int
    drops: bool


class AskForStatus(Act):
    """`/buynumber status`, or App Home opened; then `trigger_id` is the event's id, or empty for a refresh."""

    kind = "status"

    in_home: bool = False
    refusal: Annotated[int | None, Field(exclude_if=lambda entry: entry is None)] = None
    """The entry of what was refused there right before."""

    @property
    def is_refresh(self) -> bool:
        """Did the bot itself ask for it, to show an open App Home anew?"""
        return self.in_home and not self.trigger_id


class AskWhy(Act):
    """`/buynumber why +…`."""

    kind = "why"

    e164: E164


class AskForReport(Act):
    """`/buynumber report`; `month` is `2026-11`, or `None` for the one in which it was asked."""

    kind = "report"

    month: str | None = None


class TurnedAway(Act):
    """What was refused at the door: only the entry and the words are to follow."""

    kind = "turned_away"

    reason: str
    evidence: dict[str, JsonValue]

    @classmethod
    def of(cls, refusal: NotAllowed, *, team: str, trigger_id: str, by: Address) -> Self:
        return cls(team=team, trigger_id=trigger_id, by=by, reason=refusal.reason, evidence=refusal.facts())

    @property
    def refusal(self) -> refusals.AnyRefusal:
        return refusals.read(self.reason, self.evidence)


MOST_TURNED_AWAY = 500
"""That wait for their entry: what comes beyond is only logged, so that a flood of forgeries is in nobody's way."""


class NotKept(Exception):
    """The database is away, and nobody may be told that what they did is taken."""


_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""In JSON, where a backslash that was typed is doubled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """Where handlers hand in what people did."""

    store: Store
    clock: Clock
    watch: Watch = field(default_factory=Watch)

    async def take(self, act: Act) -> bool:
        """Returns once the act is on disk; False when it was there before.

        Raises `NotKept`, and `ValueError` for a text with a NUL: nobody types one, and PostgreSQL keeps none.
        """
        now = self.clock.now()
        if _NUL.search(act.model_dump_json()):
            raise ValueError("NUL")
        with self.watch.over(Step("act", act.kind, act.about, act.trigger_id or None)) as step:
            is_new = await self._keep(lambda connection: take(connection, act, now))
            step.outcome = "done" if is_new else "repeated"
        return is_new

    async def turn_away(self, act: TurnedAway) -> None:
        """As `take`, unless too many wait."""
        now = self.clock.now()

        def turn_away(connection: Connection) -> bool:
            return queue.waiting(connection, TurnedAway) < MOST_TURNED_AWAY and take(connection, act, now)

        if not await self._keep(turn_away):
            log.warning("refused without an entry", reason=act.reason, user=act.user)

    async def _keep(self, take: Callable[[Connection], bool]) -> bool:
        try:
            return await self.store.write(take, urgent=True)
        except DatabaseAway as away:
            raise NotKept(str(away)) from away


def take(connection: Connection, act: Act, now: datetime) -> bool:
    """Stores the act for its judge; False when Slack, or somebody replaying it, sent it before."""
    if not clicks.is_new(connection, act.trigger_id, now=now):
        return False
    queue.add(connection, act, now=now)
    return True
