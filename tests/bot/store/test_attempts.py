"""Attempts: recorded before the call, one open at a time, and one sale credited to one of them."""

from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from bot.domain.attempt import NOT_DEFINITE, Attempt, Ending
from bot.domain.facts import ProviderSaid
from bot.domain.money import Money
from bot.domain.numbers import e164
from bot.domain.request import PurchaseRequest, Status
from bot.store import attempts, requests, tables
from tests.harness.builders import NOON, NUMBER, a_request, an_owned_number
from tests.harness.stores import keep

FIRST, SECOND, THIRD = "1" * 32, "2" * 32, "3" * 32
LEASE_UNTIL = NOON + timedelta(seconds=60)
ENDED = NOON + timedelta(seconds=3)

CLOSED = [ending for ending in Ending if ending is not Ending.OPEN]


@pytest.fixture
def buying(connection: Connection) -> PurchaseRequest:
    """A request whose call may leave: its first attempt is recorded."""
    request = keep(connection, a_request(status=Status.PURCHASING))
    _record(connection, request)
    return request


def _record(connection: Connection, request: PurchaseRequest, attempt: str = FIRST, *, entry: int = 10) -> None:
    recorded = replace(request, entry=entry, terms_version=3)
    attempts.record(connection, recorded, attempt=attempt, number_id="num_1", at=NOON, lease_until=LEASE_UNTIL)


def _end(it: Connection, attempt: str = FIRST, ending: Ending = Ending.REFUSED, *, is_over: bool = True) -> None:
    said = ProviderSaid(code="rejected", message="KYC missing", provider_request_id="req_1")
    attempts.call_ended(it, attempt, said, at=ENDED, is_over=is_over)
    attempts.ended(it, attempt, ending, settled_at=ENDED)


def _sell(
    connection: Connection,
    attempt: str = FIRST,
    ending: Ending = Ending.BOUGHT,
    *,
    sale: str = "num_1",
    charged: Money | None = None,
) -> None:
    number, said_by = an_owned_number(), "req_1"
    attempts.sold(
        connection, attempt, ending, at=ENDED, sale=sale, charged=charged, number=number, provider_request_id=said_by
    )


def _newest(connection: Connection, request: PurchaseRequest) -> Attempt:
    found = attempts.newest_of(connection, request.id)
    assert found is not None
    return found


def test_a_recorded_attempt_is_open_and_of_its_approval(connection: Connection, buying: PurchaseRequest) -> None:
    found = attempts.open_of(connection, buying.id)
    assert found is not None
    recorded = {"id": FIRST, "request": buying.id, "entry": 10, "recorded_at": NOON, "lease_until": LEASE_UNTIL}
    recorded |= {"e164": NUMBER, "number_id": "num_1", "ending": Ending.OPEN}
    assert {name: value for name, value in asdict(found).items() if value} == recorded
    assert connection.execute(select(tables.attempts.c.terms_version)).scalar_one() == 3


@pytest.mark.parametrize("ending", Ending)
def test_an_attempt_ends_with_what_was_said_and_unless_it_stays_open_another_may_be_recorded(
    connection: Connection, buying: PurchaseRequest, ending: Ending
) -> None:
    _end(connection, FIRST, ending)
    found = _newest(connection, buying)
    assert (found.ending, found.call_ended_at, found.call_is_over) == (ending, ENDED, True)
    assert (found.code, found.message, found.provider_request_id) == ("rejected", "KYC missing", "req_1")
    if ending is Ending.OPEN:
        assert attempts.open_of(connection, buying.id) == found
        with pytest.raises(IntegrityError):
            _record(connection, buying, SECOND)
    else:
        assert attempts.open_of(connection, buying.id) is None
        _record(connection, buying, SECOND, entry=11)
        assert attempts.open_of(connection, buying.id) == attempts.get(connection, SECOND)


def test_a_call_may_have_ended_and_not_be_over(connection: Connection, buying: PurchaseRequest) -> None:
    _end(connection, is_over=False)
    assert not _newest(connection, buying).call_is_over


def test_attempts_of_two_requests_are_open_side_by_side(connection: Connection, buying: PurchaseRequest) -> None:
    other = keep(connection, a_request(number="+918069000143"), ts=None)
    _record(connection, other, SECOND)
    assert attempts.open_of(connection, other.id) == attempts.get(connection, SECOND)
    assert attempts.open_of(connection, buying.id) == attempts.get(connection, FIRST)


def test_without_a_request_no_attempt_is_open_or_newest_and_none_is_recorded(connection: Connection) -> None:
    request = a_request()
    assert attempts.open_of(connection, request.id) is attempts.newest_of(connection, request.id) is None
    with pytest.raises(IntegrityError):
        _record(connection, request)


@pytest.mark.parametrize("charged", [Money.of("101.50 INR"), Money.of("0 INR"), Money.of("0.000001 USD"), None])
def test_a_sale_closes_its_attempt_with_the_numbers_details_and_what_was_charged(
    connection: Connection, buying: PurchaseRequest, charged: Money | None
) -> None:
    _sell(connection, charged=charged)
    found = _newest(connection, buying)
    assert (found.ending, found.call_ended_at) == (Ending.BOUGHT, ENDED)
    assert (found.number, found.provider_request_id) == (an_owned_number(), "req_1")
    assert (found.charged, str(found.charged)) == (charged, str(charged))
    assert attempts.open_of(connection, buying.id) is None


