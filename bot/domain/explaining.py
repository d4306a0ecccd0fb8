"""Explaining debits: which of them explain themselves, and which nobody can explain.

Sizes repeat, so a debit is explained first and suspected last (source: the provider's pages on transactions, which do
not promise that a row names its number).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Final

from bot.domain.ledger import LedgerEntry, is_about, with_taxes
from bot.domain.matching import unmatched
from bot.domain.money import Money
from bot.domain.numbers import E164

CLOCK_MARGIN: Final = timedelta(minutes=2)
"""How far the provider's clock may be behind ours; its rows are stamped by it."""

_BILLED_WITHIN: Final = timedelta(days=1)
"""A month is charged that long after its billing date, which may come without a time of day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The debits that one purchase would leave behind, made at `since` or later by our clock."""

    number: E164
    number_id: str | None
    setup_fee: Money
    monthly_fee: Money
    since: datetime

    @property
    def charge(self) -> Money:
        return self.setup_fee + self.monthly_fee


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another number whose charges stand in the same ledger. Fees are `None` where the provider left them out."""

    number: E164
    number_id: str | None
    setup_fee: Money | None
    monthly_fee: Money | None
    is_new: bool
    """Bought in the time that is looked at: its setup fee and first month explain debits, otherwise its rental one."""
    billed_at: tuple[datetime, ...] = ()
    """The billing dates that the provider states for it, the last and the next."""

    def is_billed_for(self, row: LedgerEntry, *, since: datetime | None = None) -> bool:
        """Whether it had a billing date shortly before the row, or at `since` or later before the row."""
        if row.at is None:
            return False
        earliest, latest = since or row.at - _BILLED_WITHIN, row.at + CLOCK_MARGIN
        return any(earliest <= date <= latest for date in self.billed_at)


def suspects(
    entries: Iterable[LedgerEntry], expected: Expected, written_off: frozenset[str], others: Sequence[Other] = ()
) -> list[LedgerEntry]:
    """The number charges since then that are neither refunded, written off, nor plainly another number's.

    When any of them names the expected number, the others are not about it: of two rows of INR 101.00, one of which
    names it, only that one is left, and both when neither names anybody. Without `others` a refund that names one of
    them by the provider's id counts as one that names nobody.
    """
    rows = list(entries)
    charges = _not_refunded(_charges(rows, expected, written_off), rows, [expected, *others], expected.number)
    named = [row for row in charges if _names(row, expected)]
    return named or [row for row in charges if not row.names_another_than(expected.number)]


def unexplained(
    entries: Iterable[LedgerEntry], expected: Expected, others: Sequence[Other], written_off: frozenset[str]
) -> tuple[LedgerEntry, ...]:
    """Of the suspects those that no other number explains and that are about the size of the expected charge.

    A purchase is debited in one row or in two. Of both, that is believed which leaves the fewest rows without a cause
    once this purchase is among the causes; when the other numbers alone explain as many, nothing is left. With INR
    101.00 expected, and another new number at 100 + 1, one silent row of 101.00 is that number's; of two, one is left.
    A row whose amount cannot be read counts: nothing says that it is not the one.
    """
    rows = list(entries)
    found = suspects(rows, expected, written_off, others)
    if any(_names(row, expected) for row in found):
        return tuple(found)
    silent = _not_named(others, _charges(rows, expected, written_off))
    left = [row for row in found if not any(_names(row, other) for other in others)]
    doubtful = _of_about_its_size(left, expected)
    in_order = sorted(left, key=lambda row: row in doubtful)
    best, ours, by_others = 0, tuple[LedgerEntry, ...](), 0

    def fits(row: LedgerEntry, due: _Due) -> bool:
        """A month that may be the whole expected charge as well is an older number's only when that was billed."""
        older, since = due.month_of, expected.since - CLOCK_MARGIN
        return older is None or not is_about(row.amount, expected.charge) or older.is_billed_for(row, since=since)

    for parts in (1, 2):
        unclaimed = _unclaimed(in_order, _dues(silent, parts), fits)
        explained = len(left) - len(unclaimed)
        by_others = max(by_others, explained)
        rest = _of_about_its_size([row for row in left if row in unclaimed], expected)
        if explained + min(len(rest), parts) > best:
            best, ours = explained + min(len(rest), parts), rest
    return ours if best > by_others else ()


def strays(
    entries: Iterable[LedgerEntry], own: Sequence[Other], written_off: frozenset[str]
) -> tuple[LedgerEntry, ...]:
    """Number charges that none of our own numbers explains, whatever they were for."""
    rows = list(entries)
    charges = [row for row in rows if row.is_number_charge and row.id not in written_off]
    left = [row for row in _not_refunded(charges, rows, own) if not any(_names(row, number) for number in own)]
    silent = _not_named(own, charges)

    def fits(row: LedgerEntry, due: _Due) -> bool:
        older = due.month_of
        return older is None or not older.billed_at or older.is_billed_for(row)

    one, two = (_unclaimed(left, _dues(silent, parts), fits) for parts in (1, 2))
    return tuple(one if len(one) <= len(two) else two)


