"""What every surface is given: where to hand things in, whom to ask, and where the command may be used."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.services.acts import Reception
from bot.services.ports import Provider
from handlers.outgoing import SlackMessenger
from handlers.people import SlackPeople


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the command may be used, by channel id. `None` for `allowed` means anywhere."""

    allowed: frozenset[str] | None
    approval_channel: str | None

    def why_not(self, channel: str) -> str | None:
        """One line for the caller when the command cannot be used there."""
        if channel.startswith("D") and self.approval_channel is None:
            return "In a direct message `/buynumber` has no channel to ask for approval in. Use it in a channel."
        if self.allowed is not None and channel not in self.allowed:
            allowed = ", ".join(f"<#{channel}>" for channel in sorted(self.allowed))
            return f"`/buynumber` cannot be used in this channel. Use it in {allowed}."
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surfaces:
    """`messenger` is for lazy listeners alone; `default_country` is ISO 3166 alpha-2."""

    messenger: SlackMessenger
    reception: Reception
    people: SlackPeople
    provider: Provider
    places: Places
    clock: Clock
    default_country: str
