"""Where `/buynumber` may be used. Knows channels by Slack's ids."""

from dataclasses import dataclass

from bot.domain.policy import Allowed, NotAllowed, Reason, Verdict


def is_direct(channel: str) -> bool:
    """Is it a direct message? Nobody but the two in it reads there (source: Slack's page on conversation ids)."""
    return channel.startswith("D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """`None` for `allowed` means anywhere; with an `approval_channel` the cards stand there."""

    allowed: frozenset[str] | None = None
    approval_channel: str | None = None

    def may_ask_in(self, channel: str) -> Verdict:
        """In a direct message only when the card has another place to stand."""
        if is_direct(channel) and self.approval_channel is None:
            return NotAllowed(Reason.NO_APPROVAL_CHANNEL, {"channel": channel})
        if self.allowed is not None and channel not in self.allowed:
            return NotAllowed(Reason.CHANNEL_NOT_ALLOWED, {"channel": channel, "allowed": [*sorted(self.allowed)]})
        return Allowed()
