"""What the services need from the outside, as protocols: the provider (`bot/vobiz`), and Slack (`handlers`).

PortError
├── ProviderUnavailable   a read of the provider failed or made no sense, after its retries
├── PeopleUnavailable     Slack could not say who somebody is, or who the approvers are
├── NotDelivered          Slack did not take a message this time
│   └── NotLetIn          because it takes nothing from us just now
├── MessageGone           the message to be rewritten or answered is not there any more
├── CannotEdit            the message stands, and Slack lets nobody rewrite it any more
└── Undeliverable         Slack will never take it
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from bot.domain.audit import Entry
from bot.domain.known import Known
from bot.domain.ledger import LedgerEntry
from bot.domain.numbers import E164, Listing, OwnedNumber
from bot.domain.outcome import Outcome
from bot.domain.policy import Approvers, Person
from bot.domain.shown import Listed, OnCard, Shown
from bot.services.acts import Address
from bot.services.letters import NoHome, Words

if TYPE_CHECKING:
    from bot.domain.report import Report


class PortError(Exception):
    """The outside did not answer usefully; nothing was changed by asking."""


class ProviderUnavailable(PortError):
    """`reason` is a stable code (`timeout`, `http_503`, `unreadable`, `denied`, …) for the log, never for people."""

    def __init__(self, reason: str, provider_request_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.provider_request_id = provider_request_id


class PeopleUnavailable(PortError):
    """`reason` is Slack's error code, or a stable code of ours.

    `group` is the user group that could not be read, when it was one, and `source` the list that names it.
    """

    def __init__(self, reason: str, *, group: str | None = None, source: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.group = group
        self.source = source


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryPage:
    """One page of the inventory, filtered again on our side."""

    listings: Sequence[Listing]
    has_more: bool
    may_lack: bool = False
    """Whether more may be on sale that no page shows: the list's end was not seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNumbers:
    """All our own numbers."""

    numbers: Sequence[OwnedNumber]
    unreadable: tuple[str, ...] = ()
    """Entries that tell no number or no owner, as the provider writes them: any number that is missing may be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What the account can spend in one currency."""

    currency: str
    available: Decimal
    may_overdraw: bool
    """A postpaid account with a soft limit: a shortfall is a warning, not a stop."""


class Provider(Protocol):
    """Reads raise `ProviderUnavailable`; they retry by themselves within their own deadline.

    `within` is how many seconds whoever asks for one number can wait, when that may be less.
    """

    @property
    def account(self) -> str:
        """The account that buys: `MA_…`, or `SA_…` whose master account pays."""

    @property
    def is_silent(self) -> bool:
        """Does it keep readers waiting just now? For some seconds it answered nothing of a kind that it was asked."""

    @property
    def date(self) -> str | None:
        """What the last answer says the time was, as its header does; `None` for one that does not say."""

    async def find(self, number: E164, *, within: float | None = None) -> Listing | None:
        """The inventory's entry for exactly this number."""

    async def browse(self, *, country: str | None, digits: str = "", page: int = 1) -> InventoryPage:
        """One page of the inventory; `country` is ISO 3166 alpha-2, `digits` any part of the number."""

    async def owned(self, number: E164, *, within: float | None = None) -> OwnedNumber | None:
        """Our own number, or `None` only after the whole list was seen and read; one that was released is ours no more.

        Another account's, a sub-account's for one, only when none in the list is ours.
        """

    async def own_numbers(self) -> OwnNumbers:
        """All of them, sub-accounts' included."""

    async def transactions(self, since: datetime) -> Sequence[LedgerEntry] | None:
        """The ledger from `since` on; `None` when this account may not read it (a sub-account's master may).

        What a sub-account reads there is not what its master paid.
        """

    async def balance(self, currency: str) -> Balance | None:
        """`None` when this account may not read it, or has none to read: a sub-account's master pays."""

    async def purchase(self, number: E164, currency: str, *, timeout: float, may_leave: Callable[[], bool]) -> Outcome:
        """Makes the purchase call once, within `timeout` seconds in all. Never raises for what the provider does.

        `may_leave` is asked right before the first byte leaves; when it says no, none does, and the outcome is
        `Refused(NOT_EXECUTED)` with the code `dropped`.
        """


class People(Protocol):
    """What Slack says of people. Both raise `PeopleUnavailable`, and an error is asked again the next time.

    An answer is handed out for a minute. A list of two groups, one read at 12:00:00 and, because Slack was slow, the
    other at 12:00:40, is of 12:00:00 (`read_at`), so at 12:01:10 it is too old to decide on: whoever decides looks.
    """

    async def person(self, team: str, user: str) -> Person: ...

    async def approvers(self) -> Approvers: ...


class NotDelivered(PortError):
    """Slack did not take it this time; `retry_after` in seconds when it said how long to wait.

    `may_have_arrived` when only the answer may be lost: then a repeat can be a second one.
    """

    def __init__(self, reason: str, retry_after: float | None = None, *, may_have_arrived: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.may_have_arrived = may_have_arrived


class NotLetIn(NotDelivered):
    """Slack refuses our token or the whole workspace: that is no word on the message, and people put it right."""


class MessageGone(PortError):
    """The message to be rewritten or answered is not there any more."""


class CannotEdit(PortError):
    """The message stands, and Slack lets nobody rewrite it any more."""


class Undeliverable(PortError):
    """It can only fail: `code` is Slack's error (`channel_not_found`, `is_archived`, …)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Messenger(Protocol):
    """Slack, outgoing. A method is one delivery.

    Each raises `NotDelivered`, `MessageGone` and `Undeliverable`, a rewrite `CannotEdit` too.
    """

    async def post_card(self, channel: str, shown: OnCard, *, is_repeat: bool = False) -> str:
        """Posts the card and returns its `ts`; `is_repeat` when it may stand there already."""

    async def rewrite_card(self, channel: str, ts: str, shown: OnCard) -> None: ...

    async def reply(self, channel: str, thread: str, shown: Shown, *, is_repeat: bool = False) -> None:
        """Tells the shown entry in the card's thread; `is_repeat` when it may have been told already."""

    async def announce(self, channel: str, entry: Entry, approvers: tuple[str, ...]) -> None:
        """Tells an entry that is about no request to everybody in the channel; what needs them, to approvers."""

    async def announce_to(self, to: Address, entry: Entry) -> None:
        """Tells the same to one person alone."""

    async def words(self, letter: Words) -> None:
        """Tells one person alone why nothing changed."""

    async def status_list(self, to: Address, listed: Listed) -> None:
        """Tells one person alone what they asked for and what waits for their decision."""

    async def number_told(self, to: Address, known: Known, links: Mapping[str, str]) -> None:
        """Tells one person alone what is known of a number; links to the cards by their requests' ids."""

    async def report(self, to: Address, found: "Report") -> None:
        """Tells one person alone a month's figures."""

    async def link(self, channel: str, ts: str) -> str | None:
        """Where a browser shows that message; `None` while Slack does not say. Raises `MessageGone` alone."""

    async def home(self, user: str, listed: Listed) -> None:
        """Publishes somebody's App Home."""

    async def no_home(self, letter: NoHome) -> None:
        """Publishes why somebody sees nothing in App Home."""
