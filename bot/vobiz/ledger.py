"""The provider's ledger as read: what was debited, when, and what the row says it was for.

Knows nothing of attempts; which debit explains itself is decided where attempts are known.
"""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ValidationError

from bot.domain.money import Money, UnusableAmount
from bot.domain.numbers import E164
from bot.services.ports import ProviderUnavailable
from bot.vobiz.fields import Amount, Moment, Text

_NUMBER_CHARGES = ("did_purchase", "did_rental")


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
        return self.reference_type in _NUMBER_CHARGES or self.kind in _NUMBER_CHARGES

    def names(self, number: E164, number_id: str | None = None) -> bool:
        """Whether the row says it is about this number: its digits or `number_id` in description or reference."""
        words = f"{self.description or ''} {self.reference or ''}"
        return number.removeprefix("+") in words or bool(number_id and number_id in words)


class _Row(BaseModel):
    id: str | int
    auth_id: Text = None
    account_id: Text = None
    type: Text = None
    amount: Amount = None
    currency: Text = None
    description: Text = None
    reference: Text = None
    reference_type: Text = None
    status: Text = None
    processed_at: Moment = None
    created_at: Moment = None


def ledger_entry(entry: object) -> LedgerEntry:
    """A row of either edition. Raises `ProviderUnavailable` when it has no id.

    A row is never left out: one that is missing could be the debit somebody looks for.
    """
    try:
        row = _Row.model_validate(entry)
    except ValidationError as error:
        raise ProviderUnavailable("unreadable") from error
    return LedgerEntry(
        id=str(row.id),
        at=row.created_at or row.processed_at,
        account=row.auth_id or row.account_id,
        kind=row.type,
        amount=_amount(row),
        description=row.description,
        reference=row.reference,
        reference_type=row.reference_type,
        status=row.status,
    )


def _amount(row: _Row) -> Money | None:
    if row.amount is None or row.currency is None:
        return None
    try:
        return Money(row.amount, row.currency.upper())
    except UnusableAmount:
        return None
