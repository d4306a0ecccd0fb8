"""Attempts: recorded before the call, one open at a time, and one sale credited to one of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from bot.domain.attempt import Attempt, Ending
from bot.domain.facts import ProviderSaid
from bot.domain.money import Money
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.store import attempts, tables
from tests.harness.builders import NOON, NUMBER, a_request, an_owned_number
from tests.harness.stores import keep

FIRST, SECOND, THIRD = "1" * 32, "2" * 32, "3" * 32
LEASE_UNTIL = NOON + timedelta(seconds=60)
ENDED = NOON + timedelta(seconds=3)

CLOSED = [ending for ending in Ending if ending is not Ending.OPEN]


@pytest.fixture
def buying(connection: Connection) -> PurchaseRequest:
    """A request whose call may leave."""
    return keep(connection, a_request(status=Status.PURCHASING))


def _record(connection: Connection, request: PurchaseRequest, attempt: str = FIRST, *, entry: int = 10) -> None:
    recorded = replace(request, entry=entry)
    attempts.record(connection, recorded, attempt=attempt, number_id="num_1", at=NOON, lease_until=LEASE_UNTIL)


def _end(connection: Connection, attempt: str = FIRST, ending: Ending = Ending.REFUSED) -> None:
    said = ProviderSaid(code="rejected", message="KYC missing", provider_request_id="req_1")
    attempts.call_ended(connection, attempt, said, at=ENDED, is_over=True)
    attempts.ended(connection, attempt, ending, settled_at=ENDED)


def _sell(connection: Connection, attempt: str = FIRST, *, sale: str = "num_1", charged: Money | None = None) -> None:
    attempts.sold(
        connection,
        attempt,
        Ending.BOUGHT,
        at=ENDED,
        sale=sale,
        charged=charged,
        number=an_owned_number(),
        provider_request_id="req_1",
    )


def _newest(connection: Connection, request: PurchaseRequest) -> Attempt:
    found = attempts.newest_of(connection, request.id)
    assert found is not None
    return found


def test_a_recorded_attempt_is_open(connection: Connection, buying: PurchaseRequest) -> None:
    _record(connection, buying)
    assert attempts.open_of(connection, buying.id) == Attempt(
        id=FIRST,
        request=buying.id,
        e164=NUMBER,
        number_id="num_1",
        recorded_at=NOON,
        lease_until=LEASE_UNTIL,
        call_ended_at=None,
        ending=Ending.OPEN,
        call_is_over=False,
        settled_at=None,
        code=None,
        message=None,
        provider_request_id=None,
        sale=None,
        charged=None,
        details=None,
        frozen_since=False,
        clean_since=None,
        last_look=None,
        asks_people=False,
        alerted_at=None,
        written_off=frozenset(),
        confirmed_at=None,
        entry=10,
    )


def test_an_attempt_is_of_the_approval_it_was_recorded_for(connection: Connection, buying: PurchaseRequest) -> None:
    _record(connection, replace(buying, terms_version=3))
    assert connection.execute(select(tables.attempts.c.terms_version)).scalar_one() == 3


def test_one_attempt_of_a_request_is_open(connection: Connection, buying: PurchaseRequest) -> None:
    _record(connection, buying)
    with pytest.raises(IntegrityError):
        _record(connection, buying, SECOND)


@pytest.mark.parametrize("ending", CLOSED)
def test_after_one_is_closed_another_may_be_recorded(
    connection: Connection, buying: PurchaseRequest, ending: Ending
) -> None:
    _record(connection, buying)
    _end(connection, FIRST, ending)
    _record(connection, buying, SECOND, entry=11)
    opened = attempts.open_of(connection, buying.id)
    assert opened is not None
    assert opened.id == SECOND


def test_attempts_of_two_requests_are_open_side_by_side(connection: Connection, buying: PurchaseRequest) -> None:
    other = keep(connection, a_request(number="+918069000143"), ts=None)
    _record(connection, buying)
    _record(connection, other, SECOND)
    opened = attempts.open_of(connection, other.id)
    assert opened is not None
    assert opened.id == SECOND


def test_an_attempt_without_a_request_is_refused(connection: Connection) -> None:
    with pytest.raises(IntegrityError):
        _record(connection, a_request())


def test_without_attempts_none_is_open_or_newest(connection: Connection) -> None:
    nobody = RequestId("0" * 32)
    assert attempts.open_of(connection, nobody) is None
    assert attempts.newest_of(connection, nobody) is None


@pytest.mark.parametrize("ending", Ending)
def test_an_attempt_ends_with_what_was_said(connection: Connection, buying: PurchaseRequest, ending: Ending) -> None:
    _record(connection, buying)
    _end(connection, FIRST, ending)
    found = _newest(connection, buying)
    assert (found.ending, found.call_ended_at) == (ending, ENDED)
    assert (found.code, found.message, found.provider_request_id) == ("rejected", "KYC missing", "req_1")


@pytest.mark.parametrize("ending", Ending)
def test_only_an_attempt_whose_outcome_is_unknown_stays_open(
    connection: Connection, buying: PurchaseRequest, ending: Ending
) -> None:
    _record(connection, buying)
    _end(connection, FIRST, ending)
    assert (attempts.open_of(connection, buying.id) is not None) is (ending is Ending.OPEN)


@pytest.mark.parametrize("is_over", [True, False])
def test_whether_the_call_is_over_is_kept(connection: Connection, buying: PurchaseRequest, is_over: bool) -> None:
    _record(connection, buying)
    said = ProviderSaid(code="http_500", message="")
    attempts.call_ended(connection, FIRST, said, at=ENDED, is_over=is_over)
    assert connection.execute(select(tables.attempts.c.call_is_over)).scalar_one() is is_over


@pytest.mark.parametrize("charged", [Money.of("101.50 INR"), Money.of("0 INR"), Money.of("0.000001 USD"), None])
def test_a_sale_keeps_what_was_charged_in_the_currency_charged(
    connection: Connection, buying: PurchaseRequest, charged: Money | None
) -> None:
    _record(connection, buying)
    _sell(connection, charged=charged)
    found = _newest(connection, buying)
    assert found.charged == charged
    assert str(found.charged) == str(charged)


def test_a_sale_closes_its_attempt_with_the_numbers_details(connection: Connection, buying: PurchaseRequest) -> None:
    _record(connection, buying)
    _sell(connection)
    found = _newest(connection, buying)
    assert (found.ending, found.call_ended_at) == (Ending.BOUGHT, ENDED)
    assert (found.number, found.provider_request_id) == (an_owned_number(), "req_1")
    assert attempts.open_of(connection, buying.id) is None


def test_one_sale_is_credited_to_one_attempt(connection: Connection, buying: PurchaseRequest) -> None:
    _record(connection, buying)
    _sell(connection)
    _record(connection, buying, SECOND)
    with pytest.raises(IntegrityError):
        _sell(connection, SECOND)


@pytest.mark.parametrize("ending", CLOSED)
def test_a_sale_counts_as_credited_when_it_was_bought_or_found(
    connection: Connection, buying: PurchaseRequest, ending: Ending
) -> None:
    _record(connection, buying)
    connection.execute(update(tables.attempts).values(ending=ending, sale="num_1"))
    _record(connection, buying, SECOND, entry=11)
    if ending in {Ending.BOUGHT, Ending.FOUND}:
        with pytest.raises(IntegrityError):
            _sell(connection, SECOND)
    else:
        _sell(connection, SECOND)
        assert _newest(connection, buying).ending is Ending.BOUGHT


def test_one_sale_is_credited_to_one_of_two_requests(connection: Connection) -> None:
    first = keep(connection, a_request(status=Status.PURCHASED), ts=None)
    second = keep(connection, a_request(status=Status.CHECKING), ts=None)
    _record(connection, first)
    _sell(connection)
    _record(connection, second, SECOND)
    with pytest.raises(IntegrityError):
        _sell(connection, SECOND)


def test_a_second_sale_of_the_same_number_is_another_sale(connection: Connection, buying: PurchaseRequest) -> None:
    _record(connection, buying)
    _sell(connection)
    _record(connection, buying, SECOND, entry=11)
    _sell(connection, SECOND, sale="num_2")
    assert _newest(connection, buying).ending is Ending.BOUGHT


def test_the_newest_attempt_is_the_one_recorded_last(connection: Connection, buying: PurchaseRequest) -> None:
    for entry, attempt in enumerate([THIRD, FIRST, SECOND], start=10):
        _record(connection, buying, attempt, entry=entry)
        _end(connection, attempt)
    assert _newest(connection, buying).id == SECOND


def test_closing_one_attempt_leaves_the_others(connection: Connection, buying: PurchaseRequest) -> None:
    _record(connection, buying)
    _end(connection, ending=Ending.UNEXECUTED)
    _record(connection, buying, SECOND, entry=11)
    _sell(connection, SECOND)
    endings = connection.execute(select(tables.attempts.c.ending).order_by(tables.attempts.c.entry)).scalars().all()
    assert endings == ["unexecuted", "bought"]
