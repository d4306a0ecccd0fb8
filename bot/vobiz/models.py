"""The provider's numbers, balances and purchase answers, in both editions, and their way into the domain's types.

Unknown fields are ignored. The older edition says `auth_id` where the newer one says `account_id`; only `e164` is
always there.
"""

import json
from decimal import Decimal

from pydantic import BaseModel, ValidationError

from bot.domain.money import Money
from bot.domain.numbers import E164, Listing, OwnedNumber
from bot.vobiz.answer import JsonObject
from bot.vobiz.fields import (
    Amount,
    Capabilities,
    Fee,
    Flag,
    Id,
    Moment,
    Months,
    Number,
    Owner,
    Status,
    Text,
    Texts,
    country_of,
    money,
    storable,
)

_OF_AN_ODD_ENTRY = 60
"""Characters that are told of an entry that cannot be read."""


class Numbered(BaseModel):
    """An entry about one number; which one is all that has to be readable."""

    country: Text = None
    e164: Number


class NumberItem(Numbered):
    """What inventory, own numbers and the purchase answer have in common."""

    id: Id = None
    account_id: Owner = None
    auth_id: Owner = None
    status: Status = None
    region: Text = None
    capabilities: Capabilities = None
    voice_enabled: Flag = None
    setup_fee: Fee = None
    monthly_fee: Fee = None
    currency: Text = None

    @property
    def owner(self) -> str | None:
        return self.account_id or self.auth_id

    @property
    def can(self) -> tuple[str, ...] | None:
        if self.capabilities is None and self.voice_enabled:
            return ("voice",)
        return self.capabilities

    def fee(self, amount: Decimal | None) -> Money | None:
        return money(amount, self.currency)


class InventoryItem(NumberItem):
    """A number for sale; what binds the buyer is strict, an unreadable value there fails the item."""

    is_blocked: bool | None = None
    is_trial_number: bool | None = None
    minimum_commitment_months: Months | None = None
    aadhaar_verification_required: bool | None = None
    aadhaar_verified: bool | None = None

    @property
    def is_for_sale(self) -> bool:
        """Nobody's, and `active` (source: what the inventory is documented to list)."""
        return self.owner is None and self.status in (None, "active")

    @property
    def misstates_fees(self) -> bool:
        """A fee is stated, in a currency, and it is none that can be kept."""
        stated = [amount for amount in (self.setup_fee, self.monthly_fee) if amount is not None]
        return self.fee(Decimal(0)) is not None and any(self.fee(amount) is None for amount in stated)

    def listing(self) -> Listing:
        required = self.aadhaar_verification_required
        return Listing(
            e164=self.e164,
            id=self.id,
            country=country_of(self.country, self.e164),
            region=self.region,
            capabilities=self.can,
            setup_fee=self.fee(self.setup_fee),
            monthly_fee=self.fee(self.monthly_fee),
            states_currency=self.fee(Decimal(0)) is not None,
            misstates_fees=self.misstates_fees,
            minimum_commitment_months=self.minimum_commitment_months,
            identity_check=None if required is None else required and not self.aadhaar_verified,
            trial=self.is_trial_number,
            blocked=bool(self.is_blocked),
        )


class OwnItem(NumberItem):
    """One of our own numbers, from the list or from the purchase answer."""

    purchased_at: Moment = None
    last_billing_date: Moment = None
    next_billing_date: Moment = None
    application_id: Text = None
    trunk_group_id: Text = None
    tags: Texts = ()

    def owned(self) -> OwnedNumber:
        return OwnedNumber(
            e164=self.e164,
            id=self.id,
            owner=self.owner,
            status=self.status,
            country=country_of(self.country, self.e164),
            region=self.region,
            capabilities=self.can,
            setup_fee=self.fee(self.setup_fee),
            monthly_fee=self.fee(self.monthly_fee),
            purchased_at=self.purchased_at,
            last_billing_at=self.last_billing_date,
            next_billing_at=self.next_billing_date,
            application_id=self.application_id,
            trunk_group_id=self.trunk_group_id,
            tags=self.tags,
        )


def own_item(entry: object) -> OwnItem | None:
    """An entry of the list of own numbers; `None` when its number or its owner cannot be read."""
    try:
        return OwnItem.model_validate(entry)
    except ValidationError:
        return None


def as_written(entry: JsonObject) -> str:
    """How an entry that cannot be read writes its number, cut to what a line holds; the entry, when it writes none."""
    stated = entry.get("e164")
    return storable(stated if isinstance(stated, str) and stated else json.dumps(entry, default=str))[:_OF_AN_ODD_ENTRY]


class Receipt(BaseModel):
    """The 200 to a purchase; newest edition `number` and `items`, either may be absent; older edition `number`."""

    number: OwnItem | None = None
    items: object = None

    def sold(self, number: E164) -> OwnItem | None:
        """The entry the answer is about: `number` when there is one, otherwise the item for it, or else the first."""
        listed = self.items if isinstance(self.items, list) else []
        items = [item for item in map(own_item, listed) if item is not None]
        return self.number or next((item for item in items if item.e164 == number), items[0] if items else None)


class BalanceBody(BaseModel):
    """`available_balance` is what can be spent; postpaid accounts with a soft limit may go below it."""

    currency: Text = None
    available_balance: Amount = None
    is_postpaid: Flag = None
    credit_limit_type: Text = None

    @property
    def may_overdraw(self) -> bool:
        return bool(self.is_postpaid) and self.credit_limit_type == "soft"
