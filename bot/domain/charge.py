"""What a purchase cost, as far as the ledger tells: evidence may name too many rows, a price may not.

Knows nothing of which rows are evidence; that is `ledger.py`'s question.
"""

from collections.abc import Sequence

from bot.domain.ledger import LedgerEntry, is_about, total
from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber


def debited_for(number: OwnedNumber, rows: Sequence[LedgerEntry]) -> Money | None:
    """What these rows say was debited for the number; `None` when they do not say.

    Rows that name it are its. Of others that could be, only those count that make up its fees best: sizes repeat, and
    what is left over may be somebody else's. For fees of 100 + 1, silent rows of 101.00 and 118.00 say 101.00, and
    rows of 100.00 and 1.00 say 101.00 too.
    """
    named = [row for row in rows if row.names(number.e164, number.id)]
    if named or number.setup_fee is None or number.monthly_fee is None:
        return total(named or rows)
    in_one = _smallest(rows, number.setup_fee + number.monthly_fee)
    setup = _smallest(rows, number.setup_fee)
    in_two = [*setup, *_smallest([row for row in rows if row not in setup], number.monthly_fee)]
    possible = [amount for amount in (total(in_one), total(in_two) if len(in_two) > 1 else None) if amount is not None]
    return min(possible, key=lambda amount: amount.amount, default=None)


def is_one_purchase(rows: Sequence[LedgerEntry], charge: Money) -> bool:
    """Whether the rows together are one purchase's charge, with taxes or without.

    Rows of 100.00 and 1.00 are a charge of 101.00, two of 101.00 are not. Where amounts cannot be read, as many rows as
    a purchase may have are: one, or one for each fee.
    """
    debited = total(rows)
    if debited is not None:
        return is_about(debited, charge)
    return len(rows) <= 2 and all(row.amount is None or row.amount.currency == charge.currency for row in rows)


def _smallest(rows: Sequence[LedgerEntry], fee: Money) -> list[LedgerEntry]:
    """The smallest row that may be the fee; nothing when there is none."""
    fitting = [(row.size.amount, no) for no, row in enumerate(rows) if row.size is not None and is_about(row.size, fee)]
    return [rows[min(fitting)[1]]] if fitting else []
