"""What holds after every step: read from the database file and from both stand-ins, never from the bot.

Each check yields one sentence for each thing that is broken, and begins it with the part of the promise it breaks.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

from bot.sandbox.slack.example import NUMBERS
from bot.sandbox.vobiz import LedgerRow
from handlers.views.message import REPEATED
from tests.harness.office import buttons
from tests.machine.crowd import mark_of
from tests.machine.limits import BUDGET, COLD_AFTER, micros
from tests.machine.records import Told, by_id, digest_of, moment
from tests.machine.stage import Stage
from tests.machine.stories import APPROVED, CHECKING, FAILED, OPEN, PENDING, PURCHASED, PURCHASING, stories

SALES, BY_LOOKS = ("bought", "found"), ("by_looks", "by_person")

HEADLINES = {
    PENDING: (" asks: buy ",),
    APPROVED: ("*Approved ",),
    PURCHASING: ("*Buying ",),
    CHECKING: ("*Outcome unknown: ", "*Charged without the number: "),
    PURCHASED: ("*Bought ",),
    FAILED: ("*Not bought: ",),
    "denied": ("*Denied ",),
    "withdrawn": ("*Withdrawn ",),
    "expired": ("*Expired ",),
}

REPEAT = "Sent again, because Slack did not confirm it the first time"


class Picture:
    """Everything at one moment."""

    def __init__(self, stage: Stage) -> None:
        records = stage.records
        self.stage = stage
        self.trail = records.trail()
        self.stories = stories(self.trail)
        self.requests = by_id(records.rows("SELECT * FROM requests"))
        self.attempts = records.rows("SELECT * FROM attempts ORDER BY entry")
        self.reservations = {row["request"]: row for row in records.rows("SELECT * FROM reservations")}
        self.budgets = records.rows("SELECT * FROM budgets")
        self.written_off = {row["id"]: set(json.loads(row["written_off"])) for row in self.attempts}

    @property
    def numbers(self) -> list[str]:
        return list(self.stage.vobiz.world.numbers)

    def attempts_of(self, request: str) -> list[sqlite3.Row]:
        return [row for row in self.attempts if row["request"] == request]

    def is_ours(self, e164: str) -> bool:
        return self.stage.vobiz.world.numbers[e164].owner == self.stage.vobiz.master.auth_id

    def console_bought(self, e164: str) -> bool:
        return any(sale.by == "console" and sale.e164 == e164 for sale in self.stage.vobiz.sales)

    def live(self, rows: list[LedgerRow]) -> list[LedgerRow]:
        """Debits that were neither given back nor given up."""
        given_up = set().union(*self.written_off.values()) | self.stage.refunded
        return [row for row in rows if row.id not in given_up]

    def is_final(self, attempt: sqlite3.Row) -> bool:
        """Can nothing of it happen any more, by what the provider of this stage does?"""
        return attempt["outcome"] != "open" and (self.stage.world.is_prompt or attempt["settled_at"] is not None)


def seen_by_the_witness(now: Picture) -> Iterator[str]:
    yield from now.stage.witness.broken


def the_bot_expected_everything(now: Picture) -> Iterator[str]:
    yield from (f"Bug: {bug}" for bug in now.stage.processes.bugs)


def the_chain_is_whole(now: Picture) -> Iterator[str]:
    before, seq = "0" * 64, 0
    for entry in now.trail:
        if (entry.seq, entry.before) != (seq + 1, before) or entry.hash != entry.own_hash:
            yield f"Trail: the chain breaks at #{entry.seq}"
        before, seq = entry.hash, entry.seq
    if now.stage.records.head() != (seq, before):
        yield "Trail: its head is another entry"


def the_trail_tells_the_state(now: Picture) -> Iterator[str]:
    if now.stories.keys() != now.requests.keys():
        yield "Trail: it tells of other requests than there are"
    for request, row in now.requests.items():
        story = now.stories[request]
        yield from story.broken
        if story.status != row["status"]:
            yield f"Trail: {request[:6]} is {row['status']}, but it tells {story.status}"
        if story.terms.digest != digest_of(row):
            yield f"Trail: {request[:6]} has other terms than it tells"
        told = [attempt.id for attempt in story.attempts]
        if told != [attempt["id"] for attempt in now.attempts_of(request)]:
            yield f"Trail: {request[:6]} has other attempts than it tells"


def one_open_request_a_number(now: Picture) -> Iterator[str]:
    count = Counter(row["e164"] for row in now.requests.values() if row["status"] in OPEN)
    yield from (f"Once: {n} open requests for {e164}" for e164, n in count.items() if n > 1)


def one_sale_is_credited_once(now: Picture) -> Iterator[str]:
    for e164 in now.numbers:
        credited = [row for row in now.attempts if row["e164"] == e164 and row["outcome"] in SALES]
        purchased = [row for row in now.requests.values() if row["e164"] == e164 and row["status"] == PURCHASED]
        if len(credited) > 1 or len(purchased) > 1:
            yield f"Once: {e164} is bought by {max(len(credited), len(purchased))} requests"
        if {row["request"] for row in credited} != {row["id"] for row in purchased}:
            yield f"Once: {e164} is credited to another attempt than the purchased request's"
        if purchased and not now.is_ours(e164):
            yield f"Truth: {e164} is called purchased and is not ours"
        sold = [call for call in now.stage.witness.calls if call.e164 == e164 and call.sold]
        if len(sold) > 1:
            yield f"Once: {e164} was sold to us twice"


def nothing_is_frozen_and_goes_on(now: Picture) -> Iterator[str]:
    is_frozen = False
    for entry in now.trail:
        if entry.event in ("frozen", "unfrozen"):
            is_frozen = entry.event == "frozen"
        elif is_frozen and entry.event in ("approved", "voted", "attempt_recorded"):
            yield f"Freeze: #{entry.seq} {entry.event} while frozen"


def reservations_are_what_states_say(now: Picture) -> Iterator[str]:
    for request, row in now.requests.items():
        held = now.reservations[request]["amount"] if request in now.reservations else 0
        due = micros(now.stories[request].terms.charge) if _holds(now, row) else 0
        if held != due:
            yield f"Budget: {request[:6]}, {row['status']}, holds {held / 1e6} instead of {due / 1e6}"


def _holds(now: Picture, request: sqlite3.Row) -> bool:
    if request["status"] in (APPROVED, PURCHASING, CHECKING):
        return True
    newest = now.attempts_of(request["id"])[-1:]
    is_failed = request["status"] == FAILED
    return is_failed and any(row["outcome"] in BY_LOOKS and row["settled_at"] is None for row in newest)


def the_month_adds_up(now: Picture) -> Iterator[str]:
    for budget in now.budgets:
        month = budget["month"]
        ours = {request: row for request, row in now.reservations.items() if row["month"] == month}
        reserved = sum(row["amount"] for row in ours.values())
        spent = sum(_spent(now, request) for request in ours)
        if (budget["reserved"], budget["spent"]) != (reserved, spent):
            have = f"{budget['reserved'] / 1e6} reserved, {budget['spent'] / 1e6} spent"
            yield f"Budget: {month} says {have}, its requests {reserved / 1e6} and {spent / 1e6}"
        if reserved + spent > micros(BUDGET) and not _is_said(now):
            yield f"Budget: {month} comes to {(reserved + spent) / 1e6}, and nobody was told"
    for request in now.reservations:
        approvals = [entry for entry in now.stories[request].entries if entry.event == "approved"]
        if now.reservations[request]["month"] not in {f"{moment(entry.at):%Y-%m}" for entry in approvals}:
            yield f"Budget: {request[:6]} counts in a month in which it was not approved"


def _spent(now: Picture, request: str) -> int:
    if now.requests[request]["status"] != PURCHASED:
        return 0
    (bought,) = [row for row in now.attempts_of(request) if row["outcome"] in SALES]
    charged: int | None = bought["charged"]
    return micros(now.stories[request].terms.charge) if charged is None else charged


def _is_said(now: Picture) -> bool:
    """What was charged came out higher, or the truth came late."""
    return any(
        entry.event == "sweep_alert"
        or (entry.event == "purchased" and (entry.facts.get("differs") or entry.facts.get("late")))
        for entry in now.trail
    )


def failed_is_true(now: Picture) -> Iterator[str]:
    """Once it is final nothing was sold or charged by it."""
    for row in now.attempts:
        call = now.stage.witness.of_attempt(row["id"])
        if call is None or row["outcome"] in SALES or not now.is_final(row):
            continue
        if call.sold:
            yield f"Truth: attempt {row['id'][:6]} is {row['outcome']}, but sold {row['e164']}"
        if any(
            waiting.e164 == row["e164"] for waiting in now.stage.vobiz.waiting
        ) and call is now.stage.witness.last_of(row["e164"]):
            yield f"Truth: attempt {row['id'][:6]} is {row['outcome']} while the provider may still act on it"
        if now.live(call.rows) and row["alerted_at"] is None:
            yield f"Truth: attempt {row['id'][:6]} is {row['outcome']}, but {row['e164']} was charged"


def failed_is_not_said_early(now: Picture) -> Iterator[str]:
    attempts = by_id(now.attempts)
    for story in now.stories.values():
        for entry in story.entries:
            if entry.event == "failed" and entry.actor == "bot" and entry.facts.get("error") == "not_bought":
                attempt = attempts[story.attempts[-1].id]
                ended = attempt["call_ended_at"] or attempt["lease_until"]
                if moment(entry.at) - moment(ended) < COLD_AFTER:
                    yield f"Truth: #{entry.seq} says failed {moment(entry.at) - moment(ended)} after the call"


def nobody_is_charged_twice(now: Picture) -> Iterator[str]:
    for e164 in now.numbers:
        rows = [row for call in now.stage.witness.calls if call.e164 == e164 for row in call.rows]
        if len(live := now.live(rows)) > 1:
            yield f"Once: {e164} was charged {len(live)} times"


def slack_shows_what_was_so(now: Picture) -> Iterator[str]:
    by_mark = {entry.mark: entry for entry in now.trail}
    messages = [message for message in now.stage.slack.workspace.messages if message.by_app]
    for message in messages:
        if message.channel != NUMBERS or message.is_ephemeral:
            continue
        entry = by_mark.get(mark_of(message) or (0, ""))
        if entry is None:
            yield f"Channel: a message without an entry of the trail: {message.text[:60]!r}"
        elif entry.request is not None and message.thread_ts is None:
            yield from _card(now, entry, message.text, buttons(message))
    yield from _threads(now)


def _card(now: Picture, entry: Told, text: str, standing: dict[str, str]) -> Iterator[str]:
    assert entry.request is not None
    status, digest = now.stories[entry.request].then[entry.seq]
    first, *_, last = text.replace(f"\n{REPEATED}", "").splitlines()
    if not any(words in first for words in HEADLINES[status]):
        yield f"Channel: the card of #{entry.seq} says {first!r}, it was {status}"
    if not last.endswith(f"#{entry.seq}"):
        yield f"Channel: the card of #{entry.seq} ends with {last!r}"
    if ("approve" in standing) != (status == PENDING):
        yield f"Channel: the card of #{entry.seq}, {status}, has the buttons {sorted(standing)}"
    if standing.get("approve", f"{entry.request}.{digest}") != f"{entry.request}.{digest}":
        yield f"Channel: the card of #{entry.seq} carries other terms than it shows"


def _threads(now: Picture) -> Iterator[str]:
    """Replies stand in order, each once, but for repeats that say so."""
    for card in now.stage.crowd.cards():
        replies = [reply for reply in now.stage.slack.thread(NUMBERS, card.ts) if REPEAT not in reply.text]
        told = [mark for mark in map(mark_of, replies) if mark is not None]
        if told != sorted(set(told)):
            yield f"Channel: a thread tells {[seq for seq, _ in told]}"


CHECKS: tuple[Callable[[Picture], Iterator[str]], ...] = (
    seen_by_the_witness,
    the_bot_expected_everything,
    the_chain_is_whole,
    the_trail_tells_the_state,
    one_open_request_a_number,
    one_sale_is_credited_once,
    nothing_is_frozen_and_goes_on,
    reservations_are_what_states_say,
    the_month_adds_up,
    failed_is_true,
    failed_is_not_said_early,
    nobody_is_charged_twice,
    slack_shows_what_was_so,
)


def broken(stage: Stage) -> list[str]:
    """Every sentence of every check."""
    stage.witness.notice()
    now = Picture(stage)
    return [sentence for check in CHECKS for sentence in check(now)]


def total(rows: list[LedgerRow]) -> Decimal:
    return sum((row.amount for row in rows), Decimal(0))
