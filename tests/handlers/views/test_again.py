"""Asking again: which failures do not offer it."""

from dataclasses import replace

import pytest

from bot.domain.request import Failure, Status
from bot.domain.shown import Shown
from handlers.views.again import again_buttons
from tests.handlers.views.cases import OFFERED, a_failure


def offered(shown: Shown) -> list[str]:
    return [button.action_id or "" for button in again_buttons(shown)]


@pytest.mark.parametrize("error", [Failure.ALREADY_OURS, Failure.SOLD_TO_ANOTHER_REQUEST, Failure.NOT_IN_INVENTORY])
def test_a_number_that_is_ours_or_gone_is_not_offered_again(error: Failure) -> None:
    assert offered(a_failure(error)) == []


def test_once_it_was_bought_after_all_nothing_is_offered_any_more() -> None:
    failed = a_failure(OFFERED)
    assert offered(replace(failed, request=replace(failed.request, status=Status.PURCHASED))) == []
