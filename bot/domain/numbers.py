"""Phone numbers: how one is written, what the provider lists for sale, and what we own.

Knows nothing of how the provider spells these in JSON (`bot/vobiz`) or how people type them (`handlers`).
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from bot.domain.account import is_us
from bot.domain.money import Money

E164 = NewType("E164", str)
"""A number's stored form: plus sign, country code, subscriber number; digits only, at most fifteen (ITU-T E.164)."""

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def e164(text: str) -> E164:
    """Raises `ValueError` unless `text` is already in E.164 form."""
    if not _E164.fullmatch(text):
        raise ValueError("not an E.164 number")
    return E164(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One number of the provider's inventory as read. `None` where the provider left a value out."""

    e164: E164
    id: str | None = None
    country: str | None = None
    region: str | None = None
    capabilities: tuple[str, ...] | None = None
    setup_fee: Money | None = None
    monthly_fee: Money | None = None
    states_currency: bool = True
    """Without one no fee is an amount of money, and both are `None`."""
    misstates_fees: bool = False
    """A fee was stated that no fee can be, and is `None`."""
    minimum_commitment_months: int | None = None
    identity_check: bool | None = None
    """An identity check is still to be passed before the number rings."""
    trial: bool | None = None
    blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedNumber:
    """One of our own numbers as read from the provider, right after a purchase or from the list of own numbers."""

    e164: E164
    id: str | None = None
    owner: str | None = None
    """Account id (`MA_…` or `SA_…`)."""
    status: str | None = None
    country: str | None = None
    region: str | None = None
    capabilities: tuple[str, ...] | None = None
    setup_fee: Money | None = None
    monthly_fee: Money | None = None
    purchased_at: datetime | None = None
    last_billing_at: datetime | None = None
    next_billing_at: datetime | None = None
    application_id: str | None = None
    trunk_group_id: str | None = None
    tags: tuple[str, ...] = field(default=())

    @property
    def charge(self) -> Money | None:
        """Setup fee and first month as the provider states them; `None` when it does not state both."""
        return None if self.setup_fee is None or self.monthly_fee is None else self.setup_fee + self.monthly_fee

    @property
    def is_usable(self) -> bool:
        """Ours for good: `active`, or no status given (source: provider's purchase answer, older edition)."""
        return self.status in (None, "active")

    @property
    def is_released(self) -> bool:
        """Ours no more: the list still shows it, and it may be on sale again."""
        return self.status == "released"

    def may_be_of(self, account: str) -> bool:
        """Whether a purchase of `account` may have brought it: nobody else is stated as its owner."""
        return self.owner is None or is_us(self.owner, account)
