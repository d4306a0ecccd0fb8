"""Lanes of durable work, and what a transaction gives them: whoever listens to commits hears of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
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


Given = Mapping[tuple[Lane, str | None], Sequence[datetime]]
"""By lane and kind of work, `None` for any kind: when each row of it is due."""


def give_work(connection: Connection, lane: Lane, kind: str | None, due: datetime) -> None:
    """Says that this transaction leaves such work in the lane."""
    given: dict[tuple[Lane, str | None], list[datetime]] = connection.info.setdefault(_GIVEN, defaultdict(list))
    given[lane, kind].append(due)


def take_given(connection: Connection) -> Given:
    """What was said since this was called last."""
    given: Given = connection.info.pop(_GIVEN, {})
    return given
