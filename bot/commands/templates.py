"""`manifest` and `env`: what is copied to set the bot up, out of the very files that stand in the repository.

A wheel brings them inside the package, a clone has them at its top.
"""

from importlib import resources
from pathlib import Path

EVENTS = "/slack/events"
"""Where the bot takes commands, interactions, options and events over HTTP."""

_OVER_HTTP = (
    ("    - command: /buynumber\n", "      url: {url}\n"),
    ("  event_subscriptions:\n", "    request_url: {url}\n"),
    ("  interactivity:\n    is_enabled: true\n", "    request_url: {url}\n    message_menu_options_url: {url}\n"),
)
"""After which of the manifest's lines an address stands."""


def env() -> str:
    """All settings with their defaults, as a `.env` file has them."""
    return _text(".env.example")


def manifest(url: str | None) -> str:
    """The Slack app in YAML: for Socket Mode, or for HTTP with the bot at `url` (`https://bot.example.com`)."""
    text = _text("manifest.yml")
    if url is None:
        return text
    events = url.rstrip("/").removesuffix(EVENTS) + EVENTS
    for lines, added in _OVER_HTTP:
        text = text.replace(lines, lines + added.format(url=events))
    return text.replace("socket_mode_enabled: true", "socket_mode_enabled: false")


def _text(name: str) -> str:
    inside = resources.files("bot") / name
    return (inside if inside.is_file() else Path(__file__).parents[2] / name).read_text("utf-8")
