"""Looks: the provider's table as a verdict, and when a clean look is evidence enough."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.ledger import LedgerEntry
from bot.domain.looks import (
    LOOK_AGAIN_PAUSES,
    PAUSES,
    Look,
    Verdict,
    is_certain,
    is_unclean,
    speaks_against_a_sale,
    verdict,
)
from bot.domain.numbers import OwnedNumber
from tests.harness.builders import NOON, an_owned_number
from tests.harness.ledger import a_row

OURS, CHARGED, CLEAN, UNCLEAR = Verdict

quick = settings(derandomize=True, deadline=None, max_examples=150)

UNREAD = Look(is_owned_read=False)
SPOTLESS = Look(is_owned_read=True, on_sale=True, debits=())
DEBIT = (a_row(),)
BOUGHT, UNDER_WAY = an_owned_number(), an_owned_number(status="pending_purchase")

OWNED: list[OwnedNumber | None] = [BOUGHT, UNDER_WAY, None]
ON_SALE = [True, False, None]
DEBITS: list[tuple[LedgerEntry, ...] | None] = [DEBIT, (), None]

TABLE: list[tuple[bool, bool, bool, Verdict]] = [
    # owned, on sale, unexplained debit
    (True, True, True, OURS),
    (True, True, False, OURS),
    (True, False, True, OURS),
    (True, False, False, OURS),
    (False, True, False, CLEAN),
    (False, True, True, CHARGED),
    (False, False, True, CHARGED),
    (False, False, False, UNCLEAR),
]


@pytest.mark.parametrize(("owned", "on_sale", "debit", "says"), TABLE)
def test_what_was_read_whole_says_what_the_providers_table_says(
    owned: bool, on_sale: bool, debit: bool, says: Verdict
) -> None:
    look = Look(is_owned_read=True, owned=BOUGHT if owned else None, on_sale=on_sale, debits=DEBIT if debit else ())
    assert verdict(look) is says


@pytest.mark.parametrize(("on_sale", "debits"), list(product(ON_SALE, DEBITS)))
def test_a_number_among_our_own_is_ours_whatever_else_can_be_read(
    on_sale: bool | None, debits: tuple[LedgerEntry, ...] | None
) -> None:
    assert verdict(Look(is_owned_read=True, owned=BOUGHT, on_sale=on_sale, debits=debits)) is OURS


@pytest.mark.parametrize("status", ["pending_purchase", "pending_release", "released", "blocked", "?"])
@pytest.mark.parametrize("debits", DEBITS)
def test_a_number_that_is_not_usable_yet_or_any_more_settles_nothing(
    status: str, debits: tuple[LedgerEntry, ...] | None
) -> None:
    look = Look(is_owned_read=True, owned=an_owned_number(status=status), on_sale=False, debits=debits)
    assert verdict(look) is UNCLEAR


def test_a_number_without_a_stated_status_is_ours() -> None:
    assert verdict(Look(is_owned_read=True, owned=an_owned_number(status=None))) is OURS


@pytest.mark.parametrize("on_sale", ON_SALE)
def test_a_debit_without_the_number_is_a_charge_on_sale_or_not(on_sale: bool | None) -> None:
    assert verdict(Look(is_owned_read=True, on_sale=on_sale, debits=DEBIT)) is CHARGED


@pytest.mark.parametrize("look", [UNREAD, replace(SPOTLESS, on_sale=None), replace(SPOTLESS, debits=None)])
def test_without_one_of_the_three_reads_nothing_is_clean(look: Look) -> None:
    assert verdict(look) is UNCLEAR


def test_an_account_that_may_not_read_its_ledger_never_sees_a_clean_provider() -> None:
    for debits in (None, ()):
        assert verdict(replace(SPOTLESS, debits=debits, is_ledger_closed=True)) is UNCLEAR
    assert verdict(replace(SPOTLESS, debits=DEBIT, is_ledger_closed=True)) is CHARGED


ELSEWHERE = replace(SPOTLESS, owned_by="SA_SUB1")


def test_a_number_of_another_account_is_neither_ours_nor_on_sale_whatever_the_inventory_says() -> None:
    assert verdict(ELSEWHERE) is UNCLEAR
    assert verdict(replace(ELSEWHERE, debits=DEBIT)) is CHARGED
    assert is_unclean(ELSEWHERE)


@pytest.mark.parametrize(("owned", "on_sale", "debits"), list(product(OWNED, ON_SALE, DEBITS)))
def test_what_could_be_read_may_speak_against_an_earlier_clean_look_and_what_could_not_says_nothing(
    owned: OwnedNumber | None, on_sale: bool | None, debits: tuple[LedgerEntry, ...] | None
) -> None:
    look = Look(is_owned_read=True, owned=owned, on_sale=on_sale, debits=debits)
    assert is_unclean(look) is (owned is not None or on_sale is False or debits == DEBIT)


def test_a_look_that_could_read_nothing_is_not_unclean() -> None:
    assert not is_unclean(UNREAD)


@pytest.mark.parametrize(
    ("look", "speaks"),
    [
        (SPOTLESS, True),
        (replace(SPOTLESS, on_sale=False), True),
        (replace(SPOTLESS, on_sale=None), True),
        (replace(SPOTLESS, debits=None, is_ledger_closed=True), True),
        (replace(SPOTLESS, debits=(), is_ledger_closed=True), True),
        (replace(SPOTLESS, debits=DEBIT, is_ledger_closed=True), False),
        (ELSEWHERE, True),
        (replace(ELSEWHERE, debits=DEBIT), False),
        (replace(SPOTLESS, debits=None), False),
        (replace(SPOTLESS, debits=DEBIT), False),
        (replace(SPOTLESS, owned=BOUGHT), False),
        (replace(SPOTLESS, owned=UNDER_WAY), False),
        (UNREAD, False),
    ],
)
def test_neither_the_number_nor_a_debit_speaks_against_a_sale(look: Look, speaks: bool) -> None:
    assert speaks_against_a_sale(look) is speaks


MINUTE, FIVE = timedelta(seconds=60), timedelta(seconds=5)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("since_first", "since_call", "certain"),
    [
        (FIVE, MINUTE, True),
        (FIVE - TICK, MINUTE, False),
        (FIVE, MINUTE - TICK, False),
        (timedelta(0), timedelta(days=1), False),
        (MINUTE, MINUTE, True),
    ],
)
def test_two_clean_looks_five_seconds_apart_the_later_a_minute_after_the_call_are_certain(
    since_first: timedelta, since_call: timedelta, certain: bool
) -> None:
    assert is_certain(clean_since=NOON - since_first, call_ended_at=NOON - since_call, began_at=NOON) is certain


@quick
@given(first=st.integers(-10, 120), ended=st.integers(-10, 120), now=st.integers(-10, 120), later=st.integers(0, 3600))
def test_what_is_certain_stays_certain(first: int, ended: int, now: int, later: int) -> None:
    def certain_at(second: int) -> bool:
        times = [NOON + timedelta(seconds=at) for at in (first, ended, second)]
        return is_certain(clean_since=times[0], call_ended_at=times[1], began_at=times[2])

    assert not certain_at(now) or certain_at(now + later)


def test_looks_come_later_and_later_and_the_fourth_can_be_certain() -> None:
    assert [pause.total_seconds() for pause in PAUSES] == [1, 5, 15, 60, 300, 1800]
    first_clean, fourth = PAUSES[0], sum(PAUSES[:4], timedelta(0))
    assert is_certain(clean_since=NOON + first_clean, call_ended_at=NOON, began_at=NOON + fourth)
    third = sum(PAUSES[:3], timedelta(0))
    assert not is_certain(clean_since=NOON + first_clean, call_ended_at=NOON, began_at=NOON + third)


def test_another_look_that_people_ask_for_is_two_that_are_apart() -> None:
    first, second = LOOK_AGAIN_PAUSES
    assert second >= FIVE
    assert first < second
