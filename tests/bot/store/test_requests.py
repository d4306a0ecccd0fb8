"""Requests as rows: every field comes back, a row moves only from what was read, one number has one open request."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot.domain.money import Money
from bot.domain.numbers import e164
from bot.domain.request import Failure, PurchaseRequest, RequestId, Status
from bot.domain.terms import Terms
from bot.store import cards, requests
from tests.bot.conftest import Undone
from tests.harness.builders import ASKER, BOSS, NOON, NUMBER, TEAM, a_request
from tests.harness.stores import keep

quick = settings(derandomize=True, deadline=None, max_examples=150)

OTHER_NUMBER = "+918069000143"
LATER = NOON + timedelta(hours=1)

HEX = st.text("0123456789abcdef", min_size=32, max_size=32)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
TIMES = st.datetimes(timezones=st.just(UTC))
COUNT = st.integers(0, 2**31 - 1)
FEES = st.builds(
    lambda amount, places, digits: Money.from_micros(amount * 10**places, "INR", digits),
    st.integers(0, 10**9),
    st.integers(0, 6),
    st.integers(0, 6),
)
TERMS = st.builds(
    Terms,
    e164=st.just(NUMBER),
    account=TEXT,
    setup_fee=FEES,
    monthly_fee=FEES,
    minimum_commitment_months=COUNT,
    identity_check=st.booleans(),
    trial=st.booleans(),
    left_out=st.lists(TEXT, max_size=3).map(tuple),
)
FIELDS: dict[str, st.SearchStrategy[object]] = {
    "id": HEX.map(RequestId),
    "team": TEXT,
    "channel": TEXT,
    "requester": TEXT,
    "reason": TEXT,
    "terms": TERMS,
    "country": st.none() | TEXT,
    "region": st.none() | TEXT,
    "capabilities": st.none() | st.lists(TEXT, max_size=3).map(tuple),
    "status": st.sampled_from(Status),
    "row_version": COUNT,
    "terms_version": COUNT,
    "terms_changes": COUNT,
    "attempts": COUNT,
    "created_at": TIMES,
    "expires_at": TIMES,
    "decided_at": st.none() | TIMES,
    "purchased_at": st.none() | TIMES,
    "error": st.none() | st.sampled_from(Failure),
    "entry": st.integers(0, 2**63 - 1),
    "cause": st.integers(0, 2**63 - 1),
    "is_automatic": st.booleans(),
    "is_private": st.booleans(),
    "card": HEX,
    "basket": st.none() | HEX,
}
REQUESTS = st.builds(PurchaseRequest, **FIELDS)


def _read(connection: Connection, request: PurchaseRequest) -> PurchaseRequest:
    found = requests.get(connection, request.id)
    assert found is not None
    return found


def test_every_field_of_a_request_is_tried_below() -> None:
    assert set(FIELDS) == {field.name for field in fields(PurchaseRequest)}


@quick
@given(before=REQUESTS, after=REQUESTS)
def test_a_request_comes_back_exactly_as_it_was_kept_and_as_it_became(
    undone: Undone, before: PurchaseRequest, after: PurchaseRequest
) -> None:
    moved = replace(after, id=before.id, card=before.card)
    with undone() as connection:
        cards.add(connection, before.card, before.channel)
        requests.add(connection, before)
        found = _read(connection, before)
        assert requests.move(connection, before, moved)
        assert _read(connection, before) == moved
    assert found == before
    assert found.terms.setup_fee.plain() == before.terms.setup_fee.plain()
    assert found.terms.monthly_fee.plain() == before.terms.monthly_fee.plain()


def test_an_unknown_request_is_not_there(connection: Connection) -> None:
    assert requests.get(connection, RequestId("0" * 32)) is None
    assert requests.lock(connection, RequestId("0" * 32)) is None


def test_a_locked_request_is_as_it_stands(connection: Connection) -> None:
    kept = keep(connection, a_request())
    assert requests.lock(connection, kept.id) == kept


MEANWHILE: dict[str, Callable[[PurchaseRequest], PurchaseRequest]] = {
    "its state": lambda read: replace(read, status=Status.WITHDRAWN),
    "its row version": lambda read: replace(read, row_version=2),
    "its terms version": lambda read: replace(read, terms_version=2),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_a_request_whose_row_changed_since_it_was_read_does_not_move(connection: Connection, what: str) -> None:
    read = keep(connection, a_request())
    now = MEANWHILE[what](read)
    assert requests.move(connection, read, now)
    assert not requests.move(connection, read, read.approved(LATER))
    assert _read(connection, read) == now


def test_a_move_touches_its_own_row_alone(connection: Connection) -> None:
    one = keep(connection, a_request(), ts=None)
    other = keep(connection, a_request(number=OTHER_NUMBER), ts=None)
    requests.move(connection, one, one.approved(LATER))
    assert _read(connection, other) == other


@pytest.mark.parametrize("status", Status)
def test_a_number_has_one_open_request_whoever_asks_and_at_any_price(connection: Connection, status: Status) -> None:
    first = keep(connection, a_request("100+1 INR", status=status), ts=None)
    other = keep(connection, a_request(number=OTHER_NUMBER), ts=None)
    again = a_request("90+2 USD", requester=BOSS)
    if status.is_open:
        assert requests.open_for(connection, NUMBER) == first
        with pytest.raises(IntegrityError), connection.begin_nested():
            keep(connection, again, ts=None)
    else:
        assert requests.open_for(connection, NUMBER) is None
        assert keep(connection, again, ts=None) == requests.open_for(connection, NUMBER)
    assert requests.open_for(connection, e164(OTHER_NUMBER)) == other


def test_a_request_cannot_be_opened_again_beside_another(connection: Connection) -> None:
    failed = keep(connection, a_request(status=Status.FAILED), ts=None)
    keep(connection, a_request(), ts=None)
    with pytest.raises(IntegrityError):
        requests.move(connection, failed, replace(failed, status=Status.CHECKING))


def test_a_request_without_a_card_is_refused(connection: Connection) -> None:
    with pytest.raises(IntegrityError):
        requests.add(connection, a_request())


@pytest.fixture
def listed(connection: Connection) -> list[PurchaseRequest]:
    """Newest first: the last two at the same moment, ordered by id."""
    made = [
        a_request(number="+918069000103", created_at=LATER, requester=BOSS),
        a_request(number="+918069000102", created_at=NOON, id="f" * 32, status=Status.DENIED),
        a_request(number="+918069000101", created_at=NOON, id="0" * 32, status=Status.PURCHASED),
    ]
    return [keep(connection, request, ts=None) for request in made]


def test_requests_are_listed_newest_first_by_conditions_that_add_up(
    connection: Connection, listed: list[PurchaseRequest]
) -> None:
    newest, denied, purchased = listed
    asker, of_another_team = (TEAM, ASKER), ("T_OTHER", ASKER)
    ended = [Status.DENIED, Status.PURCHASED]
    assert requests.newest(connection) == listed
    assert requests.newest(connection, statuses=[Status.PENDING, Status.PURCHASED]) == [newest, purchased]
    assert requests.newest(connection, requester=asker) == [denied, purchased]
    assert requests.newest(connection, requester=of_another_team) == []
    assert requests.newest(connection, most=2) == [newest, denied]
    assert requests.newest(connection, statuses=ended, requester=asker, most=1) == [denied]


def test_what_is_pending_is_listed_by_when_it_expires(connection: Connection) -> None:
    later, sooner = (
        keep(connection, a_request(number=f"+91806900{hours:04}", expires_after=timedelta(hours=hours)), ts=None)
        for hours in (48, 24)
    )
    keep(connection, a_request(status=Status.DENIED), ts=None)
    assert requests.pending(connection) == [sooner, later]
