"""One row of the provider's ledger: what it says, and what it may be about.

Knows nothing of how rows are read, or of what follows from a debit.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from bot.domain.money import Money
from bot.domain.numbers import E164

TAX_MARGIN: Final = Decimal("0.30")
"""Taxes may come on top of a listed fee; no country's sales tax is higher than 27 %."""

_TELLING_ID: Final = 6
"""Characters. A shorter id of a number, or one of digits alone, may be an amount, a date or a word."""

_PURCHASE, _RENTAL = "did_purchase", "did_rental"
_NEVER_HAPPENED: Final = frozenset({"failed", "cancelled", "canceled", "reversed", "declined"})
_GIVES_BACK: Final = frozenset({"credit", "refund", "reversal"})
_DIGITS: Final = re.compile(r"[0-9]+")
_WORD: Final = re.compile(r"\w+")
_DASHED: Final = re.compile(r"[\w-]+")
_PLUS_NUMBER: Final = re.compile(r"\+([1-9][0-9]{6,14})(?![0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One transaction. `None` where the provider left a value out or wrote one that cannot be read."""

    id: str
    at: datetime | None
    """When the provider wrote it, on its own clock."""
    kind: str | None
    """`debit`, `credit`, …"""
    amount: Money | None
    """As the row states it, its sign included; the editions show debits without one."""
    description: str | None
    reference: str | None
    reference_type: str | None
    status: str | None
    is_whole: bool = True
    """Its id, time, amount and type could be read."""

    @property
    def tells_nothing(self) -> bool:
        """Nothing says what it was, so it may be any charge; it is neither explained nor held against anybody."""
        return self.kind is None and self.reference_type is None

    @property
    def may_matter(self) -> bool:
        """Whether it may be about a number, as most rows of a busy ledger are not."""
        return self.is_number_charge or self.gives_back or not self.is_whole

    @property
    def is_number_charge(self) -> bool:
        """A number's setup fee or monthly fee (source: `reference_type`, or `type` in one edition)."""
        is_charge = _PURCHASE in self._types or _RENTAL in self._types
        return is_charge and not self.gives_back and not self.never_happened

    @property
    def never_happened(self) -> bool:
        return (self.status or "").lower() in _NEVER_HAPPENED

    @property
    def is_rental(self) -> bool:
        return _RENTAL in self._types

    @property
    def gives_back(self) -> bool:
        """Money that comes in: a refund, or what somebody paid in."""
        return (self.kind or "").lower() in _GIVES_BACK

    def names(self, number: E164, number_id: str | None = None) -> bool:
        """Whether the row says it is about this number: its digits or its id in description or reference."""
        return not marks_of(number, number_id).isdisjoint(self.marks)

    @property
    def marks(self) -> list[str]:
        """What may say whom the row is about, to be looked up among the `marks_of` many numbers."""
        digits = [run.lstrip("0") for run in _DIGITS.findall(self.words)]
        return [*digits, f"={(self.reference or '').strip()}", *_WORD.findall(self.words), *_DASHED.findall(self.words)]

    def numbers(self, whose: Mapping[str, E164]) -> list[E164]:
        """The numbers that the row names, those first whose marks are given; others by a plus sign before them."""
        others = [E164(f"+{digits}") for digits in _PLUS_NUMBER.findall(self.words)]
        return list(dict.fromkeys([*(whose[mark] for mark in self.marks if mark in whose), *others]))

    @property
    def words(self) -> str:
        """All that may say whom it is about."""
        return f"{self.description or ''} {self.reference or ''}"

    @property
    def size(self) -> Money | None:
        """The amount without its sign."""
        if self.amount is None or self.amount.amount >= 0:
            return self.amount
        return Money(abs(self.amount.amount), self.amount.currency)

    @property
    def _types(self) -> tuple[str | None, str | None]:
        return self.reference_type, self.kind


def total(rows: Sequence[LedgerEntry]) -> Money | None:
    """What the rows debit together; `None` when one cannot be read or they have several currencies."""
    known = [row.size for row in rows if row.size is not None]
    if not known or len(known) < len(rows) or len({amount.currency for amount in known}) > 1:
        return None
    return sum(known[1:], known[0])


def is_one_charge(rows: Sequence[LedgerEntry], charge: Money) -> bool:
    """Whether the rows together are the charge, with taxes or without.

    Rows of 100.00 and 1.00 are a charge of 101.00; two of 101.00 are not, nor is what cannot be read.
    """
    debited = total(rows)
    if debited is None or debited.currency != charge.currency:
        return False
    return charge.amount <= debited.amount <= with_taxes(charge.amount)


def with_taxes(fee: Decimal) -> Decimal:
    """The fee with all taxes that there may be."""
    return fee * (1 + TAX_MARGIN)


def marks_of(number: E164, number_id: str | None) -> frozenset[str]:
    """What names this number where it stands in a row: its digits or its id.

    An id that may be anything else has to be the whole reference.
    """
    marks = {number.removeprefix("+")}
    if number_id:
        marks.add(f"={number_id}")
        if len(number_id) >= _TELLING_ID and any(map(str.isalpha, number_id)):
            marks.add(number_id)
    return frozenset(marks)
