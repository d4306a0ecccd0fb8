"""Money: every amount is exact, or refused."""

from collections.abc import Callable
from decimal import Decimal
from operator import add, ge, gt, le, lt, sub

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.money import MICROS, Money, UnusableAmount

quick = settings(derandomize=True, deadline=None, max_examples=150)

LARGEST = 2**63 - 1

MICRO_AMOUNTS = st.integers(min_value=-LARGEST, max_value=LARGEST)
DIGITS = st.integers(min_value=0, max_value=6)
CURRENCIES = st.sampled_from(["INR", "USD", "JPY"])
SMALL = st.decimals(min_value=-(10**6), max_value=10**6, allow_nan=False).filter(
    lambda amount: amount == round(amount, 6)
) | st.decimals(min_value=-(10**6), max_value=10**6, places=2)


def _inr(amount: str | Decimal) -> Money:
    return Money(Decimal(amount), "INR")


@quick
@given(MICRO_AMOUNTS, CURRENCIES, DIGITS)
@example(LARGEST, "INR", 0)
@example(-LARGEST, "INR", 6)
def test_micros_and_digits_come_back_in_value_and_in_writing(micros: int, currency: str, digits: int) -> None:
    kept = Money.from_micros(micros, currency, digits)
    assert (kept.micros, kept.currency) == (micros, currency)
    again = Money.from_micros(kept.micros, currency, kept.digits)
    assert again == kept
    assert again.plain() == kept.plain()


@quick
@given(st.integers(0, 10**6), st.integers(0, 6), DIGITS)
def test_amounts_are_written_with_the_digits_asked_for_or_more_if_needed(amount: int, places: int, digits: int) -> None:
    micros = amount * 10**places
    needed = len(f"{micros % MICROS:06}".rstrip("0"))
    assert Money.from_micros(micros, "INR", digits).digits == max(digits, needed)


@quick
@given(SMALL)
def test_the_plain_form_is_the_exact_amount_without_an_exponent(amount: Decimal) -> None:
    plain = _inr(amount).plain()
    assert Decimal(plain) == amount
    assert set(plain) <= set("-0123456789.")


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        *((amount, amount) for amount in ("100", "100.5", "100.50", "0.00", "9223372036854.775807")),
        *(("1E+2", "100"), ("1.5E+1", "15"), ("1E-6", "0.000001"), ("0.900000000", "0.900000")),
    ],
)
def test_the_plain_form_keeps_the_digits_that_were_given(written: str, plain: str) -> None:
    assert _inr(written).plain() == plain


TOO_FINE = ["0.0000001", "1.0000001", "1E-7", "1.00000000000000000000000000000000000001"]
TOO_LARGE = [
    "9223372036854.775808",
    "-9223372036854.775808",
    "9223372036854.77580700000000000000000000001",
    "1E+13",
    "1E+999999",
]
NOT_FINITE = ["NaN", "sNaN", "Infinity", "-Infinity"]


@pytest.mark.parametrize("written", [*TOO_FINE, *TOO_LARGE, *NOT_FINITE])
def test_an_amount_that_cannot_be_kept_exactly_is_refused(written: str) -> None:
    with pytest.raises(UnusableAmount):
        _inr(written)


@quick
@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_any_decimal_is_kept_exactly_or_refused(amount: Decimal) -> None:
    try:
        kept = _inr(amount)
    except UnusableAmount:
        return
    assert Money.from_micros(kept.micros, "INR").amount == amount


@pytest.mark.parametrize("currency", ["", "inr", "INRR", "IN", "IN1", "INR\n", "₹₹₹", "ÄÖÜ"])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(UnusableAmount):
        Money(Decimal(1), currency)


def test_amounts_are_equal_and_hash_alike_however_they_are_written_but_not_in_another_currency() -> None:
    assert len({_inr("1"), _inr("1.00"), _inr("1E+0"), _inr("1.000000000")}) == 1
    assert Money.of("1 INR") != Money.of("1 USD")


@quick
@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(0, 1000))
def test_arithmetic_is_exact(one: int, other: int, times: int) -> None:
    a, b = Money.from_micros(one, "INR"), Money.from_micros(other, "INR")
    assert (a + b).micros == one + other
    assert (a - b).micros == one - other
    assert ((a - b) * times).micros == (one - other) * times


@quick
@given(st.integers(-(10**15), 10**15), st.integers(-(10**15), 10**15))
@example(1, 1)
def test_amounts_of_one_currency_are_ordered_by_value(one: int, other: int) -> None:
    a, b = Money.from_micros(one, "INR"), Money.from_micros(other, "INR", 6)
    assert (a < b, a <= b, a > b, a >= b) == (one < other, one <= other, one > other, one >= other)


def test_a_sum_keeps_the_longer_fraction_and_is_refused_when_it_cannot_be_kept() -> None:
    assert str(Money.of("100 INR") + Money.of("1.50 INR")) == "101.50 INR"
    with pytest.raises(UnusableAmount):
        Money.from_micros(LARGEST, "INR") + Money.of("0.000001 INR")


@pytest.mark.parametrize("operation", [add, sub, lt, le, gt, ge])
def test_currencies_do_not_mix(operation: Callable[[Money, Money], object]) -> None:
    with pytest.raises(TypeError, match=r"(INR and USD|USD and INR) do not mix"):
        operation(Money.of("1 INR"), Money.of("2 USD"))


def test_an_amount_reads_as_it_prints_and_a_micro_is_a_millionth() -> None:
    assert Money.of(str(Money.of("100.50 INR"))) == _inr("100.50")
    assert Money.of("1 INR").micros == MICROS == 1_000_000
