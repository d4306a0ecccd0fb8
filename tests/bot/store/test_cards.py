"""Cards: where each stands, its copies, and what is lost."""

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot.store import cards
from bot.store.cards import Card
from tests.harness.builders import CHANNEL, NOON

CARD, OTHER, COPY = "a" * 32, "b" * 32, "c" * 32


@pytest.fixture
def it(connection: Connection) -> Connection:
    """With one card in its channel, at 1.0001, showing entry 7, and another that stands nowhere yet."""
    for card in (CARD, OTHER):
        cards.add(connection, card, CHANNEL)
    cards.posted(connection, CARD, ts="1.0001", shown=7, at=NOON)
    return connection


def _copy(connection: Connection, *, card: str = CARD, copy: str = COPY, ts: str = "1.0002") -> None:
    cards.remember_copy(connection, card, copy=copy, channel=CHANNEL, ts=ts, at=NOON)


def test_a_card_is_posted_rewritten_in_its_place_lost_and_posted_again_and_the_others_stay(it: Connection) -> None:
    def stands(ts: str | None, shown: int) -> None:
        assert cards.get(it, CARD) == Card(id=CARD, channel=CHANNEL, ts=ts, shown=shown, copy_of=None)
        assert cards.get(it, OTHER) == Card(id=OTHER, channel=CHANNEL, ts=None, shown=0, copy_of=None)

    stands("1.0001", shown=7)
    cards.rewritten(it, CARD, shown=9)
    stands("1.0001", shown=9)
    assert not cards.lost(it, CARD, ts="1.0000")  # another message is its card by now
    stands("1.0001", shown=9)
    assert cards.lost(it, CARD, ts="1.0001")
    stands(None, shown=0)
    cards.posted(it, CARD, ts="2.0001", shown=8, at=NOON)
    stands("2.0001", shown=8)
    assert cards.standing_at(it, CHANNEL, "2.0001") == CARD
    assert cards.standing_at(it, CHANNEL, "1.0001") is None
    cards.posted(it, OTHER, ts="1.0003", shown=3, at=NOON)
    cards.lost(it, CARD, ts="2.0001")
    assert cards.standing_at(it, CHANNEL, "1.0003") == OTHER


def test_a_message_tells_which_card_it_is_or_is_a_copy_of(it: Connection) -> None:
    _copy(it)
    places = [(CHANNEL, "1.0001"), (CHANNEL, "1.0002"), (CHANNEL, "1.0003"), ("C_OTHER", "1.0001")]
    assert [cards.standing_at(it, *place) for place in places] == [CARD, CARD, None, None]


def test_a_card_comes_before_its_copies_which_outlive_its_loss_and_without_those_of_others(it: Connection) -> None:
    _copy(it, copy="0" * 32)
    _copy(it, ts="1.0003")
    _copy(it, card=OTHER, copy="d" * 32, ts="1.0004")
    cards.lost(it, CARD, ts="1.0001")
    card, *copies = cards.with_copies(it, CARD)
    assert (card.id, card.ts, card.copy_of) == (CARD, None, None)
    assert {(copy.id, copy.ts, copy.shown, copy.copy_of) for copy in copies} == {
        ("0" * 32, "1.0002", 0, CARD),
        (COPY, "1.0003", 0, CARD),
    }


@pytest.mark.parametrize(("card", "ts"), [(CARD, "1.0001"), ("e" * 32, "1.0002")])
def test_one_message_is_one_card_and_a_copy_of_nothing_is_refused(it: Connection, card: str, ts: str) -> None:
    with pytest.raises(IntegrityError):
        _copy(it, card=card, ts=ts)
