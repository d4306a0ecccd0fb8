"""Trigger ids: what lets the app open a modal, for three seconds and once.

Knows nothing of views. Time comes from the monotonic clock it is given.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.sandbox.slack.errors import SlackError

LIFETIME = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """`in_view` is set when the person acted inside a modal; only then `views.push` has something to push on."""

    id: str
    user: str
    issued: float
    in_view: str | None = None
    is_used: bool = False


class Triggers:
    """Every trigger id that was ever given out."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._triggers: dict[str, Trigger] = {}

    def issue(self, user: str, in_view: str | None = None) -> str:
        number = len(self._triggers) + 1
        trigger_id = f"{1_000_000 + number}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(id=trigger_id, user=user, issued=self._monotonic(), in_view=in_view)
        return trigger_id

    def check(self, trigger_id: str) -> Trigger:
        """Raises `SlackError` (`invalid_trigger_id`, `exchanged_trigger_id`, `expired_trigger_id`)."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.is_used:
            raise SlackError("exchanged_trigger_id")
        if self._monotonic() - trigger.issued > LIFETIME:
            raise SlackError("expired_trigger_id")
        return trigger

    def use(self, trigger: Trigger) -> None:
        self._triggers[trigger.id] = replace(trigger, is_used=True)
