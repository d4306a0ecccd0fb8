"""Response URLs: five answers within thirty minutes, to one interaction.

Knows nothing of HTTP; `path` is what the server listens on. Time comes from the monotonic clock it is given.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from bot.sandbox.slack.errors import SlackError

MOST_USES = 5
LIFETIME = 30 * 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseUrl:
    """`message_ts` is the message that was acted on; a command has none."""

    path: str
    user: str
    channel: str
    issued: float
    message_ts: str | None = None
    uses: int = 0


class ResponseUrls:
    """Every response URL that was ever given out, by its path."""

    def __init__(self, monotonic: Callable[[], float], team: str) -> None:
        self._monotonic = monotonic
        self._team = team
        self._urls: dict[str, ResponseUrl] = {}

    def issue(
        self, kind: Literal["commands", "actions"], *, user: str, channel: str, message_ts: str | None = None
    ) -> ResponseUrl:
        path = f"/{kind}/{self._team}/{len(self._urls) + 1}/{secrets.token_urlsafe(18)}"
        url = ResponseUrl(path=path, user=user, channel=channel, issued=self._monotonic(), message_ts=message_ts)
        self._urls[path] = url
        return url

    def check(self, path: str) -> ResponseUrl:
        """Raises `SlackError` (`invalid_url`, `expired_url`, `used_url`)."""
        url = self._urls.get(path)
        if url is None:
            raise SlackError("invalid_url")
        if self._monotonic() - url.issued > LIFETIME:
            raise SlackError("expired_url")
        if url.uses >= MOST_USES:
            raise SlackError("used_url")
        return url

    def use(self, url: ResponseUrl) -> None:
        self._urls[url.path] = replace(url, uses=url.uses + 1)