@pytest.mark.parametrize("ending", CLOSED)
def test_a_sale_counts_as_credited_when_it_was_bought_or_found_and_is_credited_once(
    connection: Connection, buying: PurchaseRequest, ending: Ending
) -> None:
    _sell(connection, ending=ending)
    other = keep(connection, a_request(status=Status.DENIED), ts=None)
    _record(connection, other, SECOND)
    if ending in {Ending.BOUGHT, Ending.FOUND}:
        with pytest.raises(IntegrityError):
            _sell(connection, SECOND)
    else:
        _sell(connection, SECOND)
        assert _newest(connection, other).ending is Ending.BOUGHT


def test_a_second_sale_of_the_same_number_is_another_sale_and_leaves_the_first(
    connection: Connection, buying: PurchaseRequest
) -> None:
    _sell(connection)
    first = _newest(connection, buying)
    _record(connection, buying, SECOND, entry=11)
    _sell(connection, SECOND, sale="num_2")
    assert _newest(connection, buying).sale == "num_2"
    assert attempts.get(connection, FIRST) == first


def test_the_newest_attempt_is_the_one_recorded_last(connection: Connection, buying: PurchaseRequest) -> None:
    _end(connection)
    for entry, attempt in enumerate([THIRD, SECOND], start=11):
        _record(connection, buying, attempt, entry=entry)
        _end(connection, attempt)
    assert _newest(connection, buying).id == SECOND


def test_of_several_requests_each_ones_newest_attempt_is_read(connection: Connection, buying: PurchaseRequest) -> None:
    other, untried = (
        keep(connection, a_request(number=f"+9180690001{no}", status=Status.PURCHASING), ts=None) for no in range(2)
    )
    _end(connection)
    _record(connection, buying, THIRD, entry=11)
    _record(connection, other, SECOND, entry=9)
    found = attempts.newest_among(connection, [buying.id, other.id, untried.id])
    assert found == {buying.id: attempts.get(connection, THIRD), other.id: attempts.get(connection, SECOND)}
    assert attempts.newest_among(connection, []) == {}


@pytest.mark.parametrize("ending", Ending)
def test_a_number_is_unsettled_while_an_end_without_a_definite_word_is(
    connection: Connection, buying: PurchaseRequest, ending: Ending
) -> None:
    if ending.is_sale:
        _sell(connection, ending=ending)
    else:
        attempts.ended(connection, FIRST, ending, settled_at=None)
    assert attempts.unsettled_numbers(connection) == ({NUMBER} if ending in NOT_DEFINITE else set())
    attempts.settle(connection, FIRST, at=ENDED)
    assert attempts.unsettled_numbers(connection) == set()


def test_people_see_to_what_they_are_asked_or_were_told_of_and_what_was_tried_last_first(
    connection: Connection, buying: PurchaseRequest
) -> None:
    failed = keep(connection, a_request(number="+918069000143", status=Status.FAILED), ts=None)
    _record(connection, failed, SECOND, entry=11)
    _end(connection, SECOND, Ending.BY_LOOKS)
    assert requests.for_people(connection) == []
    attempts.ask_people(connection, FIRST, asks=True)
    attempts.alerted(connection, SECOND, at=ENDED)
    assert requests.for_people(connection) == [failed, buying]
    assert [attempt.id for attempt in attempts.alerted_ones(connection)] == [SECOND]
    attempts.ask_people(connection, FIRST, asks=False)
    attempts.alerted(connection, SECOND, at=None)
    assert (requests.for_people(connection), attempts.alerted_ones(connection)) == ([], [])


# what a sweep asks for


WATCHED = [Ending.OPEN, Ending.BY_LOOKS, Ending.BY_PERSON, Ending.ON_WORD, Ending.BOUGHT, Ending.FOUND]


@pytest.mark.parametrize("ending", Ending)
def test_after_its_days_an_attempt_is_watched_while_it_may_turn_out_otherwise_or_is_alerted(
    connection: Connection, buying: PurchaseRequest, ending: Ending
) -> None:
    def is_watched() -> bool:
        return [attempt.id for attempt in attempts.watched(connection, NOON + timedelta(days=1))] == [FIRST]

    if ending.is_sale:
        _sell(connection, FIRST, ending)
    else:
        _end(connection, FIRST, ending)
    assert is_watched() is (ending in WATCHED)
    attempts.confirm(connection, FIRST, at=ENDED)
    assert is_watched() is (ending in WATCHED and not ending.is_sale)
    attempts.alerted(connection, FIRST, at=ENDED)
    assert is_watched()
    attempts.alerted(connection, FIRST, at=None)
    assert [attempt.id for attempt in attempts.watched(connection, NOON)] == [FIRST]


def test_of_some_numbers_those_are_known_that_an_attempt_bought(
    connection: Connection, buying: PurchaseRequest
) -> None:
    asked = [e164(f"+91806900{no:04}") for no in range(1200)]
    assert attempts.sold_among(connection, asked) == set()
    _sell(connection)
    assert attempts.sold_among(connection, asked) == {NUMBER}
    assert attempts.sold_among(connection, []) == set()
