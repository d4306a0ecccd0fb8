"""Debits: what one sweep read at the provider, and what of it is about which attempt.

Counted in a read, before anything is locked; what follows from it is another transaction's (`compare.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.attempt import DEFINITE, Attempt
from bot.domain.explaining import CLOCK_MARGIN, Known, Ledger
from bot.domain.ledger import LedgerEntry, is_one_charge, total
from bot.domain.money import Money
from bot.domain.numbers import E164, OwnedNumber
from bot.domain.request import PurchaseRequest
from bot.services.buy.credit import claimant, sold_before
from bot.services.reconcile.look import expected_of, known_numbers
from bot.services.unit import Unit
from bot.store import attempts, findings, requests

WATCHED_FOR = timedelta(days=7)
"""How long after a call its number and its debits are compared; later changes are made by people."""

Debits = tuple[LedgerEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What one sweep read; `ledger` is `None` for an account that may not read its own, or while it is unread."""

    own: Mapping[E164, OwnedNumber]
    ledger: Ledger | None
    is_ledger_unread: bool
    """It could not be read this time: what needs it waits."""
    written_off: frozenset[str]
    """What the ledger was counted without."""
    silent: Debits
    """The rows that tell nothing, so that each may be any charge."""
    unread_rows: int
    """How many rows could not be read in full."""
    unread_since: datetime | None
    """What was settled from then on was settled without the ledger."""
    began: datetime
    """What follows from it is as of then: the provider may have gone on since."""

    def bought_by(self, account: str, number: E164) -> OwnedNumber | None:
        """The number, unless another account is stated as its owner: that is nothing our call bought."""
        owned = self.own.get(number)
        return owned if owned is not None and owned.may_be_of(account) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What a sweep shows of one attempt, and the attempts for its number that this was counted from."""

    attempt: Attempt
    tried: list[Attempt]
    """Newest first."""
    sale: Attempt | None = None
    """Another attempt's, from within the hour before this one or from after it: its charge is among the debits."""
    debits: Debits | None = ()
    """Those that only this attempt would explain, or that are more than the other sale's; `None` for an unread ledger.
    Empty for one with a definite answer and no other sale.

    All of the time since the earlier of two sales for an attempt that is one of them.
    """
    named: Debits = ()
    """Those that name the number in the days that are the attempt's: next month's rental is not among them."""
    silent: Debits = ()
    """The rows of its days that tell nothing: while it is unsettled each may be its charge, and people have to say."""

    surplus: Debits = ()
    """Of a sale, the rows when they are more than one purchase's, without those that were given up.

    Two rows of INR 100.00 and 1.00 for a sale of 100 + 1 are one purchase's; two of INR 101.00 are both surplus.
    """

    @property
    def standing(self) -> Debits:
        """Those that name it, without those that were given up."""
        return tuple(row for row in self.named if row.id not in self.attempt.written_off)

    @property
    def is_sold_twice(self) -> bool:
        """Of a sale: was the number sold within the hour before as well, and nobody has acknowledged that?

        Both answers said so, whatever the ledger shows: one number cannot be bought twice, and was paid for twice.
        """
        sale = self.sale
        return sale is not None and sale.entry < self.attempt.entry and self.attempt.confirmed_at is None

    def is_over(self, swept: Swept) -> bool:
        """Does nothing follow? Then nothing is locked.

        It is settled as a failure, and nothing is to be seen of it, or what is seen a later attempt answers for; or it
        is a sale that was seen among our own, and the ledger shows what is known of its charge, or nothing.
        """
        attempt = self.attempt
        if attempt.settled_at is None or attempt.alerted_at is not None:
            return False
        if attempt.ending.is_sale:
            is_seen, charged = attempt.confirmed_at is not None, total(self.named)
            return is_seen and not self.surplus and charged in (None, attempt.charged)
        is_ours, newest = attempt.e164 in swept.own, claimant(self.tried)
        if attempt.ending in DEFINITE:
            return is_ours or self.sale is not None or not self.standing
        return newest != attempt or not (self.debits or is_ours)


def sort_out(
    unit: Unit,
    compared: Sequence[Attempt],
    own: Mapping[E164, OwnedNumber],
    rows: Sequence[LedgerEntry] | None,
    since: datetime,
    began: datetime,
    *,
    is_ledger_unread: bool = False,
) -> Swept:
    """What was read, the ledger's rows by the numbers that they name: ours, and those that the bot tried to buy."""
    written_off = attempts.all_written_off(unit.connection)
    known = [Known(number=attempt.e164, number_id=attempt.number_id) for attempt in compared]
    known += known_numbers(unit.connection, own.values(), since)
    ledger = None if rows is None else Ledger(rows, known, written_off)
    return Swept(
        own=own,
        ledger=ledger,
        is_ledger_unread=is_ledger_unread,
        written_off=written_off,
        silent=tuple(row for row in rows or () if row.tells_nothing and row.id not in written_off),
        unread_rows=sum(not row.is_whole for row in rows or ()),
        unread_since=findings.sweeping(unit.connection).unread_since,
        began=began,
    )


