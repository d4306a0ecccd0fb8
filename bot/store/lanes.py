"""Lanes of durable work, and which of them a transaction gives work to: whoever listens to commits hears of it."""

from enum import StrEnum

from sqlalchemy import Connection

_GIVEN = "lanes that were given work"


class Lane(StrEnum):
    """Work of one request runs in order within its lane; lanes do not wait for each other."""

    JUDGE = "judge"
    BUY = "buy"
    TELL = "tell"
    SHOW = "show"


def give_work(connection: Connection, lane: Lane) -> None:
    """Says that this transaction leaves something in the lane that is due when it is kept."""
    connection.info.setdefault(_GIVEN, set()).add(lane)


def take_given(connection: Connection) -> frozenset[Lane]:
    """What was said since this was called last."""
    return frozenset(connection.info.pop(_GIVEN, ()))
