"""What other numbers explain of the ledger, and that it is never more than they can have caused."""

import sys
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.explaining import Known
from bot.domain.ledger import LedgerEntry
from tests.harness.builders import NOON, NUMBER, some_fees
from tests.harness.ledger import a_ledger, a_rental, a_row, another, expected

quick = settings(derandomize=True, deadline=None, max_examples=500)


def _left(rows: list[LedgerEntry], *others: Known, fees: str = "100+1 INR") -> list[LedgerEntry]:
    """The rows that only our purchase would explain."""
    return list(a_ledger(rows, *others).unexplained(expected(fees)))


@pytest.mark.parametrize("amounts", [["101 INR"], ["-101 INR"], ["100 INR", "1 INR"], ["1 INR", "100 INR"]])
def test_a_number_bought_meanwhile_explains_its_charge_in_one_row_or_in_two_signed_or_not(amounts: list[str]) -> None:
    rows = [a_row(amount) for amount in amounts]
    assert _left(rows) == rows
    assert _left(rows, another()) == []


@pytest.mark.parametrize("amounts", [["101 INR"], ["100 INR", "1 INR"]])
def test_the_same_charge_once_more_is_ours(amounts: list[str]) -> None:
    rows = [a_row(amount) for amount in [*amounts, *amounts]]
    left = _left(rows, another())
    assert sorted(row.amount.plain() for row in left if row.amount) == sorted(a.split()[0] for a in amounts)


def test_two_rows_that_are_alike_to_the_last_word_are_two_charges() -> None:
    row = a_row(id="no-id~5f1c")
    assert _left([row, row]) == [row, row]
    assert _left([row, row], another()) == [row]


@pytest.mark.parametrize("tax", ["1.18", "1.3"])
@pytest.mark.parametrize("amounts", [["101"], ["100", "1"]])
def test_taxes_on_top_change_nothing(tax: str, amounts: list[str]) -> None:
    taxed = [f"{Decimal(amount) * Decimal(tax)} INR" for amount in amounts]
    theirs, ours = [a_row(amount) for amount in taxed], [a_row(amount) for amount in taxed]
    assert _left(theirs, another()) == []
    assert len(_left([*theirs, *ours], another())) == len(amounts)


def test_a_tax_in_a_row_of_its_own_may_be_ours_as_well() -> None:
    rows = [a_row("101 INR"), a_row("18.18 INR")]
    assert _left(rows) == rows


MAY_BE_OURS = ["101 INR", "131.3 INR", "100 INR", "41 INR", "1 INR"]
CANNOT_BE_OURS = ["131.31 INR", "101 USD"]


@pytest.mark.parametrize("amount", [*MAY_BE_OURS, *CANNOT_BE_OURS])
def test_only_the_charge_or_a_part_of_it_up_to_three_tenths_dearer_can_be_ours(amount: str) -> None:
    row = a_row(amount)
    assert _left([row]) == ([row] if amount in MAY_BE_OURS else [])


def test_a_number_that_was_ours_before_explains_one_rental_and_no_second_one_and_no_purchase() -> None:
    rows = [a_rental(), a_rental()]
    assert len(_left(rows, another(is_new=False))) == 1
    row = a_row("1 INR")
    assert _left([row], another(is_new=False)) == [row]


@pytest.mark.parametrize(
    ("billed_after", "charged_after", "is_ours"),
    [
        (None, 0, True),
        (timedelta(0), 0, False),
        (timedelta(days=3), 3, False),
        (timedelta(days=-1), 0, True),
        (timedelta(days=3), 0, True),
        (timedelta(hours=6), 0, True),
        (timedelta(days=25), 3, True),
    ],
)
@pytest.mark.parametrize("fees", ["0+1 INR", "0.5+0.5 INR"])
def test_where_a_rental_row_may_be_our_whole_charge_an_older_number_explains_it_only_when_it_was_billed_since(
    billed_after: timedelta | None, charged_after: int, *, is_ours: bool, fees: str
) -> None:
    billed_at = () if billed_after is None else (NOON + billed_after,)
    older = replace(another("9+1 INR", is_new=False), billed_at=billed_at)
    row = a_rental("1 INR", at=NOON + timedelta(days=charged_after))
    assert _left([row], older, fees=fees) == ([row] if is_ours else [])


