"""The provider's ledger as evidence: which debits explain themselves, and which nobody can explain.

Sizes repeat, so a debit is explained first and suspected last (source: the provider's pages on transactions, which do
not promise that a row names its number). Knows nothing of how rows are read, or of what follows from a debit.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Final

from bot.domain.money import Money
from bot.domain.numbers import E164

TAX_MARGIN: Final = Decimal("0.30")
"""Taxes may come on top of a listed fee; no country's sales tax is higher than 27 %."""

CLOCK_MARGIN: Final = timedelta(minutes=2)
"""How far the provider's clock may be behind ours; its rows are stamped by it."""

_PURCHASE, _RENTAL = "did_purchase", "did_rental"
_NEVER_HAPPENED: Final = frozenset({"failed", "cancelled", "canceled", "reversed", "declined"})
_GIVES_BACK: Final = frozenset({"credit", "refund", "reversal"})
_PLUS_NUMBER = re.compile(r"\+([1-9][0-9]{6,14})(?![0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One transaction. `None` where the provider left a value out or wrote one that cannot be read."""

    id: str
    at: datetime | None
    """When the provider wrote it, on its own clock."""
    account: str | None
    kind: str | None
    """`debit`, `credit`, …"""
    amount: Money | None
    """As the row states it, its sign included; the editions show debits without one."""
    description: str | None
    reference: str | None
    reference_type: str | None
    status: str | None

    @property
    def is_number_charge(self) -> bool:
        """A number's setup fee or monthly fee (source: `reference_type`, or `type` in one edition)."""
        is_charge = _PURCHASE in self._types or _RENTAL in self._types
        return is_charge and not self.gives_back and (self.status or "").lower() not in _NEVER_HAPPENED

    @property
    def is_rental(self) -> bool:
        return _RENTAL in self._types

    @property
    def gives_back(self) -> bool:
        """Money that comes in: a refund, or what somebody paid in."""
        return (self.kind or "").lower() in _GIVES_BACK

    def may_refund(self, charge: "LedgerEntry") -> bool:
        """Whether it says that it gives this charge back: money paid in may be of any size, and is no refund."""
        is_earlier = self.at is not None and charge.at is not None and self.at < charge.at
        if is_earlier or _size(self) is None or _size(self) != _size(charge):
            return False
        says_so = any(word in f"{self._words} {self._types}".lower() for word in ("refund", "revers"))
        return says_so or _PURCHASE in self._types or _RENTAL in self._types or self.shares_words_with(charge)

    def shares_words_with(self, other: "LedgerEntry") -> bool:
        """Whether description or reference are the same."""
        return bool({self.description, self.reference} & {other.description, other.reference} - {None, ""})

    def names(self, number: E164, number_id: str | None = None) -> bool:
        """Whether the row says it is about this number: its digits or `number_id` in description or reference."""
        by_digits = re.search(rf"(?<![0-9])0*{number.removeprefix('+')}(?![0-9])", self._words)
        return bool(by_digits or (number_id and re.search(rf"(?<!\w){re.escape(number_id)}(?!\w)", self._words)))

    def names_another_than(self, number: E164) -> bool:
        """Whether a number in E.164 form with its plus sign stands there, and not this one."""
        return any(digits != number.removeprefix("+") for digits in _PLUS_NUMBER.findall(self._words))

    @property
    def _types(self) -> tuple[str | None, str | None]:
        return self.reference_type, self.kind

    @property
    def _words(self) -> str:
        return f"{self.description or ''} {self.reference or ''}"


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


def suspects(entries: Iterable[LedgerEntry], expected: Expected, written_off: frozenset[str]) -> list[LedgerEntry]:
    """The number charges since then that are neither refunded, written off, nor plainly another number's.

    When any of them names the expected number, the others are not about it.
    """
    charges = _charges(entries, expected, written_off)
    named = [row for row in charges if row.names(expected.number, expected.number_id)]
    return named or [row for row in charges if not row.names_another_than(expected.number)]


def unexplained(
    entries: Iterable[LedgerEntry], expected: Expected, others: Sequence[Other], written_off: frozenset[str]
) -> tuple[LedgerEntry, ...]:
    """Of the suspects those that no other number explains and that are about the size of the expected charge.

    A purchase is debited in one row or in two. Of both, that is believed which leaves the fewest rows without a cause
    once this purchase is among the causes; when the other numbers alone explain as many, nothing is left. A row whose
    amount cannot be read counts: nothing says that it is not the one.
    """
    rows = list(entries)
    found = suspects(rows, expected, written_off)
    if any(row.names(expected.number, expected.number_id) for row in found):
        return tuple(found)
    silent = _not_named(others, _charges(rows, expected, written_off))
    left = [row for row in found if not any(row.names(other.number, other.number_id) for other in others)]
    doubtful = _of_about_its_size(left, expected)
    in_order = sorted(left, key=lambda row: row in doubtful)
    best, ours, by_others = 0, tuple[LedgerEntry, ...](), 0
    for parts in (1, 2):
        unclaimed = _unclaimed(in_order, _dues(silent, parts))
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
    left = _not_refunded(charges, [row for row in rows if row.gives_back])
    silent = _not_named(own, left)
    left = [row for row in left if not any(row.names(number.number, number.number_id) for number in own)]
    one, two = (_unclaimed(left, _dues(silent, parts)) for parts in (1, 2))
    return tuple(one if len(one) <= len(two) else two)


def total(rows: Sequence[LedgerEntry]) -> Money | None:
    """What the rows debit together; `None` when one cannot be read or they have several currencies."""
    amounts = [row.amount for row in rows]
    known = [_positive(amount) for amount in amounts if amount is not None]
    if not known or len(known) < len(amounts) or len({amount.currency for amount in known}) > 1:
        return None
    return sum(known[1:], known[0])


def is_about(amount: Money | None, fee: Money) -> bool:
    """The fee, or the fee with taxes on top."""
    if amount is None:
        return True
    least, most = _range(fee)
    return amount.currency == fee.currency and least <= abs(amount.amount) <= most


def _charges(entries: Iterable[LedgerEntry], expected: Expected, written_off: frozenset[str]) -> list[LedgerEntry]:
    rows = [row for row in entries if row.at is None or row.at >= expected.since - CLOCK_MARGIN]
    charges = [row for row in rows if row.is_number_charge and row.id not in written_off]
    return _not_refunded(charges, [row for row in rows if row.gives_back])


def _not_refunded(charges: list[LedgerEntry], refunds: list[LedgerEntry]) -> list[LedgerEntry]:
    """Each refund takes one charge of its size away, one that shares its words first."""
    left = list(charges)
    for refund in refunds:
        given_back = [row for row in left if refund.may_refund(row)]
        given_back.sort(key=lambda row: not refund.shares_words_with(row))
        if given_back:
            left.remove(given_back[0])
    return left


def _not_named(numbers: Sequence[Other], charges: Sequence[LedgerEntry]) -> list[Other]:
    """Those that may have caused a row that names nobody: the rows of the others name them."""
    return [number for number in numbers if not any(row.names(number.number, number.number_id) for row in charges)]


@dataclass(frozen=True, slots=True)
class _Due:
    """One row that a number may have caused, between the fee and the fee with taxes."""

    least: Decimal
    most: Decimal
    currency: str
    is_rental: bool

    def may_be(self, row: LedgerEntry) -> bool:
        """An unreadable amount is never explained away."""
        if row.amount is None or (self.is_rental and not row.is_rental):
            return False
        return row.amount.currency == self.currency and self.least <= abs(row.amount.amount) <= self.most


def _dues(numbers: Sequence[Other], parts: int) -> list[_Due]:
    """What the numbers may have been charged, each purchase in so many rows; nothing where a fee is not known."""
    found = list[tuple[Money, bool]]()
    for number in numbers:
        setup, monthly = number.setup_fee, number.monthly_fee
        if monthly is not None and not number.is_new:
            found.append((monthly, True))
        elif monthly is not None and setup is not None:
            found += [(fee, False) for fee in ([setup + monthly] if parts == 1 else [setup, monthly])]
    return [_Due(*_range(fee), fee.currency, is_rental) for fee, is_rental in found if fee.amount]


def _unclaimed(rows: Sequence[LedgerEntry], dues: Sequence[_Due]) -> list[LedgerEntry]:
    """The rows that stay when the dues claim as many as they can, one each; where there is a choice, the last rows.

    A maximum matching by augmenting paths: a row that is claimed once stays claimed, by one due or another.
    """
    fitting = [[due for due in range(len(dues)) if dues[due].may_be(row)] for row in rows]
    claimed = dict[int, int]()
    for row in range(len(rows)):
        _claim(row, fitting, claimed)
    return [row for number, row in enumerate(rows) if number not in claimed]


def _claim(row: int, fitting: Sequence[Sequence[int]], claimed: dict[int, int]) -> None:
    """Finds a due for the row, moving claimed rows to other dues on the way; `claimed` is the due by row."""
    held = {due: other for other, due in claimed.items()}
    wanted_by = dict[int, int]()
    waiting = [row]
    for wanting in waiting:
        for due in fitting[wanting]:
            if due in wanted_by:
                continue
            wanted_by[due] = wanting
            if due in held:
                waiting.append(held[due])
                continue
            free: int | None = due
            while free is not None:
                mover, taken = wanted_by[free], free
                free = claimed.get(mover)
                claimed[mover] = taken
            return


def _of_about_its_size(rows: Sequence[LedgerEntry], expected: Expected) -> tuple[LedgerEntry, ...]:
    """Rows that may be the charge or a part of it, and two that may be it together: a tax has its own row at times."""
    charge = expected.charge
    fees = [fee for fee in (charge, expected.setup_fee, expected.monthly_fee) if fee.amount]
    found = [row for row in rows if any(is_about(row.amount, fee) for fee in fees)]
    least, most = _range(charge)
    sizes = [(row, abs(row.amount.amount)) for row in rows if row.amount and row.amount.currency == charge.currency]
    for (one, size), (other, rest) in combinations(sizes, 2):
        if least <= size + rest <= most:
            found += [one, other]
    return tuple(dict.fromkeys(found))


def _range(fee: Money) -> tuple[Decimal, Decimal]:
    """The fee, and the fee with all taxes that there may be."""
    return fee.amount, fee.amount * (1 + TAX_MARGIN)


def _size(row: LedgerEntry) -> Money | None:
    return None if row.amount is None else _positive(row.amount)


def _positive(amount: Money) -> Money:
    return Money(abs(amount.amount), amount.currency)
