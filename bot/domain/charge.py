"""What a purchase cost, as far as the ledger tells: evidence may name too many rows, a price may not.

Knows nothing of which rows are evidence; that is `ledger.py`'s question.
"""

from collections.abc import Iterator, Sequence
from itertools import permutations

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
    charge = number.setup_fee + number.monthly_fee
    fitting = [amount for amount in _possible(number.setup_fee, number.monthly_fee, rows) if is_about(amount, charge)]
    return min(fitting, key=lambda amount: amount.amount, default=None)


def is_one_purchase(rows: Sequence[LedgerEntry], charge: Money) -> bool:
    """Whether the rows together are one purchase's charge, with taxes or without.

    Rows of 100.00 and 1.00 are a charge of 101.00, two of 101.00 are not. Where amounts cannot be read, as many rows as
    a purchase may have are: one, or one for each fee.
    """
    debited = total(rows)
    if debited is not None:
        return is_about(debited, charge)
    return len(rows) <= 2 and all(row.amount is None or row.amount.currency == charge.currency for row in rows)


def _possible(setup: Money, monthly: Money, rows: Sequence[LedgerEntry]) -> Iterator[Money]:
    """One row for both fees, or a row for each."""
    yield from (amount for row in rows if (amount := total([row])) is not None)
    for one, other in permutations(rows, 2):
        both = total([one, other])
        if both is not None and is_about(one.amount, setup) and is_about(other.amount, monthly):
            yield both
