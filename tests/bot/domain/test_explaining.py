"""The ledger as evidence: a debit explains itself first, and one that nobody explains is never overlooked."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import settings

from bot.domain.explaining import CLOCK_MARGIN, Other, strays, suspects, unexplained
from bot.domain.ledger import LedgerEntry, is_about, total
from bot.domain.money import Money
from tests.harness.builders import NOON, NUMBER
from tests.harness.ledger import NUMBER_ID, a_rental, a_row, another, expected

NOTHING = frozenset[str]()

quick = settings(derandomize=True, deadline=None, max_examples=300)


def _left(rows: list[LedgerEntry], *others: Other, fees: str = "100+1 INR") -> list[LedgerEntry]:
    """The rows that only our purchase would explain."""
    return list(unexplained(rows, expected(fees), others, NOTHING))


def _suspects(rows: list[LedgerEntry], written_off: frozenset[str] = NOTHING) -> list[LedgerEntry]:
    return suspects(rows, expected(), written_off)


# what is a suspect


@pytest.mark.parametrize("type", ["did_purchase", "did_rental"])
def test_a_number_charge_is_a_suspect(type: str) -> None:
    row = a_row(type=type)
    assert _suspects([row]) == [row]


def test_the_older_edition_says_in_the_rows_type_what_it_is_for() -> None:
    row = a_row(type=None, kind="did_purchase")
    assert _suspects([row]) == [row]


@pytest.mark.parametrize("type", ["call", "sms", "topup", "", None])
def test_a_charge_for_anything_else_than_a_number_is_none(type: str | None) -> None:
    assert _suspects([a_row(type=type)]) == []


@pytest.mark.parametrize("status", ["failed", "cancelled", "canceled", "reversed", "declined", "FAILED"])
def test_a_charge_that_never_happened_is_none(status: str) -> None:
    assert _suspects([a_row(status=status)]) == []


@pytest.mark.parametrize("status", ["completed", "pending", "processing", "", None])
def test_a_charge_in_any_other_status_is_one(status: str | None) -> None:
    row = a_row(status=status)
    assert _suspects([row]) == [row]


def test_a_charge_counts_from_two_minutes_before_the_call_by_the_providers_clock() -> None:
    assert timedelta(minutes=2) == CLOCK_MARGIN
    early, late = (a_row(at=NOON - CLOCK_MARGIN - timedelta(microseconds=by)) for by in (1, 0))
    assert _suspects([early, late]) == [late]


def test_a_charge_without_a_readable_time_is_one() -> None:
    row = a_row(at=None)
    assert _suspects([row]) == [row]


def test_a_charge_that_was_written_off_is_none() -> None:
    row = a_row(id="txn_lost")
    assert _suspects([row], frozenset({"txn_lost"})) == []
    assert _suspects([row], frozenset({"txn_other"})) == [row]


# refunds


def _refund(amount: str = "101 INR", *, of: LedgerEntry | None = None, at: datetime = NOON) -> LedgerEntry:
    """A credit that says it is a refund; with `of` it repeats the words of what it gives back."""
    words = (None, None) if of is None else (of.description, of.reference)
    return a_row(amount, kind="credit", type="refund", description=words[0], reference=words[1], at=at)


def test_a_charge_that_was_refunded_is_none() -> None:
    assert _suspects([a_row(), _refund()]) == []


def test_a_refund_of_another_size_gives_nothing_back() -> None:
    row = a_row()
    assert _suspects([row, _refund("100 INR")]) == [row]


def test_a_refund_takes_the_charge_whose_words_it_repeats() -> None:
    other, ours = a_row(description="DID purchase A"), a_row(description="DID purchase B")
    assert _suspects([other, ours, _refund(of=ours)]) == [other]
    assert _suspects([other, ours, _refund(of=other)]) == [ours]


def test_one_refund_gives_one_charge_back() -> None:
    assert len(_suspects([a_row(), a_row(), _refund()])) == 1


@pytest.mark.parametrize("kind", ["credit", "refund", "reversal"])
def test_what_comes_back_is_no_charge_whatever_it_was_for(kind: str) -> None:
    back = a_row(kind=kind, type="did_purchase", description=f"+{NUMBER}")
    assert _suspects([back]) == []
    assert _suspects([a_row(), back]) == []


@pytest.mark.parametrize("type", ["topup", "payment", None])
def test_money_that_was_paid_in_is_no_refund(type: str | None) -> None:
    row = a_row("500 INR", description="DID purchase")
    paid_in = a_row("500 INR", kind="credit", type=type, description="UPI payment", reference="pay_77")
    assert suspects([row, paid_in], expected("0+500 INR"), NOTHING) == [row]


def test_what_was_given_back_before_the_charge_is_not_its_refund() -> None:
    row = a_row(at=NOON + timedelta(seconds=5))
    assert _suspects([row, _refund(at=NOON)]) == [row]
    assert _suspects([row, _refund(at=NOON + timedelta(seconds=5))]) == []


@pytest.mark.parametrize("status", ["failed", "cancelled", "declined"])
def test_a_refund_that_never_happened_gives_nothing_back(status: str) -> None:
    row = a_row()
    assert _suspects([row, a_row(kind="credit", type="refund", status=status)]) == [row]


OURS, THEIRS = f"DID purchase {NUMBER}", "DID purchase +918069000777"


@pytest.mark.parametrize("charge", [OURS, "DID purchase"])
def test_a_refund_that_names_another_number_gives_nothing_of_ours_back(charge: str) -> None:
    row = a_row(description=charge)
    back = a_row(kind="refund", type="did_purchase", description=f"Refund {THEIRS}")
    assert _suspects([row, back]) == [row]


@pytest.mark.parametrize("reference", ["num_2", "did:num_20000:setup"])
def test_a_refund_that_names_another_of_our_numbers_by_its_id_gives_nothing_of_ours_back(reference: str) -> None:
    row = a_row()
    back = a_row(kind="refund", type="did_purchase", reference=reference)
    others = another("500+7 INR"), replace(another("500+7 INR", no=3), number_id="num_20000")
    assert _left([row, back], *others) == [row]


def test_a_refund_that_names_our_number_gives_our_charge_back_named_or_not() -> None:
    for charge in (OURS, "DID purchase"):
        row = a_row(description=charge, reference="order_7")
        assert _suspects([row, a_row(kind="refund", type="refund", description=f"Refund {NUMBER}")]) == []


def test_a_refund_that_names_nobody_gives_back_what_names_nobody() -> None:
    named, silent = a_row(description=OURS), a_row()
    assert _suspects([named, _refund()]) == [named]
    assert _suspects([silent, _refund()]) == []


def test_a_refund_that_names_nobody_and_has_the_charges_reference_gives_it_back() -> None:
    row = a_row(description=OURS, reference="order_7")
    back = a_row(kind="credit", type="refund", description="Refund", reference="order_7")
    assert _suspects([row, back]) == []


def test_a_refund_whose_words_fit_every_purchase_gives_none_back_that_is_named_by_its_reference() -> None:
    row = a_row(description="DID purchase", reference=NUMBER_ID)
    back = a_row(kind="credit", type="refund", description="DID purchase", reference="refund_9")
    assert _suspects([row, back]) == [row]


def test_a_charge_that_names_a_number_whose_charge_was_refunded_explains_no_silent_one() -> None:
    ours = a_row()
    theirs = a_row(description="DID purchase +918069000002")
    back = a_row(kind="refund", type="refund", description="Refund +918069000002")
    assert _left([ours, theirs, back], another()) == [ours]


def test_a_charge_whose_amount_cannot_be_read_is_not_known_to_be_refunded() -> None:
    row = a_row(None)
    assert _suspects([row, _refund()]) == [row]


# what a row names


@pytest.mark.parametrize(
    "words",
    [
        {"description": f"DID purchase {NUMBER}"},
        {"description": f"DID{NUMBER.removeprefix('+')}/1"},
        {"description": f"DID 00{NUMBER.removeprefix('+')}"},
        {"reference": NUMBER.removeprefix("+")},
        {"reference": NUMBER_ID},
    ],
)
def test_a_row_names_a_number_by_its_digits_or_by_the_providers_id(words: dict[str, str]) -> None:
    row = a_row("7 INR", description=words.get("description"), reference=words.get("reference"))
    assert _left([row, a_row()]) == [row]


@pytest.mark.parametrize(
    ("number_id", "words", "names"),
    [
        ("did_00042", {"reference": "did_00042"}, True),
        ("did_00042", {"reference": "did:did_00042:setup"}, True),
        ("did_00042", {"description": "Setup of did_00042"}, True),
        ("did_00042", {"description": "Setup of did_000421"}, False),
        ("101", {"reference": "101"}, True),
        ("101", {"description": "DID purchase, 101.00 INR"}, False),
        ("101", {"reference": "did:101"}, False),
        ("20261102", {"description": "DID purchase of 20261102"}, False),
        ("setup", {"description": "DID setup fee"}, False),
        ("setup", {"reference": "setup"}, True),
    ],
)
def test_an_id_within_other_words_counts_when_nothing_else_looks_like_it(
    number_id: str, words: dict[str, str], *, names: bool
) -> None:
    row = a_row(description=words.get("description"), reference=words.get("reference"))
    assert row.names(expected().number, number_id) is names


@pytest.mark.parametrize(
    "reference", [f"{NUMBER}7", f"7{NUMBER.removeprefix('+')}", f"{NUMBER_ID}0", f"x{NUMBER_ID}", "num-1"]
)
def test_a_row_with_longer_digits_or_a_longer_id_names_another(reference: str) -> None:
    assert not a_row(reference=reference).names(expected().number, NUMBER_ID)


def test_once_a_row_names_the_number_the_others_are_not_about_it() -> None:
    named = a_row(description=f"DID purchase {NUMBER}")
    assert _suspects([a_row(), named]) == [named]


def test_a_row_that_names_the_number_counts_whatever_its_size() -> None:
    named = a_row("5 INR", description=f"DID purchase {NUMBER}")
    assert _left([named]) == [named]


def test_a_row_that_names_another_number_is_no_suspect() -> None:
    assert _suspects([a_row(description="DID purchase +918069000999")]) == []


def test_a_row_that_names_another_number_by_its_id_is_explained_by_that() -> None:
    assert _left([a_row(reference="num_2")], another(None)) == []


def test_a_row_that_names_nobodys_number_counts_by_its_size() -> None:
    row = a_row(reference="num_77")
    assert _left([row], another(None)) == [row]


# what nobody explains


def test_a_charge_that_none_of_our_numbers_explains_is_a_stray_whatever_its_size() -> None:
    stray = a_row("77 INR")
    rows = [a_row("100 INR"), stray, a_row("1 INR"), a_rental("2 INR")]
    assert strays(rows, [another(), another("5+2 INR", no=3, is_new=False)], NOTHING) == (stray,)


def test_a_charge_that_names_one_of_our_numbers_is_none() -> None:
    assert strays([a_row("77 INR", reference="num_2")], [another()], NOTHING) == ()


def test_a_rental_of_an_older_number_is_explained_by_its_billing_date() -> None:
    older = replace(another(is_new=False), billed_at=(NOON,))
    for days, explained in ((0, True), (0.9, True), (1.1, False), (-1, False)):
        row = a_rental(at=NOON + timedelta(days=days))
        assert strays([row], [older], NOTHING) == (() if explained else (row,))


def test_a_rental_of_an_older_number_whose_billing_date_is_not_stated_may_come_at_any_time() -> None:
    assert (
        strays([a_rental(at=NOON + timedelta(days=3))], [replace(another(is_new=False), billed_at=())], NOTHING) == ()
    )


def test_a_charge_that_was_refunded_or_written_off_is_none() -> None:
    assert strays([a_row(), _refund(), a_row(id="txn_lost")], [], frozenset({"txn_lost"})) == ()


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
def test_a_total_is_known_when_every_amount_is_and_they_have_one_currency(
    amounts: list[str | None], sum_of_them: str | None
) -> None:
    assert total([a_row(amount) for amount in amounts]) == (None if sum_of_them is None else Money.of(sum_of_them))


def test_an_unreadable_amount_may_be_any() -> None:
    assert is_about(None, Money.of("101 INR"))
