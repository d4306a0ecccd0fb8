"""The month's counter: held, freed and spent, and never past the budget but by what was really charged."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlalchemy.exc import NoResultFound

from bot.domain.money import Money
from bot.domain.request import PurchaseRequest
from bot.store import budgets
from tests.bot.conftest import Undone
from tests.harness.builders import a_request
from tests.harness.rows import held_by
from tests.harness.stores import keep

NOVEMBER, DECEMBER = "2026-11", "2026-12"
BUDGET = Money.of("250 INR")


@pytest.fixture
def asked(connection: Connection) -> PurchaseRequest:
    return keep(connection, a_request(), ts=None)


def _another(connection: Connection, no: int) -> PurchaseRequest:
    return keep(connection, a_request(number=f"+9180690{no:05}"), ts=None)


def _reserve(it: Connection, request: PurchaseRequest, charge: str = "101 INR", *, month: str = NOVEMBER) -> bool:
    return budgets.reserve(it, request.id, Money.of(charge), month=month, budget=BUDGET)


def _stands(connection: Connection, month: str = NOVEMBER, currency: str = "INR") -> tuple[str, str]:
    """Reserved and spent."""
    found = budgets.of_month(connection, month, currency)
    return found.reserved.plain(), found.spent.plain()


def test_a_charge_is_held_as_long_as_there_is_room_and_without_a_budget_there_always_is(connection: Connection) -> None:
    assert _stands(connection) == ("0", "0")
    assert [_reserve(connection, _another(connection, no)) for no in range(3)] == [True, True, False]
    assert _stands(connection) == ("202", "0")
    much = Money.of("9000000000000 INR")
    assert budgets.reserve(connection, _another(connection, 4).id, much, month=NOVEMBER, budget=None)


@pytest.mark.parametrize(("charge", "fits"), [("149 INR", True), ("149.000001 INR", False)])
def test_the_last_unit_of_the_budget_may_be_used(connection: Connection, charge: str, fits: bool) -> None:
    assert _reserve(connection, _another(connection, 1))
    assert _reserve(connection, _another(connection, 2), charge) is fits


def test_a_months_first_charge_that_is_above_the_whole_budget_is_not_held(
    connection: Connection, asked: PurchaseRequest
) -> None:
    assert not _reserve(connection, asked, "250.000001 INR")
    assert (_stands(connection), held_by(connection, asked.id)) == (("0", "0"), 0)
    assert _reserve(connection, asked, "250 INR")


def test_what_was_never_approved_has_no_month_to_be_spent_in(connection: Connection, asked: PurchaseRequest) -> None:
    with pytest.raises(NoResultFound):
        budgets.spend(connection, asked.id, Money.of("101 INR"))
    with pytest.raises(NoResultFound):
        budgets.month_of(connection, asked.id)


def test_every_month_and_currency_has_its_own(connection: Connection, asked: PurchaseRequest) -> None:
    assert _reserve(connection, asked)
    assert (_stands(connection, DECEMBER), _stands(connection, NOVEMBER, "USD")) == (("0", "0"), ("0", "0"))
    in_november = budgets.in_currencies(connection, NOVEMBER, ["USD"])
    assert [(month.reserved, month.spent) for month in in_november] == [
        (Money.of("101 INR"), Money.of("0 INR")),
        (Money.of("0 USD"), Money.of("0 USD")),
    ]
    assert budgets.in_currencies(connection, DECEMBER, []) == []


def test_what_a_request_held_is_freed_when_it_is_held_anew(connection: Connection, asked: PurchaseRequest) -> None:
    _reserve(connection, asked)
    assert _reserve(connection, asked, "250 INR")
    assert _stands(connection) == ("250", "0")
    assert _reserve(connection, asked, month=DECEMBER)
    assert (_stands(connection), _stands(connection, DECEMBER)) == (("0", "0"), ("101", "0"))


def test_what_was_charged_counts_instead_of_what_was_held(connection: Connection, asked: PurchaseRequest) -> None:
    """Past the budget if need be, and until another charge becomes known."""
    _reserve(connection, asked)
    budgets.spend(connection, asked.id, Money.of("300.5 INR"))
    assert _stands(connection) == ("0", "300.5")
    assert not _reserve(connection, _another(connection, 1), "0.000001 INR")
    budgets.correct(connection, asked.id, counted=Money.of("300.5 INR"), charged=Money.of("119.18 INR"))
    assert _stands(connection) == ("0", "119.18")


def test_a_charge_counts_in_its_currency_and_the_month_held_in(connection: Connection, asked: PurchaseRequest) -> None:
    _reserve(connection, asked)
    budgets.release(connection, asked.id)
    budgets.spend(connection, asked.id, Money.of("2 USD"))
    assert (_stands(connection), _stands(connection, NOVEMBER, "USD")) == (("0", "0"), ("0", "2"))


def test_money_that_moved_after_all_is_held_again_past_budget(connection: Connection, asked: PurchaseRequest) -> None:
    _reserve(connection, asked)
    budgets.release(connection, asked.id)
    _reserve(connection, _another(connection, 1), "200 INR")
    budgets.hold_again(connection, asked.id, Money.of("101 INR"))
    assert _stands(connection) == ("301", "0")


AMOUNTS = st.sampled_from(["50", "101", "0.5"])
STEPS = st.lists(st.tuples(st.sampled_from(["reserve", "release", "spend"]), st.integers(0, 3), AMOUNTS), max_size=20)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(steps=STEPS)
def test_reserving_never_passes_the_budget_and_the_counter_is_the_sum_of_what_is_held(
    undone: Undone, steps: list[tuple[str, int, str]]
) -> None:
    with undone() as connection:
        requests = [_another(connection, no) for no in range(4)]
        known = set[int]()
        for what, no, amount in steps:
            before = budgets.of_month(connection, NOVEMBER, "INR").used
            match what:
                case "reserve" if _reserve(connection, requests[no], f"{amount} INR"):
                    known.add(no)
                    assert budgets.of_month(connection, NOVEMBER, "INR").used <= BUDGET
                case "spend" if no in known:
                    budgets.spend(connection, requests[no].id, Money.of(f"{amount} INR"))
                case "release":
                    budgets.release(connection, requests[no].id)
                    assert budgets.of_month(connection, NOVEMBER, "INR").used <= before
                case _:
                    pass
            held = sum(held_by(connection, request.id) for request in requests)
            assert budgets.of_month(connection, NOVEMBER, "INR").reserved.micros == held
