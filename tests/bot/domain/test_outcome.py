"""How a purchase call ended: what its answer says was charged."""

from dataclasses import replace

from bot.domain.money import Money
from bot.domain.outcome import Bought
from tests.harness.builders import an_owned_number


def test_what_was_charged_is_both_fees_of_the_answer() -> None:
    assert Bought(number=an_owned_number("100.50+1 INR")).charge == Money.of("101.50 INR")


def test_an_answer_without_fees_states_no_charge() -> None:
    assert Bought(number=an_owned_number(fees=None)).charge is None


def test_an_answer_with_one_fee_states_no_charge() -> None:
    number = an_owned_number()
    assert Bought(number=replace(number, setup_fee=None)).charge is None
    assert Bought(number=replace(number, monthly_fee=None)).charge is None
