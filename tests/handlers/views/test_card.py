"""The card in every state: what people see, and what its buttons carry."""

from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain.request import Failure, Status
from handlers.views.again import again_buttons
from handlers.views.card import card
from tests.handlers.views.cases import CARDS, GROUP, OFFERED, a_case, a_failure, asked, stood
from tests.handlers.views.sight import message_as_seen
from tests.harness.builders import BOSS, a_shown


@pytest.mark.parametrize("name", CARDS)
def test_the_card_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(card(CARDS[name])) == snapshot


def test_every_state_is_among_those_looked_at() -> None:
    assert {shown.request.status for shown in CARDS.values()} == set(Status)


def test_groups_among_the_approvers_are_mentioned_as_groups() -> None:
    said = card(replace(a_shown(), approvers=(BOSS, GROUP))).text
    assert f"Waits for a decision by <@{BOSS}> and <!subteam^{GROUP}>." in said


def test_a_month_that_is_used_up_has_nothing_left_and_is_not_over() -> None:
    said = card(a_case(told=asked(in_month=stood("500")))).text.splitlines()
    assert "Budget: INR 0.00 of INR 500.00 left in 2026-11 when this was asked for" in said


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PENDING])
def test_once_it_is_decided_neither_the_budget_nor_the_deadline_matters(status: Status) -> None:
    shown = a_case(told=asked(in_month=stood("0")))
    said = card(replace(shown, request=replace(shown.request, status=status))).text
    assert "Budget" not in said
    assert "Expires" not in said


@pytest.mark.parametrize("error", [Failure.ALREADY_OURS, Failure.SOLD_TO_ANOTHER_REQUEST, Failure.NOT_IN_INVENTORY])
def test_a_number_that_is_ours_or_gone_is_not_offered_again(error: Failure) -> None:
    assert again_buttons(a_failure(error)) == []


def test_once_it_was_bought_after_all_nothing_is_offered_any_more() -> None:
    failed = a_failure(OFFERED)
    assert again_buttons(replace(failed, request=replace(failed.request, status=Status.PURCHASED))) == []
