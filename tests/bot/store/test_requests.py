"""Requests as rows: every field comes back, a row moves only from what was read, one number has one open request."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot.domain import trail
from bot.domain.money import Money
from bot.domain.numbers import e164
from bot.domain.request import Failure, PurchaseRequest, RequestId, Status
from bot.domain.terms import Terms
from bot.store import audit, cards, requests
from tests.harness.builders import ASKER, BOSS, NOON, NUMBER, TEAM, a_request
from tests.harness.stores import keep

OTHER_NUMBER = "+918069000143"
LATER = NOON + timedelta(hours=1)
A_MOMENT = timedelta(microseconds=1)
WORDS = "für den Support \N{BLACK TELEPHONE}\n" * 20
LARGEST = 2**31 - 1

PLAIN = a_request("100.50+1.0 INR", entry=1)
FULL = PurchaseRequest(
    id=PLAIN.id,
    card=PLAIN.card,
    team="T_OTHER",
    channel="C_OTHER",
    requester=BOSS,
    reason=WORDS,
    terms=Terms(
        e164=e164(OTHER_NUMBER),
        account="SA_OTHER",
        setup_fee=Money.of("999999999.999999 USD"),
        monthly_fee=Money.of("0.000001 USD"),
        minimum_commitment_months=1200,
        identity_check=True,
        trial=True,
        left_out=("trial", "commitment"),
    ),
    country=None,
    region=None,
    capabilities=None,
    status=Status.FAILED,
    row_version=LARGEST,
    terms_version=LARGEST - 1,
    terms_changes=LARGEST - 2,
    attempts=LARGEST - 3,
    is_automatic=True,
    is_private=True,
    created_at=NOON + A_MOMENT,
    expires_at=NOON + 2 * A_MOMENT,
    decided_at=NOON + 3 * A_MOMENT,
    purchased_at=NOON + 4 * A_MOMENT,
    error=Failure.REJECTED,
    entry=2**63 - 1,
    cause=2**63 - 2,
    basket="b" * 32,
)
"""Unlike the plain one in every field that may change, and no two of its fields alike."""


def _read(connection: Connection, request: PurchaseRequest) -> PurchaseRequest:
    found = requests.get(connection, request.id)
    assert found is not None
    return found


def test_a_request_comes_back_exactly_as_it_was_kept_and_as_it_became(connection: Connection) -> None:
    cards.add(connection, PLAIN.card, PLAIN.channel)
    requests.add(connection, PLAIN)
    for before, after in ((PLAIN, FULL), (FULL, PLAIN)):
        found = _read(connection, before)
        assert (found, found.terms.setup_fee.plain()) == (before, before.terms.setup_fee.plain())
        assert found.terms.monthly_fee.plain() == before.terms.monthly_fee.plain()
        assert requests.move(connection, before, after)
    assert _read(connection, PLAIN) == PLAIN
    alike = {field.name for field in fields(PLAIN) if getattr(PLAIN, field.name) == getattr(FULL, field.name)}
    assert alike == {"id", "card"}


def test_a_locked_request_is_as_it_stands_and_an_unknown_one_is_not_there(connection: Connection) -> None:
    kept, unknown = keep(connection, a_request()), RequestId("0" * 32)
    assert requests.lock(connection, kept.id) == kept
    assert requests.get(connection, unknown) is requests.lock(connection, unknown) is None


def test_an_entry_tells_of_its_request_or_of_none(connection: Connection) -> None:
    one, other = keep(connection, a_request()), keep(connection, a_request(number=OTHER_NUMBER), ts=None)
    of_none = audit.append(connection, at=NOON, actor=BOSS, request=None, told=trail.Frozen())
    assert requests.told_by(connection, one.entry) == one
    assert requests.told_by(connection, other.entry) == other
    assert requests.told_by(connection, of_none.seq) is requests.told_by(connection, of_none.seq + 1) is None


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


def test_a_request_without_a_card_is_refused_and_so_is_to_open_one_beside_another(connection: Connection) -> None:
    with pytest.raises(IntegrityError), connection.begin_nested():
        requests.add(connection, a_request())
    failed = keep(connection, a_request(status=Status.FAILED), ts=None)
    keep(connection, a_request(), ts=None)
    with pytest.raises(IntegrityError):
        requests.move(connection, failed, replace(failed, status=Status.CHECKING))


@pytest.fixture
def listed(connection: Connection) -> list[PurchaseRequest]:
    """Newest first: the last two at the same moment, ordered by id."""
    made = [
        a_request(number="+918069000103", created_at=LATER, requester=BOSS),
        a_request(number="+918069000102", created_at=NOON, id="f" * 32, status=Status.DENIED),
        a_request(number="+918069000101", created_at=NOON, id="0" * 32, status=Status.PURCHASED),
    ]
    return [keep(connection, request, ts=None) for request in made]


def test_the_newest_come_first_by_conditions_that_add_up(connection: Connection, listed: list[PurchaseRequest]) -> None:
    newest, denied, purchased = listed
    asker, of_another_team = (TEAM, ASKER), ("T_OTHER", ASKER)
    ended = [Status.DENIED, Status.PURCHASED]
    assert requests.newest(connection) == listed
    assert requests.newest(connection, statuses=[Status.PENDING, Status.PURCHASED]) == [newest, purchased]
    assert requests.newest(connection, requester=asker) == [denied, purchased]
    assert requests.newest(connection, requester=of_another_team) == []
    assert requests.newest(connection, most=2) == [newest, denied]
    assert requests.newest(connection, statuses=ended, requester=asker, most=1) == [denied]


def test_requests_are_read_together_by_their_ids_without_what_is_not_there(
    connection: Connection, listed: list[PurchaseRequest]
) -> None:
    newest, denied, _ = listed
    assert requests.among(connection, {newest.id, denied.id, "1" * 32}) == {newest.id: newest, denied.id: denied}
    assert requests.among(connection, []) == {}


OTHER_ASKER = "U_OTHER"
ALL = [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("seen_by", "most", "sees"),
    [
        (None, 10, ALL),
        (None, 4, [6, 5, 4, 3]),
        ((TEAM, ASKER), 10, [5, 4, 2, 1]),
        ((TEAM, ASKER), 3, [5, 4, 2]),
        ((TEAM, OTHER_ASKER), 10, [6, 5, 3, 2]),
        ((TEAM, BOSS), 10, [5, 2]),
        (("T_OTHER", ASKER), 1, [5]),
    ],
)
def test_what_was_bought_is_listed_newest_first_and_of_private_places_ones_own(
    connection: Connection, seen_by: tuple[str, str] | None, most: int, sees: list[int]
) -> None:
    """The first and the fourth were asked for in private by one person, the third and the sixth by another."""
    for no in ALL:
        is_private, asker = no % 3 != 2, ASKER if no in (1, 4) else OTHER_ASKER
        made = a_request(number=f"+9180690{no:05}", requester=asker, created_at=NOON + timedelta(hours=no))
        keep(connection, replace(made, is_private=is_private, status=Status.PURCHASED), ts=None)
    keep(connection, replace(a_request(), is_private=True, created_at=NOON + timedelta(days=1)), ts=None)
    found = requests.bought(connection, seen_by=seen_by, most=most)
    assert [request.created_at.hour - NOON.hour for request in found] == sees


def test_a_row_that_is_to_be_moved_before_it_expires_is_not_moved_at_that_moment_or_later(
    connection: Connection,
) -> None:
    request = keep(connection, a_request(), ts=None)
    voted, tick = request.voted(), timedelta(microseconds=1)
    for late in (request.expires_at + tick, request.expires_at):
        assert not requests.move(connection, request, voted, not_expired_at=late)
    assert requests.get(connection, request.id) == request
    assert requests.move(connection, request, voted, not_expired_at=request.expires_at - tick)


def test_what_is_pending_is_listed_by_when_it_expires(connection: Connection) -> None:
    later, sooner = (
        keep(connection, a_request(number=f"+91806900{hours:04}", expires_after=timedelta(hours=hours)), ts=None)
        for hours in (48, 24)
    )
    keep(connection, a_request(status=Status.DENIED), ts=None)
    assert requests.pending(connection) == [sooner, later]
