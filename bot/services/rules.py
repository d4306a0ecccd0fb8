"""The team's rules as the services use them, read once from the settings at start."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.places import Places
from bot.domain.policy import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long a request waits for a decision, and when its approvers are reminded; `None` for never."""

    expires_after: timedelta
    remind_after: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`approvers` are the ids of the setting, people and groups, in its order: whom a card mentions."""

    approvers: tuple[str, ...]
    places: Places
    limits: Limits
    times: Times
    zone: ZoneInfo
    """Where the budget's month turns."""
    call_timeout: timedelta

    def month(self, now: datetime) -> str:
        """`2026-11`, in the team's time zone."""
        return now.astimezone(self.zone).strftime("%Y-%m")

    @property
    def purchase_lease(self) -> timedelta:
        """How long one worker has a purchase to itself."""
        return 3 * self.call_timeout
