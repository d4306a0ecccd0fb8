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
        return is_charge and self.kind != "credit" and (self.status or "").lower() not in _NEVER_HAPPENED

    @property
    def is_rental(self) -> bool:
        return _RENTAL in self._types

    def names(self, number: E164, number_id: str | None = None) -> bool:
        """Whether the row says it is about this number: its digits or `number_id` in description or reference."""
        words = f"{self.description or ''} {self.reference or ''}"
        return number.removeprefix("+") in words or bool(number_id and number_id in words)

    def names_another_than(self, number: E164) -> bool:
        """Whether a number in E.164 form with its plus sign stands there, and not this one."""
        words = f"{self.description or ''} {self.reference or ''}"
        return any(digits != number.removeprefix("+") for digits in _PLUS_NUMBER.findall(words))

    @property
    def _types(self) -> tuple[str | None, str | None]:
        return self.reference_type, self.kind


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
    rows = [row for row in entries if row.at is None or row.at >= expected.since - CLOCK_MARGIN]
    charges = [row for row in rows if row.is_number_charge and row.id not in written_off]
    left = _not_refunded(charges, [row for row in rows if row.kind == "credit"])
    named = [row for row in left if row.names(expected.number, expected.number_id)]
    return named or [row for row in left if not row.names_another_than(expected.number)]


def unexplained(found: Sequence[LedgerEntry], expected: Expected, others: Sequence[Other]) -> tuple[LedgerEntry, ...]:
    """Of the suspects those that no other number explains and that are about the size of the expected charge.

    A row whose amount cannot be read counts: nothing says that it is not the one.
    """
    if any(row.names(expected.number, expected.number_id) for row in found):
        return tuple(found)
    left = [row for row in found if not any(row.names(other.number, other.number_id) for other in others)]
    for other in sorted(others, key=lambda other: not other.is_new):
        left = _less_explained_by(other, left)
    return _of_about_its_size(left, expected)


def strays(
    entries: Iterable[LedgerEntry], own: Sequence[Other], written_off: frozenset[str]
) -> tuple[LedgerEntry, ...]:
    """Number charges that none of our own numbers explains, whatever they were for."""
    rows = list(entries)
    charges = [row for row in rows if row.is_number_charge and row.id not in written_off]
    left = _not_refunded(charges, [row for row in rows if row.kind == "credit"])
    left = [row for row in left if not any(row.names(number.number, number.number_id) for number in own)]
    for number in sorted(own, key=lambda number: not number.is_new):
        left = _less_explained_by(number, left)
    return tuple(left)


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
    size = _positive(amount)
    return size.currency == fee.currency and fee.amount <= size.amount <= fee.amount * (1 + TAX_MARGIN)


def _not_refunded(charges: list[LedgerEntry], refunds: list[LedgerEntry]) -> list[LedgerEntry]:
    """Each refund takes one charge of its size away, one that shares its words first."""
    left = list(charges)
    for refund in refunds:
        words = {refund.description, refund.reference} - {None, ""}
        same = [row for row in left if _size(row) is not None and _size(row) == _size(refund)]
        same.sort(key=lambda row: not words & {row.description, row.reference})
        if same:
            left.remove(same[0])
    return left


def _less_explained_by(other: Other, rows: list[LedgerEntry]) -> list[LedgerEntry]:
    setup, monthly = other.setup_fee, other.monthly_fee
    if monthly is None:
        return rows
    if not other.is_new:
        return _less(rows, _first_about(monthly, [row for row in rows if row.is_rental]))
    if setup is None:
        return rows
    if both := _first_about(setup + monthly, rows):
        return _less(rows, both)
    left = _less(rows, _first_about(setup, rows))
    return _less(left, _first_about(monthly, left))


def _first_about(fee: Money, rows: list[LedgerEntry]) -> list[LedgerEntry]:
    """The first row of about that size, if there is one; an unreadable amount is never explained away."""
    return [row for row in rows if row.amount is not None and fee.amount and is_about(row.amount, fee)][:1]


def _less(rows: list[LedgerEntry], taken: list[LedgerEntry]) -> list[LedgerEntry]:
    return [row for row in rows if row not in taken]


def _of_about_its_size(rows: Sequence[LedgerEntry], expected: Expected) -> tuple[LedgerEntry, ...]:
    fees = [fee for fee in (expected.charge, expected.setup_fee, expected.monthly_fee) if fee.amount]
    single = [row for row in rows if any(is_about(row.amount, fee) for fee in fees)]
    pairs = [pair for pair in combinations(rows, 2) if is_about(total(pair), expected.charge)]
    return tuple(dict.fromkeys([*single, *(row for pair in pairs for row in pair)]))


def _size(row: LedgerEntry) -> Money | None:
    return None if row.amount is None else _positive(row.amount)


def _positive(amount: Money) -> Money:
    return Money(abs(amount.amount), amount.currency)
