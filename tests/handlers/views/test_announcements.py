"""What everybody in the channel is told."""

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain.audit import OPERATOR
from handlers.views.announcements import announcement
from tests.handlers.views.sight import message_as_seen
from tests.handlers.views.told import ANNOUNCEMENTS, frozen
from tests.harness.builders import BOSS, CHIEF


@pytest.mark.parametrize("name", ANNOUNCEMENTS)
def test_the_announcement_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(announcement(ANNOUNCEMENTS[name])) == snapshot


def test_a_freeze_says_who_what_and_how_it_ends() -> None:
    said = announcement(frozen(BOSS)).text
    assert f"by <@{BOSS}>" in said
    assert "Nothing is approved or bought" in said
    assert "`/buynumber unfreeze`" in said
    assert "by an operator" in announcement(frozen(OPERATOR)).text


def test_calls_that_may_have_left_are_named_and_so_is_what_needs_a_new_approval() -> None:
    said = announcement(frozen(out=("+918069000142",), returned=("+918069000187", "+918069000203"))).text
    assert "may have left already: +91 80 6900 0142." in said
    assert "need a new approval afterwards: +91 80 6900 0187 and +91 80 6900 0203." in said


def test_without_calls_and_without_approvals_neither_is_mentioned() -> None:
    said = announcement(frozen()).text
    assert "left already" not in said
    assert "new approval" not in said


@pytest.mark.parametrize("name", ["the sweep failed", "something failed", "a debit that nothing explains"])
def test_what_needs_approvers_names_them(name: str) -> None:
    assert announcement(ANNOUNCEMENTS[name], (BOSS, CHIEF)).text.startswith(f"<@{BOSS}> and <@{CHIEF}>: ")


def test_of_many_debits_ten_are_named_and_the_others_counted() -> None:
    said = announcement(ANNOUNCEMENTS["more of them than are named"]).text
    assert said.count("transaction `txn_") == 10
    assert "and 20 more" in said


@pytest.mark.parametrize("name", ANNOUNCEMENTS)
def test_an_announcement_ends_with_its_entrys_number_and_hash(name: str) -> None:
    assert announcement(ANNOUNCEMENTS[name]).text.splitlines()[-1] == "Entry #7 abababababab"
