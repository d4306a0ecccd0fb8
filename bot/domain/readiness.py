"""May the call leave? What the provider says right before the purchase, against what was approved."""

from dataclasses import dataclass
from decimal import Decimal

from bot.domain.money import Money
from bot.domain.numbers import Listing, OwnedNumber
from bot.domain.request import PurchaseRequest
from bot.domain.terms import NotForSale, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read right before the call. `available` is `None` when the balance could not be read."""

    account: str
    """The account that would buy."""
    owned: OwnedNumber | None
    listing: Listing | None
    available: Decimal | None
    may_overdraw: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """What was approved is on sale, and there is money for it."""

    offered: Terms
    """As stated now: the same, but for what the provider leaves out."""


@dataclass(frozen=True, slots=True)
class AlreadyOurs:
    """The number is among our own: somebody bought it elsewhere."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The number is not on sale any more; `missing` is that of `NotForSale`, if it is still listed."""

    missing: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """The number is on sale at other terms, or another account would buy than was approved."""

    terms: Terms


@dataclass(frozen=True, slots=True)
class TooLittle:
    """The balance does not cover the charge."""

    required: Money
    available: Money


Readiness = Ready | AlreadyOurs | Gone | Changed | TooLittle


def readiness(request: PurchaseRequest, reading: Reading) -> Readiness:
    """What follows from the reading. A shortfall of an account that may overdraw does not stop anything."""
    if reading.owned is not None:
        return AlreadyOurs()
    if reading.listing is None:
        return Gone()
    try:
        present = Terms.offered(reading.listing, reading.account)
    except NotForSale as reason:
        return Gone(reason.missing)
    if present.digest != request.terms.digest:
        return Changed(present)
    charge = request.terms.charge
    if reading.available is not None and not reading.may_overdraw and reading.available < charge.amount:
        return TooLittle(charge, Money.at_most(reading.available, charge.currency))
    return Ready(present)