@pytest.mark.parametrize("billed_at", [(), (NOON + timedelta(hours=6),)], ids=["not stated", "later that day"])
def test_where_a_rental_row_is_no_more_than_a_part_of_our_charge_an_older_number_explains_it_at_any_time(
    billed_at: tuple[datetime, ...],
) -> None:
    assert _left([a_rental("1 INR")], replace(another(is_new=False), billed_at=billed_at)) == []


UNEXPLAINED: dict[str, tuple[LedgerEntry, str, list[Known]]] = {
    "a rental that may be our whole charge, or a smaller month with taxes that was billed before": (
        a_rental("1 INR"),
        "0+1 INR",
        [replace(another("9+0.9 INR", is_new=False), billed_at=(NOON - timedelta(hours=1),))],
    ),
    "a rental at an unreadable time that may be our whole charge": (
        a_rental("1 INR", at=None),
        "0+1 INR",
        [another("9+1 INR", is_new=False)],
    ),
    "where the other's fees are not known": (a_row(), "100+1 INR", [another(None)]),
    "where the other's fees are nothing": (a_row("0.5 INR"), "0+0.5 INR", [another("0+0 INR")]),
    "whose amount cannot be read": (a_row(None), "100+1 INR", [another(), another("0+101 INR", no=3)]),
}


@pytest.mark.parametrize(("row", "fees", "others"), UNEXPLAINED.values(), ids=UNEXPLAINED)
def test_another_number_does_not_explain_a_row(row: LedgerEntry, fees: str, others: list[Known]) -> None:
    assert _left([row], *others, fees=fees) == [row]


def test_a_row_without_a_time_that_cannot_be_ours_any_more_leaves_nothing_for_one_that_can() -> None:
    timeless, ours = a_rental("1.2 INR", at=None), a_rental("1 INR")
    ledger = a_ledger([timeless, ours], replace(another(is_new=False), billed_at=()))
    asked = replace(expected(), takes_undated=False)
    assert ledger.unexplained(asked) == (ours,)
    assert a_ledger([timeless]).unexplained(asked) == ()


def test_numbers_that_owed_nothing_in_those_days_are_not_gone_through() -> None:
    """Of which a large account has tens of thousands."""
    before, later = NOON - timedelta(days=40), NOON + timedelta(days=9)

    def steps(others: int) -> int:
        idle = [replace(another(no=no), bought_at=before, billed_at=(later,)) for no in range(3, 3 + others)]
        ledger, taken = a_ledger([a_row(), a_row()], another(), *idle), list[str]()
        sys.setprofile(lambda _, event, __: taken.append(event))
        left = ledger.unexplained(expected())
        sys.setprofile(None)
        assert len(left) == 1
        return len(taken)

    assert steps(100) == steps(0)


def test_a_number_whose_own_row_names_it_explains_no_other_row() -> None:
    ours, theirs = a_row(), a_row(description="DID purchase +918069000002")
    assert _left([ours, theirs], another()) == [ours]


def test_purchases_of_one_day_each_explain_the_row_of_their_hour() -> None:
    """The provider's clock may be behind ours."""
    hours = [NOON + timedelta(hours=no) for no in range(3)]
    others = [replace(another(no=no), bought_at=at + timedelta(minutes=1)) for no, at in enumerate(hours, start=2)]
    assert _left([a_row(at=at) for at in hours], *others) == []


def test_a_row_that_may_be_our_whole_charge_is_not_explained_by_what_was_bought_later_that_day() -> None:
    row = a_row(at=NOON)
    assert _left([row], replace(another(), bought_at=NOON + timedelta(hours=1))) == [row]


def test_our_own_fees_explain_no_row_when_the_number_is_among_our_own() -> None:
    row = a_row()
    assert _left([row], replace(another(), number=NUMBER)) == [row]


