"""Explaining debits: which rows of a ledger explain themselves, and which nobody can explain.

The rule can be followed by hand. A row that names a number belongs to it. Rows that name nobody are counted: each
number that was bought in that time, or billed on that day or the day before, and that no row names, accounts for a row
of its size with room for taxes. What is more than that nobody can explain; of rows alike the newest are shown. In doubt
a debit is unexplained, and people are asked (source: the provider's pages on transactions, which do not promise that a
row names its number).
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from bot.domain.ledger import LedgerEntry, is_about, with_taxes
from bot.domain.money import Money
from bot.domain.naming import Names
from bot.domain.numbers import E164

CLOCK_MARGIN: Final = timedelta(minutes=2)
"""How far the provider's clock may be behind ours; its rows are stamped by it."""

_LONG_AGO, _EVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

_ANYBODY: Final = E164("")

_Charge = tuple[LedgerEntry, list[E164]]
"""A row, and whom it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The debits that one purchase would leave behind: what names nobody from `since` to `until` by our clock."""

    number: E164
    setup_fee: Money
    monthly_fee: Money
    since: datetime
    until: datetime = _EVER

    @property
    def charge(self) -> Money:
        return self.setup_fee + self.monthly_fee


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A number whose charges may stand in the ledger. Fees are `None` where nobody stated them."""

    number: E164
    number_id: str | None
    setup_fee: Money | None = None
    monthly_fee: Money | None = None
    bought_at: datetime | None = None
    """Or tried last: since then it was charged both fees, and a month if that was before the time looked at."""
    billed_at: tuple[datetime, ...] | None = None
    """The billing dates that the provider states, past and next; `None` where it states none: then at any time."""

    def dues(self, rows: int) -> list[Money]:
        """What its purchase costs in so many rows; nothing where a fee is not known."""
        if self.setup_fee is None or self.monthly_fee is None:
            return []
        fees = [self.setup_fee + self.monthly_fee] if rows == 1 else [self.setup_fee, self.monthly_fee]
        return [fee for fee in fees if fee.amount]


class Ledger:
    """A ledger's number charges that were not refunded, each with the numbers it names."""

    def __init__(self, rows: Iterable[LedgerEntry], known: Sequence[Known], written_off: frozenset[str]) -> None:
        names = Names((number.number, number.number_id) for number in known)
        in_order = sorted(rows, key=lambda row: row.at or _EVER)
        charges = [(row, names.of(row)) for row in in_order if row.is_number_charge]
        refunds = [(row, names.of(row)) for row in in_order if row.gives_back]
        self._known, self._written_off = known, written_off
        self._charged_at = {number: row.at or _EVER for row, named in charges for number in named}
        self._charges, self._refunds = _not_refunded(charges, refunds)
        self._naming = defaultdict[E164, list[LedgerEntry]](list)
        for row, named in self._charges:
            for number in named:
                self._naming[number].append(row)

    def naming(
        self, number: E164, since: datetime, until: datetime = _EVER, also: frozenset[str] = frozenset()
    ) -> list[LedgerEntry]:
        """Those that name the number; of those that were written off only these `also`."""
        given_up = self._written_off - also
        found = [row for row in self._naming.get(number, ()) if row.id not in given_up]
        return [row for row in found if row.at is None or since - CLOCK_MARGIN <= row.at <= until]

    def suspects(self, expected: Expected) -> list[LedgerEntry]:
        """Those that name the number; without one, those that name nobody."""
        if named := self.naming(expected.number, expected.since):
            return named
        left = [row for row, named in self._standing(expected.since, expected.until) if not named]
        for refund in self._refunds.get(expected.number, ()):
            given_back = next((row for row in left if refund.may_refund(row)), None)
            if given_back is not None:
                left.remove(given_back)
        return left

    def unexplained(self, expected: Expected) -> tuple[LedgerEntry, ...]:
        """Of the suspects those that no other number explains and that are about the size of the expected charge.

        With INR 101.00 expected, and another number bought for 100 + 1 since then, one row of 101.00 that names nobody
        is that number's; of two, one is left. A row whose amount cannot be read counts: it may be any.
        """
        found = self.suspects(expected)
        if self.naming(expected.number, expected.since):
            return tuple(found)
        doubtful = _of_about_its_size(found, expected)
        if not doubtful:
            return ()
        alike = set(doubtful)
        certain = [row for row in found if row not in alike]
        causes = self._causes(expected.since, expected)
        readings = [(causes.left(found, rows), causes.left(certain, rows)) for rows in (1, 2)]
        left, left_of_certain = min(readings, key=lambda reading: (len(reading[0]), len(reading[1])))
        explained = len(doubtful) - max(len(left) - len(left_of_certain), 0)
        return tuple(sorted(doubtful, key=set(left).__contains__)[explained:])

    def strays(self, own: Set[E164], since: datetime) -> list[LedgerEntry]:
        """Those since then that none of our own numbers explains, whatever they were for."""
        standing = self._standing(since)
        silent = [row for row, named in standing if not named]
        causes = self._causes(since)
        left = min((causes.left(silent, rows) for rows in (1, 2)), key=len)
        return [*(row for row, named in standing if named and own.isdisjoint(named)), *left]

    def _standing(self, since: datetime, until: datetime = _EVER) -> list[_Charge]:
        not_written_off = [charge for charge in self._charges if charge[0].id not in self._written_off]
        return [one for one in not_written_off if one[0].at is None or since - CLOCK_MARGIN <= one[0].at <= until]

    def _causes(self, since: datetime, expected: Expected | None = None) -> "_Causes":
        """The numbers that may have caused a row that names nobody: the rows of the others name them."""
        others = [number for number in self._known if expected is None or number.number != expected.number]
        earliest = since - CLOCK_MARGIN
        silent = [number for number in others if self._charged_at.get(number.number, _LONG_AGO) < earliest]
        return _Causes(silent, earliest, expected)


