"""Lanes of durable work, and what a transaction gives them: whoever listens to commits hears of it."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection

_GIVEN = "work that is given"


class Lane(StrEnum):
    """Work of one request runs in order within its lane; lanes do not wait for each other."""

    JUDGE = "judge"
    BUY = "buy"
    TELL = "tell"
    SHOW = "show"


class Given(NamedTuple):
    """A row that a transaction leaves in a lane."""

    lane: Lane
    kind: str | None
    """`None`: of any kind."""
    due: datetime
    row: int | None = None
    """`None`: one that was there before, or several."""


def give_work(connection: Connection, lane: Lane, kind: str | None, due: datetime, row: int | None = None) -> None:
    """Says that this transaction leaves such work in the lane."""
    given: list[Given] = connection.info.setdefault(_GIVEN, [])
    given.append(Given(lane, kind, due, row))


def take_given(connection: Connection) -> list[Given]:
    """What was said since this was called last."""
    given: list[Given] = connection.info.pop(_GIVEN, [])
    return given
