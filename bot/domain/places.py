"""Where `/buynumber` may be used. Knows channels by Slack's ids."""

from bot.domain import refusals
from bot.domain.policy import Allowed
from bot.domain.rules import Rules


def is_direct(channel: str) -> bool:
    """Is it a direct message? Nobody but the two in it reads there (source: Slack's page on conversation ids)."""
    return channel.startswith("D")


def may_ask_in(channel: str, rules: Rules) -> Allowed | refusals.NoApprovalChannel | refusals.ChannelNotAllowed:
    """In a direct message only when the card has another place to stand."""
    allowed = tuple(sorted(rules.allowed_channels or ()))
    if is_direct(channel) and rules.approval_channel is None:
        return refusals.NoApprovalChannel(channel=channel, allowed=allowed)
    if rules.allowed_channels is not None and channel not in rules.allowed_channels:
        return refusals.ChannelNotAllowed(channel=channel, allowed=allowed)
    return Allowed()