def test_what_is_debited_after_the_days_that_are_watched_is_not_ours() -> None:
    watched = replace(expected(), until=NOON + timedelta(days=7))
    rows = [a_row(at=NOON + timedelta(days=days)) for days in (7, 8)]
    assert a_ledger(rows).unexplained(watched) == (rows[0],)


def test_a_number_takes_its_own_dearer_row_and_leaves_ours() -> None:
    """Each of both may be the charge of the other number; only one of the ways leaves nothing without a cause."""
    ours = a_row("135 INR")
    assert _left([ours, a_row("100 INR"), a_row("30 INR")], another("100+30 INR"), fees="130+5 INR") == [ours]


@pytest.mark.parametrize(
    ("our_fees", "ours", "their_fees", "theirs"),
    [
        ("0+100", "100", "500+100", "600"),
        ("100+1", "101", "500+100", "600"),
        ("0+499", "499", "2000+499", "2499"),
        ("0+100", "105", "500+100", "630"),
    ],
)
def test_a_purchase_in_one_row_takes_no_second_one_whose_tax_would_be_another(
    our_fees: str, ours: str, their_fees: str, theirs: str
) -> None:
    row = a_row(f"{ours} INR")
    assert _left([row, a_row(f"{theirs} INR")], another(f"{their_fees} INR"), fees=f"{our_fees} INR") == [row]


FEES = st.sampled_from(["0", "1", "5", "50", "60", "80", "100", "110", "130"])
PRICES = st.builds("{}+{} INR".format, FEES, FEES.filter(lambda fee: fee != "0"))


@st.composite
def others_with_rows(draw: st.DrawFn, parts: int, tax: Decimal) -> tuple[list[Known], list[LedgerEntry], int]:
    """Numbers bought meanwhile or before, all their rows, and how many rows they can have caused at most."""
    others, rows, most = [], list[LedgerEntry](), 0
    for no, fees in enumerate(draw(st.lists(PRICES, max_size=4)), start=2):
        other = another(fees, no=no, is_new=draw(st.booleans()))
        theirs = _rows(fees, parts, tax) if other.bought_at == NOON else [a_rental(_taxed(fees.partition("+")[2], tax))]
        others.append(other)
        rows += theirs
        most += len(_rows(fees, 2, tax)) if other.bought_at == NOON else 1
    return others, rows, most


def _rows(fees: str, parts: int, tax: Decimal) -> list[LedgerEntry]:
    setup, monthly = some_fees(fees)
    amounts = [setup + monthly] if parts == 1 else [setup, monthly]
    return [a_row(_taxed(str(amount), tax)) for amount in amounts if amount.amount]


def _taxed(amount: str, tax: Decimal) -> str:
    plain, currency = amount.split()
    return f"{Decimal(plain) * tax} {currency}"


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[str, list[Known], list[LedgerEntry], list[LedgerEntry], int]:
    """What we pay, the other numbers, their rows, ours, and the most rows that the others can have caused."""
    parts, tax = draw(st.sampled_from([1, 2])), draw(st.sampled_from([Decimal(1), Decimal("1.18"), Decimal("1.3")]))
    others, theirs, most = draw(others_with_rows(parts, tax))
    fees = draw(PRICES)
    return fees, draw(st.permutations(others)), theirs, _rows(fees, parts, tax), most


@quick
@given(ledger=ledgers(), data=st.data())
def test_what_the_others_paid_is_never_ours_and_with_more_rows_than_they_can_have_caused_ours_is_seen(
    ledger: tuple[str, list[Known], list[LedgerEntry], list[LedgerEntry], int], data: st.DataObject
) -> None:
    fees, others, theirs, ours, most = ledger
    assert _left(data.draw(st.permutations(theirs)), *others, fees=fees) == []
    if len(theirs) + len(ours) > most:
        left = _left(data.draw(st.permutations([*theirs, *ours])), *others, fees=fees)
        assert 0 < len(left) <= len(ours)