def _not_refunded(
    charges: Sequence[_Charge], refunds: Sequence[_Charge]
) -> tuple[list[_Charge], dict[E164, list[LedgerEntry]]]:
    """The charges that nothing gives back, and by their number the refunds of charges that do not name it.

    Each refund, the oldest first, takes the oldest charge of its size away that is for the same number, or for nobody
    as well, one that shares its words first. One that names nobody goes by its reference before all.
    """
    waiting = defaultdict[tuple[object, ...], deque[int]](deque)
    for no, (row, named) in enumerate(charges):
        whose = next(iter(named), None)
        for key in ((whose, row.reference), (whose, row.description), (whose, None), (_ANYBODY, row.reference)):
            waiting[row.size, *key].append(no)
    given_back, left_over = set[int](), defaultdict[E164, list[LedgerEntry]](list)
    for refund, named in refunds:
        whose = next(iter(named), None)
        alike = [(whose, word) for word in (refund.reference, refund.description) if word]
        if whose is None and refund.reference:
            alike.insert(0, (_ANYBODY, refund.reference))
        for key in (*alike, (whose, None)):
            line = waiting[refund.size, *key]
            while line and line[0] in given_back:
                line.popleft()
            if line and refund.may_refund(charges[line[0]][0]):
                given_back.add(line.popleft())
                break
        else:
            if whose is not None:
                left_over[whose].append(refund)
    return [charge for no, charge in enumerate(charges) if no not in given_back], left_over


