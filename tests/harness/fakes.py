"""Small stand-ins for the ports of `bot/services/ports.py`: each answers what a test put in, and keeps what it saw."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.audit import Entry
from bot.domain.known import Known
from bot.domain.ledger import LedgerEntry
from bot.domain.numbers import E164, Listing, OwnedNumber
from bot.domain.outcome import Bought, Outcome, Refusal, Refused
from bot.domain.policy import PEOPLE_ARE_GOOD_FOR, Approvers, Person
from bot.domain.report import Report
from bot.domain.shown import Listed, OnCard, Shown, ShownBasket
from bot.services.acts import Address
from bot.services.letters import NoHome, Words
from bot.services.ports import Balance, InventoryPage, MessageGone, OwnNumbers, PeopleUnavailable, ProviderUnavailable
from tests.harness.builders import ACCOUNT, BOSS, CHIEF, TEAM, a_listing, an_owned_number, some_approvers

UNREADABLE_GROUP = "S_MANAGERS"


@dataclass(frozen=True, slots=True)
class PurchaseCall:
    """A call whose first byte left."""

    number: E164
    currency: str
    timeout: float


async def nothing(*_: object) -> None:
    """The default of every hook."""


@dataclass
class FakeProvider:
    """A `Provider` with one number on sale for 100 + 1 INR, and money for it."""

    listing: Listing | None = field(default_factory=a_listing)
    on_offer: list[Listing] = field(default_factory=list)
    """What else is on sale."""
    per_page: int = 100
    owned_number: OwnedNumber | None = None
    others: list[OwnedNumber] = field(default_factory=list)
    """Our other numbers."""
    unreadable_own: tuple[str, ...] = ()
    """Those of our own that cannot be read; they say nothing when one number is asked for."""
    spendable: Balance | None = field(
        default_factory=lambda: Balance(currency="INR", available=Decimal(1000), may_overdraw=False)
    )
    ledger: list[LedgerEntry] | None = field(default_factory=list)
    """`None` for an account that may not read it."""
    outcomes: list[Outcome | Exception] = field(default_factory=list)
    """What the next calls come to; after the last, the number is bought."""
    unreadable: set[str] = field(default_factory=set)
    """The reads that fail now, by the names of the port's methods."""
    is_silent: bool = False
    """Others wait for it in vain."""
    date: str | None = None
    """The header of every answer."""
    during_read: Callable[[str], Awaitable[None]] = nothing
    """Runs while a read is out, with its name."""
    before_call: Callable[[], Awaitable[None]] = nothing
    """Runs between the hand-over of a call and its first byte."""
    during_call: Callable[[], Awaitable[None]] = nothing
    """Runs while a call is out."""
    reads: list[str] = field(default_factory=list)
    given: list[float | None] = field(default_factory=list)
    """Seconds that whoever asked for one number gave the read."""
    asked_since: list[datetime] = field(default_factory=list)
    """From when on the ledger was asked for."""
    calls: list[PurchaseCall] = field(default_factory=list)
    account: str = ACCOUNT

    async def find(self, number: E164, *, within: float | None = None) -> Listing | None:
        self.given.append(within)
        await self._read("find")
        return next((listing for listing in self._listings if listing.e164 == number), None)

    async def browse(self, *, country: str | None, digits: str = "", page: int = 1) -> InventoryPage:
        await self._read("browse")
        end = page * self.per_page
        shown = self._listings[end - self.per_page : end]
        return InventoryPage(listings=shown, has_more=len(self._listings) > end)

    async def owned(self, number: E164, *, within: float | None = None) -> OwnedNumber | None:
        self.given.append(within)
        await self._read("owned")
        return next((own for own in self._own if own.e164 == number), None)

    async def own_numbers(self) -> OwnNumbers:
        await self._read("own_numbers")
        return OwnNumbers(numbers=self._own, unreadable=self.unreadable_own)

    async def transactions(self, since: datetime) -> Sequence[LedgerEntry] | None:
        self.asked_since.append(since)
        await self._read("transactions")
        return None if self.ledger is None else [row for row in self.ledger if row.at is None or row.at >= since]

    async def balance(self, currency: str) -> Balance | None:
        await self._read("balance")
        return self.spendable

    async def purchase(self, number: E164, currency: str, *, timeout: float, may_leave: Callable[[], bool]) -> Outcome:
        await self.before_call()
        if not may_leave():
            return Refused(why=Refusal.NOT_EXECUTED, code="dropped", message="dropped before its first byte")
        self.calls.append(PurchaseCall(number, currency, timeout))
        await self.during_call()
        outcome = self.outcomes.pop(0) if self.outcomes else Bought(number=an_owned_number(number=number))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    @property
    def _listings(self) -> list[Listing]:
        return [*([] if self.listing is None else [self.listing]), *self.on_offer]

    @property
    def _own(self) -> list[OwnedNumber]:
        return [*([] if self.owned_number is None else [self.owned_number]), *self.others]

    async def _read(self, what: str) -> None:
        self.reads.append(what)
        await self.during_read(what)
        if what in self.unreadable:
            raise ProviderUnavailable("timeout")


THE_LIST = "the list"


