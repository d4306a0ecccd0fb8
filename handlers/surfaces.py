"""What every surface is given: where to hand things in, whom to ask, and where the command may be used."""

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.services.acts import Address, Reception
from bot.services.ports import Provider
from handlers.payloads import Click
from handlers.people import SlackPeople


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the command may be used, by channel id. `None` for `allowed` means anywhere."""

    allowed: frozenset[str] | None
    approval_channel: str | None

    def why_not(self, channel: str) -> str | None:
        """One line for the caller when the command cannot be used there."""
        if channel.startswith("D") and self.approval_channel is None:
            return "In a direct message `/buynumber` works only with `APPROVAL_CHANNEL` set: use it in a channel."
        if self.allowed is not None and channel not in self.allowed:
            allowed = ", ".join(f"<#{channel}>" for channel in sorted(self.allowed))
            return f"`/buynumber` cannot be used in this channel. Use it in {allowed}."
        return None


def address(click: Click, clock: Clock) -> Address:
    """Where words for whoever clicked can go."""
    channel = click.channel.id if click.channel else None
    return Address(user=click.user.id, channel=channel, response_url=click.response_url, at=clock.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class Surfaces:
    """`client` calls Slack from lazy listeners; `default_country` is ISO 3166 alpha-2."""

    client: AsyncWebClient
    reception: Reception
    people: SlackPeople
    provider: Provider
    places: Places
    clock: Clock
    default_country: str
