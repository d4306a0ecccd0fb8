"""What the bot plans for itself: what time does to a request, purchases and looks, and what comes round by itself."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from bot.domain.outcome import Refused
from bot.store import audit, control
from bot.store.lanes import Lane
from bot.work import queue
from bot.work.queue import Work


class Deadline(Work):
    """`terms_version` is that of the approval or waiting time that it belongs to."""

    lane = Lane.JUDGE

    terms_version: int


class Expire(Deadline, defer_build=False):
    """Nobody decided in time."""

    kind = "expire"


class Remind(Deadline, defer_build=False):
    """Approvers are reminded that a request waits."""

    kind = "remind"


class Lapse(Deadline, defer_build=False):
    """An approval was not used in time."""

    kind = "lapse"


class Nudge(Work):
    """People are reminded of an outcome or an alert that waits for them."""

    kind = "nudge"
    lane = Lane.JUDGE


class OfferSimilar(Work):
    """A number was gone: others like it are looked for."""

    kind = "offer_similar"
    lane = Lane.JUDGE


class DueTidy(Work):
    """Secrets that died are dropped."""

    kind = "tidy"
    lane = Lane.JUDGE
    every = timedelta(minutes=5)


class RefusedCall(BaseModel):
    """The provider's refusal of an attempt's call, as it was answered."""

    model_config = ConfigDict(frozen=True)

    attempt: str
    refusal: Refused
    at: datetime


class Purchase(Work, defer_build=False):
    """An approved request's purchase; once its call was refused in a way that own numbers have to confirm, that."""

    kind = "purchase"
    lane = Lane.BUY

    refused: Annotated[RefusedCall | None, Field(exclude_if=lambda refused: refused is None)] = None


class NextLook(Work):
    """A look at the provider; `pauses` are those before the looks that follow it, none at the last."""

    kind = "look"
    lane = Lane.BUY

    pauses: tuple[timedelta, ...]


class DueSweep(Work):
    """The provider's own numbers and ledger are compared with all attempts."""

    kind = "sweep"
    lane = Lane.BUY
    every = timedelta(hours=1)


class Beginning(Work):
    """The trail is empty: before anything is bought, the account is asked whether there was a bot before."""

    kind = "beginning"
    lane = Lane.BUY


def plan_rounds(connection: Connection, now: datetime) -> None:
    """Makes sure at start that what comes round by itself is planned, and of a new database its beginning."""
    control.hold(connection)
    if audit.is_empty(connection):
        queue.add_single(connection, Beginning(), now=now)
    for due in (DueSweep(), DueTidy()):
        queue.add_single(connection, due, now=now)
