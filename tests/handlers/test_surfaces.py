"""Where the command may be used."""

import pytest

from handlers.surfaces import Places

ANY = Places(allowed=None, approval_channel=None)
TWO = Places(allowed=frozenset({"C1", "C2"}), approval_channel=None)
HOME = Places(allowed=None, approval_channel="C1")


@pytest.mark.parametrize(
    ("places", "channel"), [(ANY, "C1"), (ANY, "G1"), (TWO, "C1"), (TWO, "C2"), (HOME, "C9"), (HOME, "D1")]
)
def test_it_may_be_used_there(places: Places, channel: str) -> None:
    assert places.why_not(channel) is None


@pytest.mark.parametrize(
    ("places", "channel", "words"),
    [
        (ANY, "D1", "Use it in a channel"),
        (TWO, "C3", "Use it in <#C1>, <#C2>."),
        (TWO, "D1", "Use it in a channel"),
        (Places(allowed=frozenset({"C1"}), approval_channel="C1"), "D1", "Use it in <#C1>."),
    ],
)
def test_where_it_may_not_be_used_one_line_says_where_it_may(places: Places, channel: str, words: str) -> None:
    why_not = places.why_not(channel)
    assert why_not is not None
    assert words in why_not
    assert "\n" not in why_not
