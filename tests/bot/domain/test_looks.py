"""Looks: the provider's table as a verdict, and when a clean look is evidence enough."""

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import looks
from bot.domain.ledger import LedgerEntry
from bot.domain.looks import Look, Verdict, verdict
from bot.domain.numbers import OwnedNumber
from tests.harness.builders import NOON, an_owned_number
from tests.harness.ledger import a_row

OURS, CHARGED, CLEAN, UNCLEAR = Verdict

quick = settings(derandomize=True, deadline=None, max_examples=150)

Debits = tuple[LedgerEntry, ...] | None

UNREAD = Look(is_owned_read=False)
DEBIT = (a_row(),)
BOUGHT, UNDER_WAY = an_owned_number(), an_owned_number(status="pending_purchase")

ON_SALE: list[bool | None] = [True, False, None]
DEBITS: list[Debits] = [DEBIT, (), None]

every_inventory = pytest.mark.parametrize("on_sale", ON_SALE)
every_ledger = pytest.mark.parametrize("debits", DEBITS, ids=["debit", "no debit", "ledger unread"])


def _look(
    owned: OwnedNumber | None = None,
    *,
    on_sale: bool | None = True,
    debits: Debits = (),
    elsewhere: bool = False,
    closed: bool = False,
) -> Look:
    """Spotless unless said otherwise."""
    owned_by = "SA_SUB1" if elsewhere else None
    return Look(
        is_owned_read=True, owned=owned, on_sale=on_sale, debits=debits, owned_by=owned_by, is_ledger_closed=closed
    )


CLOSED = [_look(debits=debits, closed=True) for debits in (None, ())]


@every_inventory
@every_ledger
@pytest.mark.parametrize("status", ["active", None])
def test_a_number_among_our_own_is_ours_in_any_case(status: str | None, on_sale: bool | None, debits: Debits) -> None:
    assert verdict(_look(an_owned_number(status=status), on_sale=on_sale, debits=debits)) is OURS


@every_ledger
@pytest.mark.parametrize("status", ["pending_purchase", "pending_release", "released", "blocked", "?"])
def test_a_number_that_is_not_usable_yet_or_any_more_settles_nothing(status: str, debits: Debits) -> None:
    assert verdict(_look(an_owned_number(status=status), on_sale=False, debits=debits)) is UNCLEAR


@every_inventory
@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("closed", [False, True])
def test_a_debit_without_the_number_is_a_charge_anyhow(on_sale: bool | None, elsewhere: bool, closed: bool) -> None:
    assert verdict(_look(on_sale=on_sale, debits=DEBIT, elsewhere=elsewhere, closed=closed)) is CHARGED


def test_only_a_number_on_sale_without_a_debit_in_a_ledger_that_tells_all_is_clean() -> None:
    assert verdict(Look(is_owned_read=True, on_sale=True, debits=())) is CLEAN
    unclear = [UNREAD, _look(on_sale=False), _look(on_sale=None), _look(debits=None), _look(elsewhere=True), *CLOSED]
    assert {verdict(look) for look in unclear} == {UNCLEAR}


@pytest.mark.parametrize(("owned", "on_sale", "debits"), list(product([BOUGHT, UNDER_WAY, None], ON_SALE, DEBITS)))
def test_what_could_be_read_may_speak_against_an_earlier_clean_look_and_what_could_not_says_nothing(
    owned: OwnedNumber | None, on_sale: bool | None, debits: Debits
) -> None:
    look = _look(owned, on_sale=on_sale, debits=debits)
    assert looks.is_unclean(look) is (owned is not None or on_sale is False or debits == DEBIT)


def test_a_look_that_could_read_nothing_is_not_unclean_and_a_number_of_another_account_is() -> None:
    assert not looks.is_unclean(UNREAD)
    assert looks.is_unclean(_look(elsewhere=True))


AGAINST = [_look(debits=None), *(_look(on_sale=on_sale) for on_sale in ON_SALE), *CLOSED, _look(elsewhere=True)]
CHARGED_FOR = [_look(debits=DEBIT), _look(debits=DEBIT, closed=True), _look(debits=DEBIT, elsewhere=True)]


def test_own_numbers_without_it_and_no_debit_that_was_seen_speak_against_a_sale() -> None:
    assert all(looks.speaks_against_a_sale(look) for look in AGAINST)
    silent = [*CHARGED_FOR, _look(BOUGHT), _look(UNDER_WAY), UNREAD]
    assert not any(looks.speaks_against_a_sale(look) for look in silent)


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
    assert looks.is_certain(clean_since=NOON - since_first, call_ended_at=NOON - since_call, began_at=NOON) is certain


@quick
@given(first=st.integers(-10, 120), ended=st.integers(-10, 120), now=st.integers(-10, 120), later=st.integers(0, 3600))
def test_what_is_certain_stays_certain(first: int, ended: int, now: int, later: int) -> None:
    def certain_at(second: int) -> bool:
        times = [NOON + timedelta(seconds=at) for at in (first, ended, second)]
        return looks.is_certain(clean_since=times[0], call_ended_at=times[1], began_at=times[2])

    assert not certain_at(now) or certain_at(now + later)


@pytest.mark.parametrize(
    ("since_clean", "since_first", "certain"),
    [(5.0, 60.0, True), (4.9, 60.0, False), (5.0, 59.9, False), (None, 3600.0, False)],
)
def test_a_clock_that_nobody_sets_has_to_bear_it_out(
    since_clean: float | None, since_first: float, *, certain: bool
) -> None:
    now = 100.0
    timed = looks.Timed(first=now - since_first, clean=None if since_clean is None else now - since_clean)
    assert timed.bears_out(now) is certain


def test_looks_come_later_and_later_and_two_that_people_ask_for_are_apart() -> None:
    assert [pause.total_seconds() for pause in looks.PAUSES] == [1, 5, 15, 60, 300, 1800]
    first, second = looks.LOOK_AGAIN_PAUSES
    assert first < second >= FIVE
