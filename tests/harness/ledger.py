"""Rows of the provider's ledger, and the numbers that explain them, from one short line each."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count

from bot.domain.explaining import LONG_AGO, Expected, Known, Ledger
from bot.domain.ledger import LedgerEntry
from bot.domain.money import Money
from bot.domain.numbers import e164
from tests.harness.builders import NOON, NUMBER, some_fees

NUMBER_ID = "num_1"

_ids = count(1)


def a_row(
    amount: str | None = "101 INR",
    *,
    id: str | None = None,
    description: str | None = "DID purchase",
    reference: str | None = "",
    type: str | None = "did_purchase",
    kind: str | None = "debit",
    status: str | None = "completed",
    at: datetime | None = NOON,
) -> LedgerEntry:
    """A debit for some number, `type` being its reference type; `amount=None` for one that cannot be read."""
    return LedgerEntry(
        id=id or f"txn_{next(_ids):06}",
        at=at,
        kind=kind,
        amount=None if amount is None else Money.of(amount),
        description=description,
        reference=reference,
        reference_type=type,
        status=status,
    )


def a_row_that_tells_nothing(id: str = "no-id~1", *, at: datetime | None = NOON) -> LedgerEntry:
    """As the client reads what is no row, or says nothing."""
    return replace(a_row(None, id=id, description=None, reference=None, at=at, type=None, kind=None), is_whole=False)


def a_rental(amount: str | None = "1 INR", *, at: datetime | None = NOON) -> LedgerEntry:
    """A month of some number."""
    return a_row(amount, description="DID rental", type="did_rental", at=at)


def expected(fees: str = "100+1 INR") -> Expected:
    setup, monthly = some_fees(fees)
    return Expected(number=NUMBER, charge=setup + monthly, since=NOON)


def another(fees: str | None = "100+1 INR", *, no: int = 2, is_new: bool = True) -> Known:
    """Another of our numbers, bought in that time or, with `is_new=False`, before and billed then."""
    setup, monthly = (None, None) if fees is None else some_fees(fees)
    return Known(
        number=e164(f"+91806900{no:04}"),
        number_id=f"num_{no}",
        setup_fee=setup,
        monthly_fee=monthly,
        bought_at=NOON if is_new else LONG_AGO,
        billed_at=() if is_new else (NOON,),
    )


def a_ledger(
    rows: Sequence[LedgerEntry], *others: Known, written_off: frozenset[str] = frozenset(), number_id: str = NUMBER_ID
) -> Ledger:
    """A ledger beside our number and others."""
    return Ledger(rows, [Known(number=NUMBER, number_id=number_id), *others], written_off)
