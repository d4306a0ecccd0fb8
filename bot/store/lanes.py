"""Lanes of durable work, and what a transaction gives them: whoever listens to commits hears of it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

_GIVEN = "work that is given"


class Lane(StrEnum):
    """Work of one request runs in order within its lane; lanes do not wait for each other."""

    JUDGE = "judge"
    BUY = "buy"
    TELL = "tell"
    SHOW = "show"


Given = Mapping[tuple[Lane, str | None], datetime]
"""By lane and kind of work, `None` for any kind: when the first of it is due."""


def give_work(connection: Connection, lane: Lane, kind: str | None, due: datetime) -> None:
    """Says that this transaction leaves such work in the lane."""
    given: dict[tuple[Lane, str | None], datetime] = connection.info.setdefault(_GIVEN, {})
    given[lane, kind] = min(due, given.get((lane, kind), due))


def take_given(connection: Connection) -> Given:
    """What was said since this was called last."""
    given: Given = connection.info.pop(_GIVEN, {})
    return given
