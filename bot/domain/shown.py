"""What a card, a reply or a list tells about one request: everything a view needs, nothing it would have to look up."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain import refusals
from bot.domain.audit import Entry
from bot.domain.facts import Seen
from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber
from bot.domain.request import PurchaseRequest
from bot.domain.similar import Similar


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAttempt:
    """The newest purchase attempt, as far as people are told about it."""

    id: str
    code: str | None
    message: str | None
    provider_request_id: str | None
    charged: Money | None
    number: OwnedNumber | None
    asks_people: bool = False
    """The bot could not find out; the resolve buttons stand."""
    is_alerted: bool = False
    """Money moved that nothing explains."""
    seen: Seen | None = None
    """What the last look showed."""
    settles_at: datetime | None = None
    """Until then the provider may still act on it, and its number cannot be requested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question to the requester and who asked it; `None` while there is no answer."""

    question: str
    by: str
    answer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSoFar:
    """One currency of one month; `budget` is `None` when there is no limit."""

    month: str
    """`2026-11`."""
    spent: Money
    reserved: Money
    budget: Money | None

    @property
    def left(self) -> Money | None:
        """Below zero when charges turned out higher than what was approved."""
        return None if self.budget is None else self.budget - self.spent - self.reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A request as of one audit entry: for a card the one that moved it last, for a reply the one it tells."""

    request: PurchaseRequest
    entry: Entry
    cause: Entry
    """What brought the request into its present state."""
    voters: tuple[str, ...]
    """Whose approval of the present terms was counted at the last vote, in the order of their votes."""
    votes_needed: int
    approvers: tuple[str, ...]
    """Ids of the setting, people and groups, without the requester where nobody approves their own: whom a card
    mentions.
    """
    attempt: ShownAttempt | None
    offered: tuple[Similar, ...] = ()
    """Instead of a number that was gone."""
    denied_before: Entry | None = None
    """While it waits: the denial of the request that it asks again for, if that was denied."""
    asked: Asked | None = None
    """While it waits: the newest question about it."""
    requested_anew: Entry | None = None
    """Since it ended: that it was asked for again, by whom."""
    message: tuple[str, str] | None = None
    """Channel and ts of its card, where that stands; told in lists alone."""
    together: tuple[PurchaseRequest, ...] = ()
    """All of the basket that it is decided with, itself among them; empty for one that is decided alone."""


@dataclass(frozen=True, slots=True)
class ShownBasket:
    """A basket as its card shows it: all that was asked for together, in that order, those that left included."""

    members: tuple[Shown, ...]

    @property
    def entry(self) -> Entry:
        """The newest."""
        return max((shown.entry for shown in self.members), key=lambda entry: entry.seq)


OnCard = Shown | ShownBasket


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftUndone:
    """Work that was parked at that time, by the number of its row."""

    work: int
    kind: str
    error: str
    at: datetime
    e164: str | None
    """Of the request that it is about, if there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What one person is told when they ask how things stand; lists are newest first unless they say otherwise."""

    own: tuple[Shown, ...]
    waiting: tuple[Shown, ...] | None
    """What waits for their decision: outcomes, then what expires next first; `None` for who may not decide."""
    unread: refusals.PeopleUnreadable | None = None
    """Why the approvers could not be read, so that nothing that waits is shown to anybody."""
    refused: refusals.AnyRefusal | None = None
    """Why what they did in App Home right before changed nothing."""
    more_waiting: int = 0
    """How many more wait than are listed."""
    for_others: tuple[Shown, ...] = ()
    """What they voted for and somebody else has to approve too; what expires next first."""
    more_for_others: int = 0
    bought: tuple[Shown, ...] = ()
    months: tuple[MonthSoFar, ...] = ()
    """This month, by currency."""
    frozen: tuple[datetime, str] | None = None
    """Since when nothing is approved, and by whom."""
    undone: tuple[LeftUndone, ...] = ()
    """For approvers: work that the bot gave up, oldest first."""