def weigh(unit: Unit, some: Sequence[Attempt], swept: Swept) -> list[Weighed]:
    """Counts what the sweep shows of each of these, a few hundred at most, as they stand by now."""
    tried = attempts.of_numbers(unit.connection, [attempt.e164 for attempt in some])
    weighed = []
    for attempt in some:
        of_number = tried[attempt.e164]
        present = next(one for one in of_number if one.id == attempt.id)
        weighed.append(Weighed(attempt=present, tried=of_number, sale=_other_sale(present, of_number)))
    about = {one.attempt.request for one in weighed} | {one.sale.request for one in weighed if one.sale is not None}
    asked = requests.among(unit.connection, about)
    return [_counted(one, asked, swept) for one in weighed]


def _counted(weighed: Weighed, asked: Mapping[str, PurchaseRequest], swept: Swept) -> Weighed:
    attempt, tried, request = weighed.attempt, weighed.tried, asked.get(weighed.attempt.request)
    if swept.ledger is None or request is None:
        return replace(weighed, debits=None)
    since, until = watched_from(attempt, tried), _watched_until(attempt, tried)
    named = tuple(swept.ledger.naming(attempt.e164, since, until, also=attempt.written_off))
    until_then = attempt.recorded_at + WATCHED_FOR
    takes_undated = until_then >= swept.began or is_awaited(attempt, swept.unread_since)
    expected = replace(expected_of(attempt, request.terms), until=until_then, takes_undated=takes_undated)
    if weighed.sale is not None:
        expected = replace(expected, since=min(attempt.recorded_at, weighed.sale.recorded_at))
    is_answered = attempt.ending.is_sale or attempt.ending in DEFINITE
    debits = () if is_answered and weighed.sale is None else swept.ledger.unexplained(expected)
    earliest = attempt.recorded_at - CLOCK_MARGIN
    silent = tuple(row for row in swept.silent if row.at is None or earliest <= row.at <= expected.until)
    if weighed.sale is not None and not attempt.ending.is_sale:
        in_time = tuple(row for row in debits if row.at is None or row.at <= expected.until)
        debits = beside_sale(weighed.sale, asked.get(weighed.sale.request), in_time)
    weighed = replace(weighed, debits=debits, named=named, silent=silent if attempt.is_unsettled else ())
    return replace(weighed, surplus=_surplus(weighed, request)) if attempt.ending.is_sale else weighed


def _surplus(weighed: Weighed, request: PurchaseRequest) -> Debits:
    if weighed.is_sold_twice:
        return weighed.debits or ()
    is_one = len(weighed.named) < 2 or is_one_charge(weighed.named, price(weighed.attempt, request))
    return () if is_one else weighed.standing


def is_awaited(attempt: Attempt, unread_since: datetime | None) -> bool:
    """May its money still turn up, however long ago it was made?"""
    settled_at = attempt.settled_at
    is_unread = settled_at is not None and unread_since is not None and settled_at >= unread_since
    return settled_at is None or attempt.alerted_at is not None or is_unread


def watched_from(attempt: Attempt, tried: Sequence[Attempt]) -> datetime:
    """From when on the debits for its number are the attempt's to explain: those of earlier attempts are, too.

    Tried on the 1st, bought on the 3rd, let go, tried on the 5th: the last one's from the 5th on, because what was
    charged before the number was sold the last time is that sale's. Without that sale, from the 1st on.
    """
    oldest = attempt.recorded_at
    for other in tried:
        if other.entry >= attempt.entry:
            continue
        if other.ending.is_sale or attempt.recorded_at - other.recorded_at > WATCHED_FOR:
            break
        oldest = other.recorded_at
    return oldest


def beside_sale(sale: Attempt, bought: PurchaseRequest | None, debits: Debits) -> Debits:
    """The debits for a number that its sale, by that request, does not explain.

    One row of INR 101.00 for a sale of 100 + 1 is the sale's own, so nothing is left; two such rows are both left,
    because nobody can tell which of them is too many.
    """
    if bought is None or not is_one_charge(debits, price(sale, bought)):
        return debits
    return ()


def price(sale: Attempt, bought: PurchaseRequest) -> Money:
    """What a sale was to cost: the fees that the provider stated for it, else those that were approved."""
    return (sale.number and sale.number.charge) or bought.terms.charge


def _other_sale(attempt: Attempt, tried: Sequence[Attempt]) -> Attempt | None:
    newest = claimant(tried)
    if newest is not None and newest.ending.is_sale and newest.entry > attempt.entry:
        return newest
    return sold_before(attempt, tried)


def _watched_until(attempt: Attempt, tried: Sequence[Attempt]) -> datetime:
    """Days later, or when a later attempt for the number takes over.

    One that was definitely refused takes nothing over from a sale: what is charged for it the sale tells of.
    """
    until, later = attempt.recorded_at + WATCHED_FOR, [other for other in tried if other.entry > attempt.entry]
    if not attempt.ending.is_sale:
        return min([until, *(other.recorded_at for other in later)])
    return min([until, *(other.recorded_at - CLOCK_MARGIN for other in later if other.ending not in DEFINITE)])
