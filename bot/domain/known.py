"""What is known of one number: the requests for it, and how it stands when no request bought it."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.numbers import E164
from bot.domain.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A number of ours that no request bought, as the last sweep saw it."""

    status: str | None
    owner: str | None
    found_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request for the number, and where its card stands: channel and `ts`, which is `None` until Slack took it."""

    shown: Shown
    channel: str
    ts: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """For one person; `asked` is newest first, and what bought the number before all else."""

    e164: E164
    asked: tuple[Asked, ...]
    is_hidden: bool
    """Somebody asked for it in a private place, and this person may not see that."""
    outside: Outside | None
    swept_at: datetime | None
    """When the last sweep began that could read; `None` before the first."""
    is_archived: bool = False
    """Some requests have left the tables for an archive: this may have been asked for by one of them."""
