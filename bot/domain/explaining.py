"""Explaining debits: which rows of a ledger explain themselves, and which nobody can explain.

The rule can be followed by hand, for one number that may have been charged or for all of them:

1. A row that names a number belongs to it. A refund takes away a charge of its size: one for the number that it names,
   or the only one with its reference.
2. Rows that name nobody are crossed out, the largest first, by the fees of the numbers that no row names: those bought
   since for their purchase, the others for a month. A purchase is one row; it is two where two rows are its two fees at
   one rate of tax (118.00 and 1.18 for 100 + 1, and not 600 and 100 for 500 + 100). Each fee crosses out one row, of
   its size with room for taxes, on its day or the day after; each row is crossed out by the largest fee that may be it.
   What may be all of the charge that is asked about is crossed out only by what was due since then and before it.
3. What is left over is a question for people; of rows alike, the newest.

In doubt a debit is unexplained (source: the provider's pages on transactions, which do not promise that a row names its
number).
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from bot.domain.ledger import LedgerEntry, marks_of, with_taxes
from bot.domain.money import Money
from bot.domain.numbers import E164

CLOCK_MARGIN: Final = timedelta(minutes=2)
"""How far the provider's clock may be behind ours; its rows are stamped by it."""

LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_EVER: Final = datetime.max.replace(tzinfo=UTC)

CENT: Final = Decimal("0.01")

_Charge = tuple[LedgerEntry, list[E164]]
"""A row, and whom it names."""

