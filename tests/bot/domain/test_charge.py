"""A price is not summed up from evidence: of rows that name nobody only those count that make up the fees best."""

import pytest

from bot.domain.charge import debited_for, is_one_purchase
from bot.domain.ledger import LedgerEntry
from bot.domain.money import Money
from tests.harness.builders import NOON, an_owned_number, some_fees


def a_debit(amount: str | None, description: str = "DID purchase", currency: str = "INR") -> LedgerEntry:
    return LedgerEntry(
        id=f"txn_{amount}",
        at=NOON,
        account="MA_STANDIN",
        kind="debit",
        amount=None if amount is None else Money.of(f"{amount} {currency}"),
        description=description,
        reference=None,
        reference_type="did_purchase",
        status="completed",
    )


@pytest.mark.parametrize(
    ("rows", "charge"),
    [
        (["748.50"], "748.50"),
        (["101", "748.50"], "748.50"),
        (["748.50", "748.50"], "748.50"),
        (["883.23", "748.50"], "748.50"),
        (["883.23"], "883.23"),
        (["249.50", "499"], "748.50"),
        (["101", "499", "249.50"], "748.50"),
        (["499"], None),
        ([None], None),
        ([None, "748.50"], "748.50"),
    ],
)
def test_of_rows_that_name_nobody_those_count_that_make_up_the_fees(rows: list[str | None], charge: str | None) -> None:
    number = an_owned_number("249.50+499 INR")
    debited = debited_for(number, [a_debit(amount) for amount in rows])
    assert debited == (None if charge is None else Money.of(f"{charge} INR"))


def test_rows_that_name_the_number_are_all_its_own() -> None:
    number = an_owned_number("100+1 INR")
    rows = [a_debit("100", "setup +918069000142"), a_debit("19", "tax +918069000142"), a_debit("101")]
    assert debited_for(number, rows) == Money.of("119 INR")


def test_without_stated_fees_everything_that_could_be_it_counts() -> None:
    assert debited_for(an_owned_number(None), [a_debit("100"), a_debit("1")]) == sum_of("100+1 INR")


def sum_of(fees: str) -> Money:
    setup, monthly = some_fees(fees)
    return setup + monthly


@pytest.mark.parametrize(
    ("rows", "is_one"),
    [
        ([], True),
        (["101"], True),
        (["119.18"], True),
        (["100", "1"], True),
        (["101", "18.18"], True),
        (["101", "101"], False),
        (["50"], False),
        ([None, "1"], True),
        ([None, "101", "101"], False),
    ],
)
def test_one_purchase_is_its_fees_with_taxes_in_however_many_rows(rows: list[str | None], is_one: bool) -> None:
    assert is_one_purchase([a_debit(amount) for amount in rows], Money.of("101 INR")) is is_one


def test_a_debit_in_another_currency_is_not_of_the_same_purchase() -> None:
    assert not is_one_purchase([a_debit("101"), a_debit("2", currency="USD")], Money.of("101 INR"))
