"""Exact amounts of one currency.

Knows nothing of how an amount is shown to people (`handlers/views`) or where it is kept (`bot/store`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

MICROS = 10**6
"""A stored amount is a whole number of millionths of the currency's unit."""

_DIGITS = 6
SMALLEST = Decimal(1).scaleb(-_DIGITS)
"""What a stored amount is a multiple of."""
_LARGEST = 2**63 - 1
_CURRENCY = re.compile(r"[A-Z]{3}")


class UnusableAmount(ValueError):
    """The amount cannot be kept exactly: not finite, too large, or more than six fractional digits."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency (ISO 4217, three capitals); keeps the fractional digits it was given.

    Equality and hash go by value: 1 INR equals 1.00 INR. Arithmetic and comparison across currencies raise
    `TypeError`. Raises `UnusableAmount` for an amount that the store could not keep exactly.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not _CURRENCY.fullmatch(self.currency):
            raise UnusableAmount("a currency is three capital letters")
        if not self.amount.is_finite():
            raise UnusableAmount("not a finite amount")
        if self.amount.adjusted() > 18 or abs(self.amount) * MICROS > _LARGEST:
            raise UnusableAmount("too large to keep exactly")
        if Decimal(self.micros).scaleb(-_DIGITS) != self.amount:
            raise UnusableAmount("more than six fractional digits")

    @classmethod
    def of(cls, text: str) -> "Money":
        """Reads `"100.50 INR"`."""
        amount, currency = text.split()
        return cls(Decimal(amount), currency)

    @classmethod
    def from_micros(cls, micros: int, currency: str, digits: int = 0) -> "Money":
        """The amount of `micros` millionths, written with at least `digits` fractional digits."""
        amount = Decimal(micros).scaleb(-_DIGITS).normalize()
        places = max(digits, -_exponent(amount), 0)
        return cls(amount.quantize(Decimal(1).scaleb(-places)), currency)

    @classmethod
    def at_most(cls, amount: Decimal, currency: str) -> "Money":
        """The amount, or what is left of it when it is cut to what can be kept: never more than there is."""
        return cls(amount.quantize(SMALLEST, rounding=ROUND_FLOOR).normalize(), currency)

    @property
    def micros(self) -> int:
        return int(self.amount * MICROS)

    @property
    def digits(self) -> int:
        """Fractional digits as given: 2 for 100.50, 0 for 1E+2."""
        return min(max(-_exponent(self.amount), 0), _DIGITS)

    def plain(self) -> str:
        """The amount as a plain decimal with the digits it was given, never with an exponent: `"100.50"`."""
        return f"{self.amount:.{self.digits}f}"

    def __str__(self) -> str:
        return f"{self.plain()} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.amount * times, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise TypeError(f"{self.currency} and {other.currency} do not mix")
        return other.amount


def _exponent(amount: Decimal) -> int:
    """The power of ten of the last digit; only finite amounts have one."""
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int):
        raise UnusableAmount("not a finite amount")
    return exponent


def sums(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """One for each currency, by its name: INR 3 and USD 5 for INR 1, USD 5 and INR 2."""
    by_currency: dict[str, Money] = {}
    for amount in amounts:
        known = by_currency.get(amount.currency)
        by_currency[amount.currency] = amount if known is None else known + amount
    return tuple(by_currency[currency] for currency in sorted(by_currency))
