"""The ledger as evidence: a debit explains itself first, and one that nobody explains is never overlooked."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.explaining import CLOCK_MARGIN, Known, Ledger
from bot.domain.ledger import LedgerEntry, total
from bot.domain.money import Money
from tests.harness.builders import NOON, NUMBER
from tests.harness.ledger import NUMBER_ID, a_ledger, a_rental, a_row, another, expected

NOTHING = frozenset[str]()
DIGITS = NUMBER.removeprefix("+")
OURS, THEIRS = f"DID purchase {NUMBER}", "DID purchase +918069000777"
TICK = timedelta(microseconds=1)


def _left(rows: list[LedgerEntry], *others: Known) -> list[LedgerEntry]:
    """The rows that only our purchase would explain."""
    return list(a_ledger(rows, *others).unexplained(expected()))


def _suspects(rows: list[LedgerEntry], written_off: frozenset[str] = NOTHING) -> list[LedgerEntry]:
    return list(a_ledger(rows, written_off=written_off).unexplained(expected()))


def _strays(rows: list[LedgerEntry], *own: Known, written_off: frozenset[str] = NOTHING) -> list[LedgerEntry]:
    numbers = {number.number for number in own}
    return Ledger(rows, own, written_off).strays(numbers, NOON - timedelta(days=1))


# what is a suspect


@pytest.mark.parametrize(
    "row",
    [
        a_row(type="did_purchase"),
        a_row(type="did_rental"),
        a_row(type=None, kind="did_purchase"),  # so says the older edition what it is for
        *(a_row(status=status) for status in ("completed", "pending", "processing", "", None)),
        a_row(at=None),
        a_row(at=NOON - timedelta(minutes=2)),
    ],
)
def test_a_number_charge_since_two_minutes_before_the_call_is_a_suspect(row: LedgerEntry) -> None:
    assert _suspects([row], frozenset({"txn_other"})) == [row]


@pytest.mark.parametrize(
    "row",
    [
        *(a_row(type=what_for) for what_for in ("call", "sms", "topup", "", None)),
        *(a_row(status=status) for status in ("failed", "cancelled", "canceled", "reversed", "declined", "FAILED")),
        *(a_row(kind=kind, description=f"+{NUMBER}") for kind in ("credit", "refund", "reversal")),
        a_row(at=NOON - CLOCK_MARGIN - TICK),
        a_row(id="txn_lost"),
        a_row(description=THEIRS),
    ],
)
def test_other_and_earlier_charges_what_never_happened_comes_back_or_is_written_off_are_none(row: LedgerEntry) -> None:
    assert _suspects([row], frozenset({"txn_lost"})) == []


@pytest.mark.parametrize("words", ["DID purchase", OURS], ids=["names nobody", "names the number"])
def test_a_row_without_a_time_is_a_suspect_until_whenever_and_one_of_later_only_if_it_names_the_number(
    words: str,
) -> None:
    timeless, late = a_row(description=words, at=None), a_row(description=words, at=NOON + TICK)
    found = a_ledger([late, timeless]).unexplained(replace(expected(), until=NOON))
    assert found == ((late, timeless) if words == OURS else (timeless,))


def test_once_a_row_names_the_number_the_others_are_not_about_it() -> None:
    named = a_row(description=OURS)
    assert _suspects([a_row(), named]) == [named]


# refunds


def _refund(
    amount: str = "101 INR", *, description: str | None = None, reference: str | None = None, at: datetime = NOON
) -> LedgerEntry:
    """A credit that says it is a refund."""
    return a_row(amount, kind="credit", type="refund", description=description, reference=reference, at=at)


GIVEN_BACK: dict[str, tuple[LedgerEntry, LedgerEntry]] = {
    "that names our number, whatever the row calls it": (
        a_row(description=OURS),
        a_row(kind="reversal", description=NUMBER),
    ),
    "with the reference of a charge that names nobody": (a_row(reference="order_7"), _refund(reference="order_7")),
    "that names our number": (a_row(description=OURS, reference="order_7"), _refund(description=f"Refund {NUMBER}")),
    "with the charge's reference": (a_row(description=OURS, reference="order_7"), _refund(reference="order_7")),
    "in the same moment": (a_row(description=OURS, at=NOON + TICK), _refund(description=NUMBER, at=NOON + TICK)),
}


@pytest.mark.parametrize(("charge", "back"), GIVEN_BACK.values(), ids=GIVEN_BACK)
def test_a_charge_is_given_back_by_a_refund(charge: LedgerEntry, back: LedgerEntry) -> None:
    assert _suspects([charge, back]) == []


KEPT: dict[str, tuple[LedgerEntry, LedgerEntry]] = {
    "of another size": (a_row(description=OURS), _refund("100 INR", description=NUMBER)),
    "that came before it": (a_row(description=OURS, at=NOON + TICK), _refund(description=NUMBER, at=NOON)),
    "that never happened": (a_row(description=OURS), replace(_refund(description=NUMBER), status="failed")),
    "that tells nobody, of a charge that tells nobody either": (a_row(), _refund()),
    "that repeats nothing but its words": (a_row(), _refund(description="DID purchase")),
    "that names our number, of a charge that names nobody": (a_row(reference="order_7"), _refund(description=NUMBER)),
    "that names another number": (a_row(description=OURS), a_row(kind="refund", description=f"Refund {THEIRS}")),
    "that names another number, of a charge that names none": (a_row(), a_row(kind="refund", description=THEIRS)),
    "that names nobody, of a charge that does": (a_row(description=OURS), _refund()),
    "whose words fit every purchase, of a charge that is named by its reference": (
        a_row(reference=NUMBER_ID),
        _refund(description="DID purchase", reference="refund_9"),
    ),
    "of an amount that cannot be read": (
        a_row(None, description=OURS),
        replace(_refund(description=NUMBER), amount=None),
    ),
    "that is money paid in": (a_row(), a_row(kind="credit", type="topup", description="UPI", reference="pay_77")),
    "that is money paid in for nothing": (a_row(), a_row(kind="credit", type=None, description="UPI payment")),
}


@pytest.mark.parametrize(("charge", "back"), KEPT.values(), ids=KEPT)
def test_a_charge_is_not_given_back_by_something(charge: LedgerEntry, back: LedgerEntry) -> None:
    assert _suspects([charge, back]) == [charge]


def test_one_refund_gives_one_charge_back_the_oldest() -> None:
    older, newer = (a_row(description=OURS, at=NOON + no * TICK) for no in (1, 2))
    assert _suspects([newer, older, _refund(description=NUMBER, at=NOON + 3 * TICK)]) == [newer]


def test_a_refund_whose_reference_several_charges_have_gives_none_of_them_back() -> None:
    rows = [a_row(reference="wallet"), a_row(reference="wallet")]
    assert _suspects([*rows, _refund(reference="wallet")]) == rows


@pytest.mark.parametrize("reference", ["num_2", "did:num_20000:setup"])
def test_a_refund_that_names_another_of_our_numbers_by_its_id_gives_nothing_of_ours_back(reference: str) -> None:
    row, back = a_row(), a_row(kind="refund", reference=reference)
    others = another("500+7 INR"), replace(another("500+7 INR", no=3), number_id="num_20000")
    assert _left([row, back], *others) == [row]


def test_a_charge_that_names_a_number_whose_charge_was_refunded_explains_no_silent_one() -> None:
    ours, theirs = a_row(), a_row(description="DID purchase +918069000002")
    assert _left([ours, theirs, _refund(description="Refund +918069000002")], another()) == [ours]


# what a row names


NAMES = {
    NUMBER_ID: [
        *(a_row(description=words) for words in (OURS, f"DID{DIGITS}/1", f"DID 00{DIGITS}")),
        *(a_row(reference=words) for words in (DIGITS, NUMBER_ID)),
    ],
    "did_00042": [
        *(a_row(reference=words) for words in ("did_00042", "did:did_00042:setup")),
        a_row(description="Setup of did_00042"),
    ],
    "101": [a_row(reference="101")],
    "setup": [a_row(reference="setup")],
}
NAMES_NOT = {
    NUMBER_ID: [
        a_row(reference=words) for words in (f"{NUMBER}7", f"7{DIGITS}", f"{NUMBER_ID}0", f"x{NUMBER_ID}", "num-1")
    ],
    "did_00042": [a_row(description=f"Setup of {other}") for other in ("did_000421", "xdid_00042")],
    "101": [a_row(description="DID purchase, 101.00 INR"), a_row(reference="did:101")],
    "20261102": [a_row(description="DID purchase of 20261102")],
    "setup": [a_row(description="DID setup fee")],
}


def test_a_row_names_a_number_by_its_digits_or_by_an_id_that_nothing_else_looks_like() -> None:
    for rows_of, names in ((NAMES, True), (NAMES_NOT, False)):
        for number_id, rows in rows_of.items():
            assert [row.names(NUMBER, number_id) for row in rows] == [names] * len(rows)
            for row in rows:
                assert bool(a_ledger([row], number_id=number_id).naming(NUMBER, NOON)) is names


@pytest.mark.parametrize("named", [a_row("5 INR", description=OURS), a_row("7 INR", reference=NUMBER_ID)])
def test_a_row_that_names_the_number_counts_whatever_its_size_and_before_others(named: LedgerEntry) -> None:
    assert _left([named, a_row()]) == [named]


def test_a_row_that_names_one_of_our_numbers_by_its_id_is_explained_and_nobodys_id_says_nothing() -> None:
    assert _left([a_row(reference="num_2")], another(None)) == []
    row = a_row(reference="num_77")
    assert _left([row], another(None)) == [row]


# what nobody explains


def test_a_charge_that_none_of_our_numbers_explains_is_a_stray_whatever_its_size() -> None:
    stray = a_row("77 INR")
    rows = [a_row("100 INR"), stray, a_row("1 INR"), a_rental("2 INR")]
    assert _strays(rows, another(), another("5+2 INR", no=3, is_new=False)) == [stray]


def test_what_names_one_of_our_numbers_was_refunded_or_written_off_is_none() -> None:
    rows = [
        a_row("77 INR", reference="num_2"),
        a_row(reference="order_7"),
        _refund(reference="order_7"),
        a_row(id="txn_lost"),
    ]
    assert _strays(rows, another(), written_off=frozenset({"txn_lost"})) == []


@pytest.mark.parametrize(
    ("days", "billed_at", "explained"),
    [(0, (NOON,), True), (1.4, (NOON,), True), (-0.6, (NOON,), False), (1.6, (NOON,), False), (3, (), True)],
)
def test_a_rental_of_an_older_number_is_explained_by_its_billing_date_when_that_is_stated(
    days: float, billed_at: tuple[datetime, ...], explained: bool
) -> None:
    row, older = a_rental(at=NOON + timedelta(days=days)), replace(another(is_new=False), billed_at=billed_at)
    assert _strays([row], older) == ([] if explained else [row])


@pytest.mark.parametrize(("days", "explained"), [(0, True), (1.4, True), (-0.6, False), (1.6, False)])
def test_a_purchase_explains_a_row_of_its_day_or_the_day_after(*, days: float, explained: bool) -> None:
    row = a_row(at=NOON + timedelta(days=days))
    assert _strays([row], another()) == ([] if explained else [row])


def test_a_row_is_crossed_out_by_the_fee_that_is_nearest_to_it_of_both_days() -> None:
    older = replace(another("0+299 INR", is_new=False), billed_at=(NOON - timedelta(days=1),))
    newer = replace(another("0+349 INR", no=3, is_new=False), billed_at=(NOON,))
    assert _strays([a_rental("299 INR", at=NOON - timedelta(days=1)), a_rental("349 INR")], older, newer) == []


def test_a_month_that_is_still_to_be_billed_today_takes_no_due_away_from_a_row_that_was() -> None:
    """Fees of 299 and 349 with taxes of 18 %: 352.82 may be either."""
    morning, evening = NOON, NOON + timedelta(hours=6)
    billed = replace(another("0+299 INR", is_new=False), billed_at=(morning,))
    to_be_billed = replace(another("0+349 INR", no=3, is_new=False), billed_at=(evening,))
    first, second = a_rental("352.82 INR", at=morning), a_rental("411.82 INR", at=evening)
    assert _strays([first], billed, to_be_billed) == []
    assert _strays([first, second], billed, to_be_billed) == []


# sums


@pytest.mark.parametrize(
    ("amounts", "sum_of_them"),
    [
        (["100 INR", "1.50 INR"], "101.50 INR"),
        (["-100 INR", "1 INR"], "101 INR"),
        (["100 INR", None], None),
        (["100 INR", "1 USD"], None),
        ([], None),
    ],
)
def test_a_total_is_known_of_known_amounts_in_one_currency(amounts: list[str | None], sum_of_them: str | None) -> None:
    assert total([a_row(amount) for amount in amounts]) == (None if sum_of_them is None else Money.of(sum_of_them))
