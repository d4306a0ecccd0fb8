"""Cards: where each stands, its copies, and what is lost."""

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, NoResultFound

from bot.store import cards
from bot.store.cards import Card
from tests.harness.builders import CHANNEL, NOON

CARD, OTHER, COPY = "a" * 32, "b" * 32, "c" * 32


@pytest.fixture
def standing(connection: Connection) -> Connection:
    """With one card in its channel, at 1.0001, showing entry 7."""
    cards.add(connection, CARD, CHANNEL)
    cards.posted(connection, CARD, ts="1.0001", shown=7, at=NOON)
    return connection


def _copy(connection: Connection, *, card: str = CARD, copy: str = COPY, ts: str = "1.0002") -> None:
    cards.remember_copy(connection, card, copy=copy, channel=CHANNEL, ts=ts, at=NOON)


def _card(ts: str | None, shown: int) -> Card:
    return Card(id=CARD, channel=CHANNEL, ts=ts, shown=shown, copy_of=None)


def test_a_new_card_stands_nowhere_yet(connection: Connection) -> None:
    cards.add(connection, CARD, CHANNEL)
    assert cards.get(connection, CARD) == _card(ts=None, shown=0)


def test_a_card_is_posted_rewritten_in_its_place_lost_and_found_where_it_is_posted_again(standing: Connection) -> None:
    assert cards.get(standing, CARD) == _card("1.0001", shown=7)
    cards.rewritten(standing, CARD, shown=9)
    assert cards.get(standing, CARD) == _card("1.0001", shown=9)
    cards.lost(standing, CARD)
    assert cards.get(standing, CARD) == _card(ts=None, shown=0)
    cards.posted(standing, CARD, ts="2.0001", shown=8, at=NOON)
    assert cards.standing_at(standing, CHANNEL, "2.0001") == CARD
    assert cards.standing_at(standing, CHANNEL, "1.0001") is None


def test_changing_one_card_leaves_the_others(standing: Connection) -> None:
    cards.add(standing, OTHER, CHANNEL)
    cards.posted(standing, OTHER, ts="1.0003", shown=3, at=NOON)
    assert cards.get(standing, CARD) == _card("1.0001", shown=7)
    cards.rewritten(standing, OTHER, shown=9)
    cards.lost(standing, OTHER)
    assert cards.get(standing, CARD) == _card("1.0001", shown=7)


def test_an_unknown_card_is_not_found(connection: Connection) -> None:
    with pytest.raises(NoResultFound):
        cards.get(connection, CARD)


def test_a_message_tells_which_card_it_is(standing: Connection) -> None:
    places = [(CHANNEL, "1.0001"), (CHANNEL, "1.0002"), ("C_OTHER", "1.0001")]
    assert [cards.standing_at(standing, *place) for place in places] == [CARD, None, None]


def test_a_copy_is_the_card_it_is_a_copy_of(standing: Connection) -> None:
    _copy(standing)
    assert cards.standing_at(standing, CHANNEL, "1.0002") == CARD


def test_a_card_comes_before_its_copies(standing: Connection) -> None:
    _copy(standing, copy="0" * 32)
    _copy(standing, ts="1.0003")
    card, *copies = cards.with_copies(standing, CARD)
    assert (card.id, card.copy_of) == (CARD, None)
    assert {(copy.id, copy.ts, copy.shown, copy.copy_of) for copy in copies} == {
        ("0" * 32, "1.0002", 0, CARD),
        (COPY, "1.0003", 0, CARD),
    }


def test_copies_outlive_the_loss_of_their_card_and_those_of_others_are_left_out(standing: Connection) -> None:
    cards.add(standing, OTHER, CHANNEL)
    _copy(standing)
    _copy(standing, card=OTHER, copy="d" * 32, ts="1.0003")
    cards.lost(standing, CARD)
    assert [card.ts for card in cards.with_copies(standing, CARD)] == [None, "1.0002"]


def test_one_message_is_one_card(standing: Connection) -> None:
    with pytest.raises(IntegrityError):
        _copy(standing, ts="1.0001")


def test_a_copy_of_nothing_is_refused(connection: Connection) -> None:
    with pytest.raises(IntegrityError):
        _copy(connection, card=OTHER)
