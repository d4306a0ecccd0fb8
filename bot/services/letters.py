"""What is to be told, as it waits in the outbox. What it looks like is `handlers/views`' business."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from bot.domain import refusals
from bot.domain.numbers import E164
from bot.domain.refusals import NotAllowed
from bot.domain.request import RequestId
from bot.services.acts import Address
from bot.store.lanes import Lane
from bot.work.queue import Work

RESPONSE_URL_LIVES = timedelta(minutes=30)
"""Source: Slack's documentation of `response_url`."""


class Wanted(BaseModel):
    """A number that was asked for, the first of several, and the reason that was given."""

    model_config = ConfigDict(frozen=True)

    e164: E164
    reason: str


class ToOne(Work):
    """Something to tell one person alone."""

    lane = Lane.TELL

    to: Address


class _Refusal(ToOne):
    reason: str
    evidence: dict[str, JsonValue]

    @classmethod
    def of(cls, refusal: NotAllowed, to: Address, **about: RequestId | Wanted | None) -> Self:
        return cls(to=to, reason=refusal.reason, evidence=refusal.facts(), **about)

    @property
    def refusal(self) -> refusals.AnyRefusal:
        return refusals.read(self.reason, self.evidence)


class Words(_Refusal):
    """Why what somebody did changed nothing."""

    kind = "words"

    request: RequestId | None = None
    wanted: Annotated[Wanted | None, Field(exclude_if=lambda wanted: wanted is None)] = None
    """What they put in, where they may put it in again."""


class NoHome(_Refusal):
    """Why somebody who opened App Home sees nothing there."""

    kind = "no_home"


class StatusList(ToOne):
    """The requests somebody may see: own ones, and with `is_approver` all that wait."""

    kind = "listing"

    team: str
    is_approver: bool
    unread: refusals.PeopleUnreadable | None = None
    """Why the approvers could not be read: then nobody is taken for one."""
    in_home: bool = False
    refusal: Annotated[int | None, Field(exclude_if=lambda entry: entry is None)] = None
    """As in `AskForStatus`."""


class NumberTold(ToOne):
    """What is known of a number; with `sees_all` also what others asked for in private places."""

    kind = "number_told"

    team: str
    e164: E164
    sees_all: bool


class ReportTold(ToOne):
    """A month's report, for an approver."""

    kind = "report_told"

    month: str


class Posting(Work):
    """Something that has to post a card where that does not stand yet."""

    lane = Lane.TELL

    card_is_repeat: bool = False
    """The card may stand in the channel already: only the answer may have been lost."""

    def repeating_card(self) -> Self:
        return self.model_copy(update={"card_is_repeat": True})


class CardLetter(Posting, defer_build=False):
    """A card to be posted where it does not stand. `requester` hears it when the first posting can only fail."""

    kind = "card"

    requester: Address | None = None
    month_changed: Annotated[bool, Field(exclude=True)] = False
    """As earlier versions wrote it, and no version reads it any more."""


class Rewrite(Work, defer_build=False):
    """A card that stands, and its copies, are to show the newest entry. No reply waits for that."""

    kind = "rewrite"
    lane = Lane.SHOW


class Announcement(Work):
    """An audit entry to be told to everybody in a channel; without one, wherever people are to be found.

    `to` is who caused it: told alone when the channel takes no message, or with `alone` in any case.
    """

    kind = "announce"
    lane = Lane.TELL

    entry: int
    channel: str | None = None
    to: Address | None = None
    alone: bool = False


class ReplyTo(Posting, defer_build=False):
    """An audit entry to be told in its request's thread."""

    kind = "reply"

    entry: int
    is_repeat: bool = False
    """It may have been told already: only the answer may have been lost."""

    def repeating(self) -> Self:
        return self.model_copy(update={"is_repeat": True})
