"""Who stands beside the provider and sees every call arrive: what it rested on is checked at that very moment.

Also remembers what really came of each call, which the bot has to find out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from bot.sandbox.vobiz import LedgerRow, PurchaseCall, ReadCall, VobizStandIn
from tests.machine.clocks import ThreeClocks
from tests.machine.crowd import Crowd
from tests.machine.limits import ATTEMPTS_AN_APPROVAL
from tests.machine.records import Records
from tests.machine.stories import CHECKING, PURCHASING, Attempted, Story, stories

Fees = tuple[Decimal, Decimal, str]


@dataclass(slots=True, kw_only=True)
class Call:
    """A purchase call that arrived, and what it did at the provider."""

    e164: str
    attempt: str
    at: datetime
    sold: bool = False
    rows: list[LedgerRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Read:
    """The newest read about a number: how long the trail was then, and what was listed."""

    head: int
    fees: Fees | None = None


class Witness:
    """`broken` names what must not happen, one sentence each."""

    def __init__(self, vobiz: VobizStandIn, records: Records, clock: ThreeClocks, crowd: Crowd) -> None:
        self._vobiz = vobiz
        self._records = records
        self._clock = clock
        self._crowd = crowd
        self._sales = 0
        self._rows = 0
        self.calls: list[Call] = []
        self.broken: list[str] = []
        self.reads: dict[tuple[str, str], Read] = {}
        self.consoles: set[str] = set()  # ledger rows of what our own people bought
        self.moments: dict[str, Callable[[str], None]] = {}
        """What happens while the next read of a kind, or the next purchase call, is on its way; given its number."""
        vobiz.listen(calls=self._hear_call, reads=self._hear_read)

    def of_attempt(self, attempt: str) -> Call | None:
        return next((call for call in self.calls if call.attempt == attempt), None)

    def last_of(self, e164: str) -> Call | None:
        return next((call for call in reversed(self.calls) if call.e164 == e164), None)

    def notice(self) -> None:
        """Takes down what the provider sold and charged since the last time."""
        sales, rows = list(self._vobiz.sales), list(self._vobiz.ledger)
        for sale in sales[self._sales :]:
            call = self.last_of(sale.e164)
            if sale.by == "api" and call is not None:
                call.sold = True
        for row in rows[self._rows :]:
            call = self.last_of(row.e164)
            if row.kind == "debit" and row.id not in self.consoles and call is not None:
                call.rows.append(row)
        self._sales, self._rows = len(sales), len(rows)

    def console_buys(self, e164: str) -> None:
        self.notice()
        self._vobiz.our_people_buy_in_the_console(e164)
        self.consoles.add(self._vobiz.ledger[-1].id)

    def _hear_read(self, read: ReadCall) -> None:
        search = read.query.get("search", "")
        head, _ = self._records.head()
        for e164 in self._vobiz.world.numbers if read.route in ("inventory", "own_numbers") else ():
            if search in e164:
                self.reads[read.route, e164] = Read(head, self._listed(e164))
        asked = f"+{search}" if search else ""
        if f"+{search}" in self._vobiz.world.numbers or read.route == "balance":
            self._happen(read.route, asked)

    def _hear_call(self, call: PurchaseCall) -> None:
        self.notice()
        self._crowd.notice()
        number = call.e164 or ""
        problem, attempt = self._judge(number, call.currency)
        if problem:
            self.broken.append(f"{problem} ({number}, call {len(self.calls) + 1})")
        self.calls.append(Call(e164=number, attempt=attempt, at=self._clock.true))
        self._happen("purchase", number)

    def _happen(self, moment: str, number: str) -> None:
        if moment in self.moments:
            self.moments.pop(moment)(number)

    def _listed(self, e164: str) -> Fees | None:
        shown = self._vobiz.listed(e164)
        if shown is None:
            return None
        return Decimal(str(shown.setup_fee)), Decimal(str(shown.monthly_fee)), str(shown.currency)

    def _judge(self, e164: str, currency: str | None) -> tuple[str, str]:
        """What is wrong with a call that arrives now, and the attempt it belongs to."""
        query = "SELECT * FROM attempts WHERE e164 = ? ORDER BY entry DESC LIMIT 1"
        row = self._records.one(query, e164)
        if row is None:
            return "Once: a call without an attempt", ""
        if self.of_attempt(row["id"]) is not None:
            return "Once: a second call of one attempt", row["id"]
        if row["outcome"] != "open":
            return f"Once: a call of an attempt that is {row['outcome']}", row["id"]
        story = stories(self._records.trail(request=row["request"]))[row["request"]]
        told = next((attempt for attempt in story.attempts if attempt.id == row["id"]), None)
        if told is None:
            return "Trail: an attempt that it does not tell", row["id"]
        if currency != told.terms.fees[2]:
            return "Approval: a call in another currency", row["id"]
        return self._judge_attempt(story, told), row["id"]

    def _judge_attempt(self, story: Story, attempt: Attempted) -> str:
        if story.status not in (PURCHASING, CHECKING):
            return f"State: a call for a request that is {story.status}"
        if attempt.no > ATTEMPTS_AN_APPROVAL:
            return f"Once: attempt {attempt.no} of one approval"
        if not self._crowd.saw_card_of(story.entries):
            return "Trail: a call before its card stands in the channel"
        for route in ("own_numbers", "inventory"):
            read = self.reads.get((route, story.terms.e164))
            if read is None or read.head < attempt.since:
                return f"Approval: {route} not read since the approval"
        if self.reads["inventory", story.terms.e164].fees != attempt.terms.fees:
            return "Approval: a call at other terms than were read right before"
        return self._crowd.why_not_approved(story, attempt)
