"""The rows of the provider's ledger, in both editions, and their way into the domain's type."""

from pydantic import BaseModel, ValidationError

from bot.domain.ledger import LedgerEntry
from bot.domain.money import Money, UnusableAmount
from bot.services.ports import ProviderUnavailable
from bot.vobiz.fields import Amount, Id, Moment, Text


class _Row(BaseModel):
    id: Id
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
    if row.id is None:
        raise ProviderUnavailable("unreadable")
    return LedgerEntry(
        id=row.id,
        at=row.created_at or row.processed_at,
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
