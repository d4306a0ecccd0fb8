"""Where the command may be used."""

import pytest

from bot.domain import refusals
from bot.domain.places import may_ask_in
from bot.domain.policy import Allowed
from bot.domain.refusals import NotAllowed
from bot.domain.rules import Rules

ANY = Rules()
TWO = Rules(allowed_channels=frozenset({"C2", "C1"}))
HOME = Rules(approval_channel="C1")
ONE_AND_HOME = Rules(allowed_channels=frozenset({"C1"}), approval_channel="C1")


@pytest.mark.parametrize(
    ("rules", "channel"), [(ANY, "C1"), (ANY, "G1"), (TWO, "C1"), (TWO, "C2"), (HOME, "C9"), (HOME, "D1")]
)
def test_it_may_be_used_there(rules: Rules, channel: str) -> None:
    assert may_ask_in(channel, rules) == Allowed()


@pytest.mark.parametrize(
    ("rules", "refusal"),
    [
        (ANY, refusals.NoApprovalChannel(channel="D1")),
        (TWO, refusals.ChannelNotAllowed(channel="C3", allowed=("C1", "C2"))),
        (TWO, refusals.NoApprovalChannel(channel="D1", allowed=("C1", "C2"))),
        (ONE_AND_HOME, refusals.ChannelNotAllowed(channel="D1", allowed=("C1",))),
    ],
)
def test_it_may_not_be_used_elsewhere_and_the_evidence_says_where_it_may(
    rules: Rules, refusal: refusals.NoApprovalChannel | refusals.ChannelNotAllowed
) -> None:
    found: Allowed | NotAllowed = may_ask_in(refusal.channel, rules)
    assert found == refusal
