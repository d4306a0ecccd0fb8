"""Durable work that nobody holds: is it still to be done, or does it go?"""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from bot.domain.request import RequestId
from bot.work import queue
from bot.work.queue import Claim, Lane
from tests.harness.builders import NOON
from tests.harness.errands import ERRANDS, KINDS, Errand, an_errand

ONE, OTHER = RequestId("1" * 32), RequestId("2" * 32)
LEASE = timedelta(seconds=30)


def _claim(connection: Connection, *, now: datetime = NOON, lane: Lane = Lane.TELL) -> Claim:
    [claim] = queue.claim(connection, lane, now=now, lease=LEASE, most=1, kinds=KINDS)
    return claim


def _is_waiting(connection: Connection) -> bool:
    return queue.is_waiting(connection, ERRANDS[Errand.CARD], ONE)


@pytest.fixture
def with_a_card(connection: Connection) -> Connection:
    """With a rewrite of the card waiting."""
    queue.add(connection, an_errand(Errand.CARD), now=NOON, request=ONE)
    return connection


def test_work_that_was_added_is_waiting(with_a_card: Connection) -> None:
    assert _is_waiting(with_a_card)


def test_other_kinds_and_other_requests_wait_for_themselves(with_a_card: Connection) -> None:
    assert not queue.is_waiting(with_a_card, ERRANDS[Errand.REPLY], ONE)
    assert not queue.is_waiting(with_a_card, ERRANDS[Errand.CARD], OTHER)


def test_work_that_somebody_has_begun_is_not_waiting(with_a_card: Connection) -> None:
    _claim(with_a_card)
    assert not _is_waiting(with_a_card)


def test_work_that_was_put_back_is_waiting_again(with_a_card: Connection) -> None:
    queue.put_back(with_a_card, _claim(with_a_card), after=NOON + LEASE)
    assert _is_waiting(with_a_card)


def test_parked_work_is_not_waiting(with_a_card: Connection) -> None:
    queue.park(with_a_card, _claim(with_a_card), now=NOON, error="is_archived")
    assert not _is_waiting(with_a_card)


def test_work_that_lost_its_meaning_is_dropped(with_a_card: Connection) -> None:
    queue.drop(with_a_card, ERRANDS[Errand.CARD], ONE)
    assert not queue.is_due(with_a_card, Lane.TELL, now=NOON, kinds=KINDS)


def test_what_somebody_holds_is_not_dropped(with_a_card: Connection) -> None:
    claim = _claim(with_a_card)
    queue.drop(with_a_card, ERRANDS[Errand.CARD], ONE)
    queue.finish(with_a_card, claim)


def test_other_kinds_and_other_requests_are_not_dropped(connection: Connection) -> None:
    queue.add(connection, an_errand(Errand.REPLY), now=NOON, request=ONE)
    queue.add(connection, an_errand(Errand.CARD), now=NOON, request=OTHER)
    queue.drop(connection, ERRANDS[Errand.CARD], ONE)
    assert len(queue.claim(connection, Lane.TELL, now=NOON, lease=LEASE, most=10, kinds=KINDS)) == 2