@dataclass
class FakePeople:
    """A `People` in whose workspace everybody is a full member, and two are approvers.

    The list is read anew when it is a minute old, as the real one is.
    """

    now: Callable[[], datetime]
    list_of_approvers: Approvers = field(default_factory=lambda: some_approvers(BOSS, CHIEF))
    why_not: dict[str, str] = field(default_factory=dict)
    """Who is no full member, and why."""
    names: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    """Slack does not say who anybody is."""
    list_is_silent: bool = False
    """Slack does not say who is in a group of approvers."""
    during_look_up: Callable[[str], Awaitable[None]] = nothing
    """Runs while Slack is asked, with the id of the person or `THE_LIST`."""
    asked_for_list: int = 0

    async def person(self, team: str, user: str) -> Person:
        read_at = self.now()
        await self.during_look_up(user)
        if self.silent:
            raise PeopleUnavailable("internal_error")
        why_not = self.why_not.get(user) if team == TEAM else "other_workspace"
        return Person(team=team, user=user, name=self.names.get(user, ""), read_at=read_at, why_not=why_not)

    async def approvers(self) -> Approvers:
        self.asked_for_list += 1
        if self.silent:
            raise PeopleUnavailable("internal_error")
        if self.list_is_silent:
            raise PeopleUnavailable("internal_error", group=UNREADABLE_GROUP, source=f"{BOSS},{UNREADABLE_GROUP}")
        if not timedelta(0) <= self.now() - self.list_of_approvers.read_at < PEOPLE_ARE_GOOD_FOR:
            self.list_of_approvers = replace(self.list_of_approvers, read_at=self.now())
        await self.during_look_up(THE_LIST)
        return self.list_of_approvers


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery that Slack took: `how` is the messenger's method, `where` a channel with a `ts` if it needs one."""

    how: str
    where: tuple[str, ...]
    shown: tuple[OnCard, ...] = ()
    words: Words | None = None
    waiting: tuple[Shown, ...] | None = None
    listed: Listed | None = None
    entry: Entry | None = None
    known: Known | None = None
    report: Report | None = None
    approvers: tuple[str, ...] = ()
    is_repeat: bool = False

    @property
    def one(self) -> Shown:
        (shown,) = self.shown
        assert isinstance(shown, Shown)
        return shown

    @property
    def basket(self) -> ShownBasket:
        (shown,) = self.shown
        assert isinstance(shown, ShownBasket)
        return shown


@dataclass
class FakeMessenger:
    """A `Messenger` whose cards get the `ts` 1.000001, 2.000001, …"""

    sent: list[Sent] = field(default_factory=list)
    failures: list[Exception | None] = field(default_factory=list)
    """What the next deliveries fail with; `None` for one that does not."""
    before_answer: Callable[[], Awaitable[None]] = nothing
    """Runs when a card was posted or rewritten and Slack has not answered yet."""
    before_answer_to_reply: Callable[[], Awaitable[None]] = nothing
    cards: int = 0
    links: dict[str, str] = field(default_factory=dict)
    """By channel."""
    gone: set[str] = field(default_factory=set)
    """The `ts` of messages that somebody deleted, for who asks for their links."""

    async def post_card(self, channel: str, shown: OnCard, *, is_repeat: bool = False) -> str:
        self._fail()
        self.cards += 1
        self.sent.append(Sent("post_card", (channel,), (shown,), is_repeat=is_repeat))
        ts = f"{self.cards}.000001"
        await self.before_answer()
        return ts

    async def rewrite_card(self, channel: str, ts: str, shown: OnCard) -> None:
        self._fail()
        self.sent.append(Sent("rewrite_card", (channel, ts), (shown,)))
        await self.before_answer()

    async def reply(self, channel: str, thread: str, shown: Shown, *, is_repeat: bool = False) -> None:
        self._fail()
        self.sent.append(Sent("reply", (channel, thread), (shown,), is_repeat=is_repeat))
        await self.before_answer_to_reply()

    async def announce(self, channel: str, entry: Entry, approvers: tuple[str, ...]) -> None:
        self._fail()
        self.sent.append(Sent("announce", (channel,), entry=entry, approvers=approvers))

    async def announce_to(self, to: Address, entry: Entry) -> None:
        self._fail()
        self.sent.append(Sent("announce_to", (to.user,), entry=entry))

    async def words(self, letter: Words) -> None:
        self._fail()
        self.sent.append(Sent("words", (letter.to.user,), words=letter))

    async def status_list(self, to: Address, listed: Listed) -> None:
        self._fail()
        self.sent.append(Sent("status_list", (to.user,), listed.own, waiting=listed.waiting, listed=listed))

    async def number_told(self, to: Address, known: Known, links: Mapping[str, str]) -> None:
        self._fail()
        told = tuple(asked.shown for asked in known.asked)
        self.sent.append(Sent("number_told", (to.user, *links.values()), told, known=known))

    async def report(self, to: Address, found: Report) -> None:
        self._fail()
        self.sent.append(Sent("report", (to.user,), report=found))

    async def link(self, channel: str, ts: str) -> str | None:
        if ts in self.gone:
            raise MessageGone
        return self.links.get(channel)

    async def home(self, user: str, listed: Listed) -> None:
        self._fail()
        self.sent.append(Sent("home", (user,), listed.own, waiting=listed.waiting, listed=listed))

    async def no_home(self, letter: NoHome) -> None:
        self._fail()
        self.sent.append(Sent("no_home", (letter.to.user,)))

    def took(self, how: str) -> list[Sent]:
        """What Slack took of one kind, in order."""
        return [sent for sent in self.sent if sent.how == how]

    def _fail(self) -> None:
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
