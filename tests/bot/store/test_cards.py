"""Cards: where each stands, its copies, and what is lost."""

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot.store import cards
from bot.store.cards import Card
from tests.harness.builders import CHANNEL, NOON

CARD, OTHER, COPY = "a" * 32, "b" * 32, "c" * 32


@pytest.fixture
def standing(connection: Connection) -> Connection:
    """With one card in its channel, at 1.0001, showing entry 7, and another that stands nowhere yet."""
    for card in (CARD, OTHER):
        cards.add(connection, card, CHANNEL)
    cards.posted(connection, CARD, ts="1.0001", shown=7, at=NOON)
    return connection


def _copy(connection: Connection, *, card: str = CARD, copy: str = COPY, ts: str = "1.0002") -> None:
    cards.remember_copy(connection, card, copy=copy, channel=CHANNEL, ts=ts, at=NOON)


def test_a_card_is_posted_rewritten_in_its_place_lost_and_posted_again_and_the_others_stay(
    standing: Connection,
) -> None:
    def stands(ts: str | None, shown: int) -> None:
        assert cards.get(standing, CARD) == Card(id=CARD, channel=CHANNEL, ts=ts, shown=shown, copy_of=None)
        assert cards.get(standing, OTHER) == Card(id=OTHER, channel=CHANNEL, ts=None, shown=0, copy_of=None)

    stands("1.0001", shown=7)
    cards.rewritten(standing, CARD, shown=9)
    stands("1.0001", shown=9)
    cards.lost(standing, CARD)
    stands(None, shown=0)
    cards.posted(standing, CARD, ts="2.0001", shown=8, at=NOON)
    stands("2.0001", shown=8)
    assert cards.standing_at(standing, CHANNEL, "2.0001") == CARD
    assert cards.standing_at(standing, CHANNEL, "1.0001") is None
    cards.posted(standing, OTHER, ts="1.0003", shown=3, at=NOON)
    cards.lost(standing, CARD)
    assert cards.standing_at(standing, CHANNEL, "1.0003") == OTHER


def test_a_message_tells_which_card_it_is_or_is_a_copy_of(standing: Connection) -> None:
    _copy(standing)
    places = [(CHANNEL, "1.0001"), (CHANNEL, "1.0002"), (CHANNEL, "1.0003"), ("C_OTHER", "1.0001")]
    assert [cards.standing_at(standing, *place) for place in places] == [CARD, CARD, None, None]


def test_a_card_comes_before_its_copies_which_outlive_its_loss_and_without_those_of_others(
    standing: Connection,
) -> None:
    _copy(standing, copy="0" * 32)
    _copy(standing, ts="1.0003")
    _copy(standing, card=OTHER, copy="d" * 32, ts="1.0004")
    cards.lost(standing, CARD)
    card, *copies = cards.with_copies(standing, CARD)
    assert (card.id, card.ts, card.copy_of) == (CARD, None, None)
    assert {(copy.id, copy.ts, copy.shown, copy.copy_of) for copy in copies} == {
        ("0" * 32, "1.0002", 0, CARD),
        (COPY, "1.0003", 0, CARD),
    }


@pytest.mark.parametrize(("card", "ts"), [(CARD, "1.0001"), ("e" * 32, "1.0002")])
def test_one_message_is_one_card_and_a_copy_of_nothing_is_refused(standing: Connection, card: str, ts: str) -> None:
    with pytest.raises(IntegrityError):
        _copy(standing, card=card, ts=ts)
