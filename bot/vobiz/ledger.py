"""The rows of the provider's ledger, in both editions, and their way into the domain's type."""

import hashlib
import json

from pydantic import BaseModel

from bot.domain.ledger import LedgerEntry
from bot.domain.money import Money, UnusableAmount
from bot.vobiz.answer import JsonObject
from bot.vobiz.fields import Amount, Id, Moment, Text


class _Row(BaseModel):
    id: Id = None
    type: Text = None
    amount: Amount = None
    currency: Text = None
    description: Text = None
    reference: Text = None
    reference_type: Text = None
    status: Text = None
    processed_at: Moment = None
    created_at: Moment = None


def ledger_entry(row: JsonObject) -> LedgerEntry:
    """A row of either edition, whatever of it can be read: one that is left out could be the debit somebody looks for.

    One without an id gets its own, the same at each read: `no-id~5f1c…`.
    """
    read = _Row.model_validate(row)
    amount, at = _amount(read), read.created_at or read.processed_at
    return LedgerEntry(
        id=read.id or _made_up_id(row),
        at=at,
        kind=read.type,
        amount=amount,
        description=read.description,
        reference=read.reference,
        reference_type=read.reference_type,
        status=read.status,
        is_whole=None not in (read.id, at, amount, read.reference_type or read.type),
    )


def _made_up_id(row: JsonObject) -> str:
    kept = {name: value for name, value in row.items() if name != "updated_at"}
    written = json.dumps(kept, sort_keys=True, default=str).encode(errors="surrogatepass")
    return f"no-id~{hashlib.sha256(written).hexdigest()[:32]}"


def _amount(row: _Row) -> Money | None:
    if row.amount is None or row.currency is None:
        return None
    try:
        return Money(row.amount, row.currency.upper())
    except UnusableAmount:
        return None
