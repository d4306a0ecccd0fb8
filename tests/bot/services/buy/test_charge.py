"""A price is not summed up from evidence: rows that name nobody count only if together they are the charge."""

from dataclasses import replace

import pytest

from bot.domain.ledger import LedgerEntry, is_one_charge
from bot.domain.money import Money
from bot.services.buy.credit import charge_of
from tests.harness.builders import NUMBER, an_owned_number
from tests.harness.ledger import a_row


def _debits(*amounts: str | None) -> list[LedgerEntry]:
    """In INR; `None` for one that cannot be read."""
    return [a_row(None if amount is None else f"{amount} INR") for amount in amounts]


def test_a_number_charges_both_of_its_fees_and_nothing_known_without_one_of_them() -> None:
    number = an_owned_number("100.50+1 INR")
    assert number.charge == Money.of("101.50 INR")
    assert replace(number, setup_fee=None).charge is None
    assert replace(number, monthly_fee=None).charge is None


@pytest.mark.parametrize(
    ("rows", "charge"),
    [
        (["748.50"], "748.50"),
        (["883.23"], "883.23"),
        (["249.50", "499"], "748.50"),
        *((rows, "748.50") for rows in (["748.50", "748.50"], [None, "748.50"], ["883.23", "748.50"])),
        *((rows, "748.50") for rows in (["499"], [None], [])),
    ],
)
def test_rows_that_name_nobody_are_the_price_if_together_they_are_the_stated_charge(
    rows: list[str | None], charge: str
) -> None:
    assert charge_of(an_owned_number("249.50+499 INR"), _debits(*rows)) == Money.of(f"{charge} INR")


def test_rows_that_name_the_number_are_all_its_own() -> None:
    rows = [a_row("100 INR", description=f"setup {NUMBER}"), a_row("19 INR", description=f"tax {NUMBER}"), a_row()]
    assert charge_of(an_owned_number("100+1 INR"), rows) == Money.of("119 INR")


def test_without_stated_fees_everything_that_could_be_it_counts() -> None:
    assert charge_of(an_owned_number(None), _debits("100", "1")) == Money.of("101 INR")
    assert charge_of(an_owned_number(None), _debits(None)) is None


ONE: list[list[str | None]] = [["101"], ["119.18"], ["100", "1"], ["101", "18.18"]]
NOT_ONE: list[list[str | None]] = [[], ["101", "101"], ["50"], [None], [None, "1"], [None, "101"]]


@pytest.mark.parametrize("rows", [*ONE, *NOT_ONE])
def test_one_charge_is_its_fees_with_taxes_in_however_many_rows_and_never_what_cannot_be_read(
    rows: list[str | None],
) -> None:
    assert is_one_charge(_debits(*rows), Money.of("101 INR")) is (rows in ONE)


def test_a_debit_in_another_currency_is_not_of_the_same_purchase() -> None:
    assert not is_one_charge([a_row("101 INR"), a_row("2 USD")], Money.of("101 INR"))
    assert not is_one_charge([a_row("101 USD")], Money.of("101 INR"))
