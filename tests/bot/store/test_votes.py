"""Votes: each person once for each version of the terms, in the order they came."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot.domain import trail
from bot.domain.audit import BOT
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.store import audit, votes
from tests.harness.builders import BOSS, CHIEF, NOON, a_request, a_vote
from tests.harness.stores import keep


@pytest.fixture
def kept(connection: Connection) -> PurchaseRequest:
    return keep(connection, a_request())


def test_voters_come_in_the_order_of_their_votes(connection: Connection, kept: PurchaseRequest) -> None:
    assert votes.voters(connection, kept) == []
    votes.add(connection, kept, CHIEF, at=NOON, entry=2)
    votes.add(connection, kept, BOSS, at=NOON - timedelta(seconds=1), entry=3)
    assert votes.voters(connection, kept) == [CHIEF, BOSS]


def test_votes_for_earlier_terms_are_void_and_made_anew_once(connection: Connection, kept: PurchaseRequest) -> None:
    votes.add(connection, kept, BOSS, at=NOON, entry=2)
    again = replace(kept, terms_version=2)
    assert votes.voters(connection, again) == []
    votes.add(connection, again, BOSS, at=NOON, entry=3)
    assert votes.voters(connection, again) == votes.voters(connection, kept) == [BOSS]
    with pytest.raises(IntegrityError):
        votes.add(connection, again, BOSS, at=NOON, entry=4)


def test_a_person_has_voted_for_what_waits_by_its_present_terms(connection: Connection, kept: PurchaseRequest) -> None:
    asked_again, decided = (
        keep(connection, replace(a_request(number=f"+9180690001{no}", status=status), terms_version=2), ts=None)
        for no, status in enumerate([Status.PENDING, Status.DENIED])
    )
    for request in (kept, replace(asked_again, terms_version=1), decided):
        votes.add(connection, request, BOSS, at=NOON, entry=2)
    assert votes.voted_for(connection, BOSS) == {kept.id}
    votes.add(connection, asked_again, BOSS, at=NOON, entry=3)
    assert votes.voted_for(connection, BOSS) == {kept.id, asked_again.id}
    assert votes.voted_for(connection, CHIEF) == set()


def test_a_vote_for_no_request_is_refused(connection: Connection) -> None:
    with pytest.raises(IntegrityError):
        votes.add(connection, a_request(), BOSS, at=NOON, entry=2)


def _enter(connection: Connection, request: PurchaseRequest, event: Event, *counted: str) -> None:
    told = a_vote(request, *counted, is_enough=event is Event.APPROVED)
    audit.append(connection, at=NOON, actor=BOSS, request=request.id, told=told)


def test_whose_votes_counted_is_what_the_last_vote_says(connection: Connection, kept: PurchaseRequest) -> None:
    assert votes.counted(connection, kept) == []
    _enter(connection, kept, Event.VOTED, BOSS)
    _enter(connection, kept, Event.VOTED, CHIEF)
    assert votes.counted(connection, kept) == [CHIEF]
    _enter(connection, kept, Event.APPROVED, BOSS, CHIEF)
    audit.append(connection, at=NOON, actor=BOT, request=kept.id, told=trail.Expired())
    assert votes.counted(connection, kept) == [BOSS, CHIEF]


def test_nobody_was_counted_for_later_terms_or_by_the_limit(connection: Connection, kept: PurchaseRequest) -> None:
    _enter(connection, kept, Event.APPROVED, BOSS)
    assert votes.counted(connection, replace(kept, terms_version=2)) == []
    _enter(connection, kept, Event.APPROVED)
    assert votes.counted(connection, kept) == []


def test_a_vote_is_of_its_own_request_alone(connection: Connection, kept: PurchaseRequest) -> None:
    other = keep(connection, a_request(number="+918069000143"), ts=None)
    votes.add(connection, other, BOSS, at=NOON, entry=3)
    _enter(connection, other, Event.VOTED, BOSS)
    assert votes.voters(connection, kept) == votes.counted(connection, kept) == []
