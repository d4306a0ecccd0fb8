"""Lanes of durable work, and which of them a transaction gives work to: whoever listens to commits hears of it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

_GIVEN = "when lanes that were given work have to look"


class Lane(StrEnum):
    """Work of one request runs in order within its lane; lanes do not wait for each other."""

    JUDGE = "judge"
    BUY = "buy"
    TELL = "tell"
    SHOW = "show"


Given = Mapping[Lane, datetime]
"""When the first of what a lane was given is due."""


def give_work(connection: Connection, lane: Lane, due: datetime) -> None:
    """Says that this transaction leaves something in the lane."""
    given: dict[Lane, datetime] = connection.info.setdefault(_GIVEN, {})
    given[lane] = min(due, given.get(lane, due))


def take_given(connection: Connection) -> Given:
    """What was said since this was called last."""
    given: Given = connection.info.pop(_GIVEN, {})
    return given
