"""Asking again: which card offers it, for which number, and what its buttons carry."""

from dataclasses import replace

import pytest

from bot.domain.request import Failure, Status
from bot.domain.shown import Shown, ShownAttempt
from handlers.views.again import again_buttons, similar_words
from handlers.views.card import card
from handlers.views.request import button_value
from tests.handlers.views.cases import AN_HOUR_LATER, CARDS, ID, NOT_BOUGHT, OFFERED, SIMILAR, a_case, a_failure, looked
from tests.handlers.views.sight import buttons
from tests.harness.builders import BOSS, an_attempt, some_terms


def offered(shown: Shown) -> list[str]:
    return [button.action_id or "" for button in again_buttons(shown)]


@pytest.mark.parametrize("name", ["denied", "expired", "failed", "failed, not bought, settled"])
def test_what_ended_without_a_purchase_can_be_asked_for_again(name: str) -> None:
    assert offered(CARDS[name]) == ["ask_again"]


@pytest.mark.parametrize("status", [Status.PENDING, Status.APPROVED, Status.PURCHASING, Status.CHECKING])
def test_what_is_open_cannot_be_asked_for_again(status: Status) -> None:
    assert offered(a_case(status)) == []


@pytest.mark.parametrize("name", ["purchased", "withdrawn"])
def test_what_was_bought_or_taken_back_is_not_offered_again(name: str) -> None:
    assert offered(CARDS[name]) == []


@pytest.mark.parametrize("error", [Failure.ALREADY_OURS, Failure.SOLD_TO_ANOTHER_REQUEST, Failure.NOT_IN_INVENTORY])
def test_a_number_that_is_ours_or_gone_is_not_offered_again(error: Failure) -> None:
    assert offered(a_failure(error)) == []


@pytest.mark.parametrize("attempt", [an_attempt(settles_at=AN_HOUR_LATER), looked("charged", is_alerted=True)])
def test_while_a_purchase_is_unsettled_its_number_is_not_offered_again(attempt: ShownAttempt) -> None:
    unsettled = a_failure(NOT_BOUGHT)
    assert offered(unsettled) == ["ask_again"]
    assert offered(replace(unsettled, attempt=attempt)) == []


def test_similar_numbers_are_offered_instead_of_one_that_is_gone() -> None:
    found = buttons(card(CARDS["failed, similar numbers offered"]).blocks)
    assert [(action, button["value"]) for action, button in found.items()] == [
        (f"ask_similar_{place}", f"{ID}.{other.digest}") for place, other in enumerate(SIMILAR, start=1)
    ]
    assert [button["text"]["text"] for button in found.values()] == [
        "Ask for +91 80 6900 0187",
        "Ask for +91 80 6900 0203",
        "Ask for +91 44 6900 0133",
    ]


def test_similar_numbers_are_named_with_place_and_both_fees() -> None:
    assert similar_words(CARDS["failed, similar numbers offered"].offered, "below") == (
        " Similar numbers on sale: +91 80 6900 0187 in Bengaluru for INR 100.00 and INR 1.00 a month; "
        "+91 80 6900 0203 in Bengaluru for INR 100.00 and INR 1.50 a month; "
        "+91 44 6900 0133 for INR 0.00 and INR 350.00 a month. "
        "Ask for one of them with the buttons below, or pick another one with `/buynumber`."
    )


def test_once_it_was_bought_after_all_nothing_is_offered_any_more() -> None:
    failed = a_failure(OFFERED)
    assert offered(replace(failed, request=replace(failed.request, status=Status.PURCHASED))) == []


def test_ask_again_carries_the_request_and_its_terms_and_nothing_else() -> None:
    denied = CARDS["denied"]
    assert [button.value for button in again_buttons(denied)] == [button_value(denied)]
    assert button_value(denied) == f"{ID}.{some_terms().digest}"


def test_a_screen_reader_hears_which_number_is_asked_for() -> None:
    found = buttons(card(CARDS["failed, similar numbers offered"]).blocks)
    assert [button["accessibility_label"] for button in found.values()] == [
        "Ask for +91 80 6900 0187 instead in Bengaluru",
        "Ask for +91 80 6900 0203 instead in Bengaluru",
        "Ask for +91 44 6900 0133 instead",
    ]
    again = buttons(card(a_case(Status.DENIED, actor=BOSS)).blocks)["ask_again"]
    assert again["accessibility_label"] == "Ask again for +91 80 6900 0142"
