"""What everybody in the channel is told."""

import pytest
from syrupy.assertion import SnapshotAssertion

from handlers.views.announcements import announcement
from tests.handlers.views.cases import ANNOUNCEMENTS
from tests.handlers.views.sight import message_as_seen
from tests.harness.builders import BOSS, CHIEF


@pytest.mark.parametrize("name", ANNOUNCEMENTS)
def test_the_announcement_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(announcement(ANNOUNCEMENTS[name])) == snapshot


@pytest.mark.parametrize("name", ["the sweep failed", "something failed", "a debit that nothing explains"])
def test_what_needs_approvers_names_them(name: str) -> None:
    assert announcement(ANNOUNCEMENTS[name], (BOSS, CHIEF)).text.startswith(f"<@{BOSS}> and <@{CHIEF}>: ")