def _charges(entries: Iterable[LedgerEntry], expected: Expected, written_off: frozenset[str]) -> list[LedgerEntry]:
    rows = [row for row in entries if row.at is None or row.at >= expected.since - CLOCK_MARGIN]
    return [row for row in rows if row.is_number_charge and row.id not in written_off]


def _not_refunded(
    charges: list[LedgerEntry],
    rows: Iterable[LedgerEntry],
    known: Sequence[Expected | Other],
    expected: E164 | None = None,
) -> list[LedgerEntry]:
    """Each refund among the rows takes one charge of its size away, one that shares its words first."""
    left = list(charges)
    for refund in [row for row in rows if row.gives_back]:
        given_back = [row for row in left if refund.may_refund(row) and _are_for_one(refund, row, known, expected)]
        given_back.sort(key=lambda row: not refund.shares_words_with(row))
        if given_back:
            left.remove(given_back[0])
    return left


def _are_for_one(
    refund: LedgerEntry, charge: LedgerEntry, known: Sequence[Expected | Other], expected: E164 | None
) -> bool:
    """Whether both may be about one number.

    A charge that names nobody may be the expected one, and then no refund of another number is its. One that names a
    number is told by its reference from what other purchases left, whose words may be the same.
    """
    refunded, charged = _named(refund, known), _named(charge, known)
    if refunded is None and charged is not None:
        return bool(refund.reference) and refund.reference == charge.reference
    return refunded == charged or (charged is None and refunded == expected)


def _names(row: LedgerEntry, number: Expected | Other) -> bool:
    return row.names(number.number, number.number_id)


def _named(row: LedgerEntry, numbers: Iterable[Expected | Other]) -> E164 | None:
    """The number it names: one of these, or else the first in E.164 form; `None` when it names nobody."""
    known = [number.number for number in numbers if _names(row, number)]
    return next(iter([*known, *row.written_numbers]), None)


def _not_named(numbers: Sequence[Other], charges: Sequence[LedgerEntry]) -> list[Other]:
    """Those that may have caused a row that names nobody: the rows of the others name them."""
    return [number for number in numbers if not any(_names(row, number) for row in charges)]


@dataclass(frozen=True, slots=True)
class _Due:
    """One row that a number may have caused, between the fee and the fee with taxes."""

    least: Decimal
    most: Decimal
    currency: str
    month_of: Other | None
    """The older number whose month it would be; `None` for what a purchase leaves behind."""

    def may_be(self, row: LedgerEntry) -> bool:
        """An unreadable amount is never explained away."""
        if row.amount is None or (self.month_of is not None and not row.is_rental):
            return False
        return row.amount.currency == self.currency and self.least <= abs(row.amount.amount) <= self.most


def _dues(numbers: Sequence[Other], parts: int) -> list[_Due]:
    """What the numbers may have been charged, each purchase in so many rows; nothing where a fee is not known."""
    found = list[tuple[Money, Other | None]]()
    for number in numbers:
        setup, monthly = number.setup_fee, number.monthly_fee
        if monthly is not None and not number.is_new:
            found.append((monthly, number))
        elif monthly is not None and setup is not None:
            found += [(fee, None) for fee in ([setup + monthly] if parts == 1 else [setup, monthly])]
    return [_Due(*with_taxes(fee), fee.currency, month_of) for fee, month_of in found if fee.amount]


Fits = Callable[[LedgerEntry, _Due], bool]


def _unclaimed(rows: Sequence[LedgerEntry], dues: Sequence[_Due], fits: Fits) -> list[LedgerEntry]:
    """The rows that stay when the dues claim as many as they can, one each; where there is a choice, the last rows."""
    fitting = [[no for no, due in enumerate(dues) if due.may_be(row) and fits(row, due)] for row in rows]
    return [rows[no] for no in unmatched(fitting)]


def _of_about_its_size(rows: Sequence[LedgerEntry], expected: Expected) -> tuple[LedgerEntry, ...]:
    """Rows that may be the charge or a part of it, and two that may be it together: a tax has its own row at times."""
    charge = expected.charge
    fees = [fee for fee in (charge, expected.setup_fee, expected.monthly_fee) if fee.amount]
    found = [row for row in rows if any(is_about(row.amount, fee) for fee in fees)]
    least, most = with_taxes(charge)
    sizes = [(row, abs(row.amount.amount)) for row in rows if row.amount and row.amount.currency == charge.currency]
    for (one, size), (other, rest) in combinations(sizes, 2):
        if least <= size + rest <= most:
            found += [one, other]
    return tuple(dict.fromkeys(found))