def _of_about_its_size(rows: Sequence[LedgerEntry], expected: Expected) -> list[LedgerEntry]:
    """Rows that may be the charge or a part of it, and two that may be it together: a tax has its own row at times."""
    charge = expected.charge
    fees = [fee for fee in (charge, expected.setup_fee, expected.monthly_fee) if fee.amount]
    least, most = with_taxes(charge)
    sizes = sorted(row.size.amount for row in rows if row.size and row.size.currency == charge.currency)

    def is_half(size: Money | None) -> bool:
        if size is None or size.currency != charge.currency:
            return False
        others = bisect_right(sizes, most - size.amount) - bisect_left(sizes, least - size.amount)
        return others > (least <= 2 * size.amount <= most)

    return [row for row in rows if any(is_about(row.amount, fee) for fee in fees) or is_half(row.size)]


_Shelf = list[tuple[Decimal, int]]
"""Rows by size, each by its place among all."""

_Place = tuple[str, int | None, bool]
"""Where a rental's row is found: by currency, by day, and whether it may be all of the expected charge."""


class _Causes:
    """Numbers that account for rows that name nobody: those bought since for their fees, the others for a month."""

    def __init__(self, numbers: Sequence[Known], since: datetime, expected: Expected | None) -> None:
        self._since, self._expected = since, expected
        self._sales = [number for number in numbers if (number.bought_at or _LONG_AGO) >= self._since]
        older = [number for number in numbers if (number.bought_at or _LONG_AGO) < self._since]
        months = [(number.monthly_fee, number) for number in older if number.monthly_fee is not None]
        self._months = sorted(months, key=lambda month: _size(month[0]))

    def left(self, rows: Sequence[LedgerEntry], in_rows: int) -> list[LedgerEntry]:
        """The rows that are more than that, if a purchase is debited in so many.

        Smallest fee first, each takes the smallest row that fits.
        """
        left = set(range(len(rows)))
        all_rows, rentals = defaultdict[str, _Shelf](list), defaultdict[_Place, _Shelf](list)
        for no, row in enumerate(rows):
            if row.size is None:
                continue
            all_rows[row.size.currency].append((row.size.amount, no))
            if row.is_rental:
                day = None if row.at is None else _day(row.at)
                rentals[row.size.currency, day, self._is_whole(row)].append((row.size.amount, no))
        for shelf in (*all_rows.values(), *rentals.values()):
            shelf.sort()
        for fee, number in self._months:
            places = self._billed(number, fee.currency, rentals)
            any(_take(fee, rentals[place], left, rows, billed) for place, billed in places if place in rentals)
        for fee in sorted((fee for sale in self._sales for fee in sale.dues(in_rows)), key=_size):
            _take(fee, all_rows[fee.currency], left, rows)
        return [rows[no] for no in sorted(left)]

    def _is_whole(self, row: LedgerEntry) -> bool:
        """May it be all of the expected charge? Then it is a month only of a number that was billed since."""
        return self._expected is not None and is_about(row.amount, self._expected.charge)

    def _billed(self, number: Known, currency: str, rentals: Iterable[_Place]) -> list[tuple[_Place, datetime]]:
        """Where the row of its month may be, and from when on: on its billing date or the day after, or anywhere."""
        if number.billed_at is None:
            return [(place, _LONG_AGO) for place in rentals if place[0] == currency and not place[2]]
        found = list[tuple[_Place, datetime]]()
        for date in number.billed_at:
            for day in (_day(date), _day(date) + 1):
                found += [((currency, day, is_whole), date) for is_whole in {False, date >= self._since}]
        return found


def _day(at: datetime) -> int:
    return int(at.timestamp()) // 86400


def _size(fee: Money) -> Decimal:
    return fee.amount


def _take(fee: Money, shelf: _Shelf, left: set[int], rows: Sequence[LedgerEntry], since: datetime = _LONG_AGO) -> bool:
    """Takes the smallest row between the fee and the fee with taxes out of what is left; False when there is none."""
    least, most = with_taxes(fee)
    place = bisect_left(shelf, (least,))
    while place < len(shelf) and shelf[place][0] <= most:
        no = shelf[place][1]
        if no not in left:
            del shelf[place]
        elif (rows[no].at or since) >= since:
            left.remove(no)
            return True
        else:
            place += 1
    return False