_Size = tuple[str, Decimal]
"""A currency and an amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The debits that one purchase would leave behind: what names nobody from `since` to `until` by our clock."""

    number: E164
    charge: Money
    since: datetime
    until: datetime = _EVER
    takes_undated: bool = True
    """Whether what names nobody and has no time may be of then."""

    def may_be(self, row: LedgerEntry) -> bool:
        """The charge with taxes, or a part of it. An amount that cannot be read may be any."""
        if row.at is None and not self.takes_undated:
            return False
        if row.size is None:
            return True
        return row.size.currency == self.charge.currency and row.size.amount <= with_taxes(self.charge.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A number whose charges may stand in the ledger. Fees are `None` where nobody stated them."""

    number: E164
    number_id: str | None
    setup_fee: Money | None = None
    monthly_fee: Money | None = None
    bought_at: datetime = LONG_AGO
    """Then it was charged both fees; a month if that was before the time looked at."""
    billed_at: tuple[datetime, ...] = ()
    """The billing dates that the provider states, past and next; where it states none, at any time."""


class _Due(NamedTuple):
    fee: Money
    at: datetime
    is_month: bool
    """Only a rental is one."""


class Ledger:
    """A ledger's number charges that were not refunded, each with the numbers it names."""

    def __init__(self, rows: Iterable[LedgerEntry], known: Sequence[Known], written_off: frozenset[str]) -> None:
        whose = {mark: one.number for one in known for mark in marks_of(one.number, one.number_id)}
        named = [(row, row.numbers(whose)) for row in sorted(rows, key=_time)]
        charges = [charge for charge in named if charge[0].is_number_charge]
        self._written_off = written_off
        self._charged_at = {number: _time(row) for row, numbers in charges for number in numbers}
        charges = _not_refunded(charges, [refund for refund in named if refund[0].gives_back])
        self._standing = [charge for charge in charges if charge[0].id not in written_off]
        self._silent = [row for row, numbers in self._standing if not numbers]
        self._due_on = _by_days(known) if self._silent else {}
        self._naming = defaultdict[E164, list[LedgerEntry]](list)
        for row, numbers in charges:
            for number in numbers:
                self._naming[number].append(row)

    def naming(
        self, number: E164, since: datetime, until: datetime = _EVER, also: frozenset[str] = frozenset()
    ) -> list[LedgerEntry]:
        """Those that name the number; of those that were written off only these `also`."""
        given_up = self._written_off - also
        return [row for row in _of_then(self._naming.get(number, []), since, until) if row.id not in given_up]

    def unexplained(self, expected: Expected) -> tuple[LedgerEntry, ...]:
        """Those that name the number; without one, those that no other number explains and that may be its charge.

        With INR 101.00 expected, and another number bought for 100 + 1 since then, one row of 101.00 that names nobody
        is that number's; of two, one is left.
        """
        if named := self.naming(expected.number, expected.since):
            return tuple(named)
        asked_about = _of_then(self._silent, expected.since, expected.until, undated=expected.takes_undated)
        if not any(map(expected.may_be, asked_about)):
            return ()
        return tuple(filter(expected.may_be, self._left_over(expected.since, expected)))

    def strays(self, own: Set[E164], since: datetime) -> list[LedgerEntry]:
        """Those since then that none of our own numbers explains, whatever they were for."""
        strangers = [row for row, named in self._standing if named and own.isdisjoint(named)]
        return [*_of_then(strangers, since, _EVER), *self._left_over(since)]

    def _left_over(self, since: datetime, expected: Expected | None = None) -> list[LedgerEntry]:
        """Whichever leaves less: every purchase in one row, or in two wherever these may be its fees."""
        silent = _of_then(self._silent, since, expected.until if expected else _EVER)
        if not silent:
            return []
        sizes = sorted({(row.size.currency, row.size.amount) for row in silent if row.size is not None})
        earliest = since - CLOCK_MARGIN
        days = {day for row in silent for day in _days_due(row)}
        due = {one.number: one for day in days for one in self._due_on.get(day, ())}.values()
        others = [one for one in due if self._charged_at.get(one.number, LONG_AGO) < earliest]
        readings = ([due for one in others for due in _dues(one, earliest, of, expected)] for of in ([], sizes))
        return min((_not_crossed_out(silent, dues, expected) for dues in readings), key=len)


def _by_days(known: Iterable[Known]) -> dict[int, list[Known]]:
    """Those whose fees are known, by the days on which any may have been due."""
    due_on = defaultdict[int, list[Known]](list)
    for one in known:
        if one.monthly_fee is not None:
            bought_at = max(one.bought_at, LONG_AGO + CLOCK_MARGIN) - CLOCK_MARGIN
            for day in {_day(at) for at in (bought_at, *(one.billed_at or (LONG_AGO,)))}:
                due_on[day].append(one)
    return due_on


def _not_refunded(charges: Sequence[_Charge], refunds: Sequence[_Charge]) -> list[_Charge]:
    """Each charge, the oldest first, is given back by the oldest refund that may be its own.

    A reference that charges of one size share does not tell which of them it is.
    """
    given = defaultdict[tuple[Money | None, str], deque[datetime]](deque)
    for row, named in refunds:
        key = next(iter(named), row.reference)
        if key and row.size is not None and not row.never_happened:
            given[row.size, key].append(_time(row))
    alike = Counter((row.size, row.reference) for row, _ in charges)
    kept = list[_Charge]()
    for row, named in charges:
        keys = [*named[:1], row.reference if alike[row.size, row.reference] == 1 else None]
        lines = [given[row.size, key] for key in keys if key]
        for line in lines:
            while line and line[0] < _time(row):
                line.popleft()
        if any(lines):
            next(line for line in lines if line).popleft()
        else:
            kept.append((row, named))
    return kept


def _dues(one: Known, since: datetime, sizes: Sequence[_Size], expected: Expected | None) -> Iterator[_Due]:
    """What a number was to pay. A month that may be mistaken for all of the expected charge counts if billed since."""
    setup_fee, monthly_fee, billed_at = one.setup_fee, one.monthly_fee, one.billed_at or (LONG_AGO,)
    if monthly_fee is None or (expected is not None and one.number == expected.number):
        return
    if one.bought_at < since:
        is_less = expected is None or with_taxes(monthly_fee.amount) < expected.charge.amount
        yield from (_Due(monthly_fee, at, is_month=True) for at in billed_at if is_less or at >= since)
    elif setup_fee is not None:
        fees = [setup_fee, monthly_fee] if _is_in_two(setup_fee, monthly_fee, sizes) else [setup_fee + monthly_fee]
        yield from (_Due(fee, one.bought_at - CLOCK_MARGIN, is_month=False) for fee in fees)


def _is_in_two(setup_fee: Money, monthly_fee: Money, sizes: Sequence[_Size]) -> bool:
    """Are two rows these two fees, both with the same tax, each rounded to the cent?"""
    setup, month, currency = setup_fee.amount, monthly_fee.amount, setup_fee.currency
    if not setup or not month:
        return False
    for _, size in sizes[bisect_left(sizes, (currency, setup)) : bisect_right(sizes, (currency, with_taxes(setup)))]:
        least, most = (size - CENT) * month / setup - CENT, (size + CENT) * month / setup + CENT
        place = bisect_left(sizes, (currency, max(least, month)))
        if place < len(sizes) and sizes[place] <= (currency, most):
            return True
    return False


def _not_crossed_out(rows: Sequence[LedgerEntry], dues: Iterable[_Due], expected: Expected | None) -> list[LedgerEntry]:
    """A shelf holds the fees of one day; on top is the largest that rows may still be, of equal ones the oldest."""
    shelves = defaultdict[tuple[str, int, bool], list[_Due]](list)
    for due in sorted(dues, key=lambda due: (due.fee.amount, _EVER - due.at)):
        shelves[due.fee.currency, _day(due.at), due.is_month].append(due)
    crossed_out = set[int]()
    sized = [(row.size, _time(row), no) for no, row in enumerate(rows) if row.size is not None]
    for size, at, no in sorted(sized, key=lambda one: -one[0].amount):
        kinds, days = (True, False) if rows[no].is_rental else (False,), _days_due(rows[no])
        fitting = list[list[_Due]]()
        for shelf in [shelves.get((size.currency, day, is_month), []) for is_month in kinds for day in days]:
            while shelf and shelf[-1].fee.amount > size.amount:
                shelf.pop()
            is_due = shelf and (shelf[-1].at <= at or expected is None or size.amount < expected.charge.amount)
            if is_due and size.amount <= with_taxes(shelf[-1].fee.amount):
                fitting.append(shelf)
        if fitting:
            max(fitting, key=lambda shelf: shelf[-1].fee.amount).pop()
            crossed_out.add(no)
    return [row for no, row in enumerate(rows) if no not in crossed_out]


def _of_then(rows: list[LedgerEntry], since: datetime, until: datetime, *, undated: bool = True) -> list[LedgerEntry]:
    """Of rows in their order, those of that time and, with `undated`, those without one, which come last."""
    first, last = bisect_left(rows, since - CLOCK_MARGIN, key=_time), bisect_right(rows, until, key=_time)
    without_a_time = max(last, bisect_left(rows, _EVER, key=_time))
    return rows[first:last] + (rows[without_a_time:] if undated else [])


def _days_due(row: LedgerEntry) -> list[int]:
    """On which what explains the row was due: its own, the one before, or, for a month, one that nobody stated."""
    day = _day(_time(row))
    return [day - 1, day, *([_day(LONG_AGO)] if row.is_rental else [])]


def _day(at: datetime) -> int:
    return int(at.timestamp()) // 86400


def _time(row: LedgerEntry) -> datetime:
    return row.at or _EVER
