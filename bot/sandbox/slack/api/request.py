"""One call of the Web API as its method sees it, and how its arguments are read.

Slack takes structured arguments as JSON, or as JSON text inside a form field; both end up the same here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.shapes import Json, JsonObject, parsed, text_of
from bot.sandbox.slack.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """`origin` is where the stand-in listens, for addresses in answers; `ticket` gives a one-use socket address."""

    workspace: Workspace
    arguments: JsonObject
    origin: str
    open_socket: Callable[[], str]

    def text(self, name: str) -> str:
        return text_of(self.arguments, name)

    def required(self, name: str) -> str:
        """Raises `SlackError` (`invalid_arguments`) naming what is missing."""
        value = self.text(name)
        if not value:
            message = f"[ERROR] missing required field: {name}"
            raise SlackError("invalid_arguments", response_metadata={"messages": [message]})
        return value

    def structured(self, name: str, code: str) -> Json:
        """The argument as JSON, `None` when absent; raises `SlackError` with `code` when it is no JSON."""
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return parsed(value)
        except ValueError:
            raise SlackError(code) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """What a method needs: scopes, and the bot token or the app token.

    Methods without `takes_json` read query and form only, as Slack's older ones do.
    """

    run: Callable[[ApiRequest], JsonObject]
    scopes: tuple[str, ...] = ()
    caller: Literal["bot", "app"] = "bot"
    takes_json: bool = True
