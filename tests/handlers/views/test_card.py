"""The card in every state: what people see, and what its buttons carry."""

from dataclasses import replace
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain.request import Status
from bot.domain.shown import Shown
from handlers.views.card import APPROVE, DENY, WITHDRAW, button_value, card
from handlers.views.message import Message
from tests.builders import BOSS, a_request, a_shown, some_terms
from tests.handlers.views.cases import CARDS, GROUP, a_case
from tests.handlers.views.sight import message_as_seen


def buttons(message: Message) -> dict[str, dict[str, Any]]:
    """By action id."""
    elements: list[Any] = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return {button["action_id"]: button for held in elements for button in held}


@pytest.mark.parametrize("name", CARDS)
def test_the_card_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(card(CARDS[name])) == snapshot


def test_every_state_is_among_those_looked_at() -> None:
    assert {shown.request.status for shown in CARDS.values()} == set(Status)


@pytest.mark.parametrize("shown", CARDS.values(), ids=CARDS.keys())
def test_only_a_card_that_waits_for_a_decision_has_its_buttons(shown: Shown) -> None:
    expected = [APPROVE, DENY, WITHDRAW] if shown.request.status is Status.PENDING else []
    assert list(buttons(card(shown))) == expected


def test_buttons_carry_the_request_and_the_terms_on_show_and_nothing_else() -> None:
    shown = a_shown(a_request(id="0a" * 16))
    assert button_value(shown) == f"{'0a' * 16}.{some_terms().digest}"
    assert {button["value"] for button in buttons(card(shown)).values()} == {button_value(shown)}


def test_before_approving_the_amount_is_repeated() -> None:
    dialog = buttons(card(a_shown(a_request("249.50+499 INR"))))[APPROVE]["confirm"]
    assert "INR 748.50 is charged" in dialog["text"]["text"]
    assert "INR 499.00 every month" in dialog["text"]["text"]


@pytest.mark.parametrize(
    ("voters", "needed", "words"),
    [((), 1, "is bought at once"), ((), 2, "once somebody else approves it too"), ((BOSS,), 2, "is bought at once")],
)
def test_before_approving_it_is_said_whether_that_buys(voters: tuple[str, ...], needed: int, words: str) -> None:
    shown = a_case(voters=voters, needed=needed)
    assert words in buttons(card(shown))[APPROVE]["confirm"]["text"]["text"]


def test_a_screen_reader_hears_which_number_a_button_is_about() -> None:
    labels = [button["accessibility_label"] for button in buttons(card(a_shown())).values()]
    assert labels == [
        "Approve buying +91 80 6900 0142",
        "Deny buying +91 80 6900 0142",
        "Withdraw the request for +91 80 6900 0142",
    ]


def test_groups_among_the_approvers_are_mentioned_as_groups() -> None:
    assert (
        f"Waits for a decision by <@{BOSS}> and <!subteam^{GROUP}>."
        in card(replace(a_shown(), approvers=(BOSS, GROUP))).text
    )


@pytest.mark.parametrize("shown", CARDS.values(), ids=CARDS.keys())
def test_a_card_ends_with_its_entrys_number_and_hash(shown: Shown) -> None:
    assert card(shown).text.splitlines()[-1] == "Entry #7 abababababab"


@pytest.mark.parametrize("status", [Status.APPROVED, Status.PURCHASING, Status.CHECKING])
def test_nothing_says_bought_before_it_is(status: Status) -> None:
    first_two = card(a_case(status, voters=(BOSS,))).text.splitlines()[:2]
    assert not any(line.startswith(("Bought", "Not bought")) for line in first_two)
