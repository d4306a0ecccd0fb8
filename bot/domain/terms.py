"""The terms somebody approves: one number, its fees, what binds the buyer, and the account that pays.

Knows nothing of requests or votes; only what was on offer and how two offers compare.
"""

import hashlib
import json
from dataclasses import dataclass

from bot.domain.money import Money, UnusableAmount
from bot.domain.numbers import E164, Listing

IMPOSSIBLE_FEES = "impossible fees"
"""Stated, and no amount, less than nothing, or not to be kept exactly."""


class NotForSale(ValueError):
    """A listing that cannot be requested. `missing` names the price the provider left out; otherwise it says why:
    `blocked`, or `IMPOSSIBLE_FEES`.
    """

    def __init__(self, missing: str) -> None:
        super().__init__(missing)
        self.missing = missing


def _can_be_kept(setup_fee: Money, monthly_fee: Money, months: int) -> bool:
    try:
        return (setup_fee + monthly_fee * max(12, months)).amount >= 0
    except UnusableAmount:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is bought, from which account, at which price. Both fees have one currency."""

    e164: E164
    account: str
    setup_fee: Money
    monthly_fee: Money
    minimum_commitment_months: int = 0
    identity_check: bool = False
    trial: bool = False
    left_out: tuple[str, ...] = ()
    """Terms the provider did not state, read as binding nobody: they count the same in the digest."""

    def __post_init__(self) -> None:
        if self.setup_fee.currency != self.monthly_fee.currency:
            raise ValueError("both fees have one currency")

    @classmethod
    def offered(cls, listing: Listing, account: str) -> "Terms":
        """The terms of a listing. Raises `NotForSale` when it is blocked, or a price is missing or impossible."""
        if listing.blocked:
            raise NotForSale("blocked")
        if not listing.states_currency:
            raise NotForSale("currency")
        if listing.misstates_fees:
            raise NotForSale(IMPOSSIBLE_FEES)
        if listing.setup_fee is None:
            raise NotForSale("setup fee")
        if listing.monthly_fee is None:
            raise NotForSale("monthly fee")
        bound = listing.minimum_commitment_months or 0
        if not _can_be_kept(listing.setup_fee, listing.monthly_fee, bound):
            raise NotForSale(IMPOSSIBLE_FEES)
        stated = {
            "minimum commitment": listing.minimum_commitment_months,
            "identity check": listing.identity_check,
            "trial": listing.trial,
        }
        return cls(
            e164=listing.e164,
            account=account,
            setup_fee=listing.setup_fee,
            monthly_fee=listing.monthly_fee,
            minimum_commitment_months=bound,
            identity_check=bool(listing.identity_check),
            trial=bool(listing.trial),
            left_out=tuple(name for name, value in stated.items() if value is None),
        )

    @property
    def currency(self) -> str:
        return self.setup_fee.currency

    @property
    def charge(self) -> Money:
        """What is debited at the purchase: setup fee and first month."""
        return self.setup_fee + self.monthly_fee

    @property
    def committed(self) -> Money:
        """What buying binds us to pay: setup fee and every month of the commitment, the first one at least.

        For 100 + 50 with a commitment of 12 months it is 700, without one 150.
        """
        return self.setup_fee + self.monthly_fee * max(1, self.minimum_commitment_months)

    @property
    def first_year(self) -> Money:
        """Setup fee and twelve months, taxes not included."""
        return self.setup_fee + self.monthly_fee * 12

    @property
    def digest(self) -> str:
        """Equal for equal terms: SHA-256 over normalised values, 32 hex digits."""
        values = [
            self.e164,
            self.account,
            self.setup_fee.micros,
            self.monthly_fee.micros,
            self.currency,
            self.minimum_commitment_months,
            self.identity_check,
            self.trial,
        ]
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]
