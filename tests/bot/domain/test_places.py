"""Where the command may be used."""

import pytest
from pydantic import JsonValue

from bot.domain.places import Places
from bot.domain.policy import Allowed, NotAllowed, Reason

ANY = Places()
TWO = Places(allowed=frozenset({"C2", "C1"}))
HOME = Places(approval_channel="C1")
ONE_AND_HOME = Places(allowed=frozenset({"C1"}), approval_channel="C1")

DIRECT, CHANNEL = Reason.NO_APPROVAL_CHANNEL, Reason.CHANNEL_NOT_ALLOWED


@pytest.mark.parametrize(
    ("places", "channel"), [(ANY, "C1"), (ANY, "G1"), (TWO, "C1"), (TWO, "C2"), (HOME, "C9"), (HOME, "D1")]
)
def test_it_may_be_used_there(places: Places, channel: str) -> None:
    assert places.may_ask_in(channel) == Allowed()


@pytest.mark.parametrize(
    ("places", "channel", "reason", "allowed"),
    [
        (ANY, "D1", DIRECT, {}),
        (TWO, "C3", CHANNEL, {"allowed": ["C1", "C2"]}),
        (TWO, "D1", DIRECT, {}),
        (ONE_AND_HOME, "D1", CHANNEL, {"allowed": ["C1"]}),
    ],
)
def test_it_may_not_be_used_elsewhere_and_the_evidence_says_where_it_may(
    places: Places, channel: str, reason: Reason, allowed: dict[str, JsonValue]
) -> None:
    assert places.may_ask_in(channel) == NotAllowed(reason, {"channel": channel, **allowed})
