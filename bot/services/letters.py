"""What is to be told, as it waits in the outbox. What it looks like is `handlers/views`' business."""

from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, JsonValue

from bot.domain.policy import Reason
from bot.domain.request import RequestId
from bot.services.acts import Address

RESPONSE_URL_LIVES = timedelta(minutes=30)
"""Source: Slack's documentation of `response_url`."""


class Letter(BaseModel):
    """Something to tell one person alone."""

    model_config = ConfigDict(frozen=True)

    to: Address


class Words(Letter):
    """Why what somebody did changed nothing."""

    reason: Reason
    evidence: dict[str, JsonValue]
    request: RequestId | None = None


class StatusList(Letter):
    """The requests somebody may see: own ones, and with `is_approver` all that wait."""

    team: str
    is_approver: bool
    unread: dict[str, JsonValue] | None = None
    """Evidence that the approvers could not be read: then nobody is taken for one."""
    in_home: bool = False


class NoHome(Letter):
    """Why somebody who opened App Home sees nothing there."""

    reason: Reason
    evidence: dict[str, JsonValue]


class Posting(BaseModel):
    """Something that has to post a card where that does not stand yet."""

    model_config = ConfigDict(frozen=True)

    card_is_repeat: bool = False
    """The card may stand in the channel already: only the answer may have been lost."""

    def repeating_card(self) -> Self:
        return self.model_copy(update={"card_is_repeat": True})


class CardLetter(Posting):
    """A card to be posted or rewritten. `requester` hears it when the first posting can only fail."""

    requester: Address | None = None
    month_changed: bool = False
    """Another request's move changed what it says of the budget: it is rewritten although its own did not move."""


class Announcement(BaseModel):
    """An audit entry to be told to everybody in a channel; without one, wherever people are to be found.

    `to` is who caused it: told alone when the channel takes no message, or with `alone` in any case.
    """

    model_config = ConfigDict(frozen=True)

    entry: int
    channel: str | None = None
    to: Address | None = None
    alone: bool = False


class ReplyTo(Posting):
    """An audit entry to be told in its request's thread."""

    entry: int
    is_repeat: bool = False
    """It may have been told already: only the answer may have been lost."""

    def repeating(self) -> Self:
        return self.model_copy(update={"is_repeat": True})
