"""The card in every state: what people see, and what its buttons carry."""

from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain.request import Status
from bot.domain.shown import Shown
from handlers.views.card import APPROVE, DENY, WITHDRAW, card
from handlers.views.request import button_value
from tests.handlers.views.cases import CARDS, GROUP, a_case, asked, stood
from tests.handlers.views.sight import buttons, message_as_seen
from tests.harness.builders import BOSS, a_request, a_shown, some_terms


@pytest.mark.parametrize("name", CARDS)
def test_the_card_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(card(CARDS[name])) == snapshot


def test_every_state_is_among_those_looked_at() -> None:
    assert {shown.request.status for shown in CARDS.values()} == set(Status)


DECISIONS = [APPROVE, DENY, WITHDRAW]
FOLLOW_UPS = {
    Status.CHECKING: {"resolve_bought", "resolve_not_bought", "look_again", "write_off"},
    Status.FAILED: {"write_off", "ask_again", "ask_similar_1", "ask_similar_2", "ask_similar_3"},
    Status.PURCHASED: {"write_off"},
    Status.DENIED: {"ask_again"},
    Status.EXPIRED: {"ask_again"},
}
"""What may stand on a card that waits for no decision."""


@pytest.mark.parametrize("shown", CARDS.values(), ids=CARDS.keys())
def test_only_a_card_that_waits_for_a_decision_has_its_buttons(shown: Shown) -> None:
    found = list(buttons(card(shown).blocks))
    if shown.request.status is Status.PENDING:
        assert [button for button in found if button != "write_off"] == DECISIONS
    else:
        assert set(found) <= FOLLOW_UPS.get(shown.request.status, set())


def test_buttons_carry_the_request_and_the_terms_on_show_and_nothing_else() -> None:
    shown = a_shown(a_request(id="0a" * 16))
    assert button_value(shown) == f"{'0a' * 16}.{some_terms().digest}"
    assert {button["value"] for button in buttons(card(shown).blocks).values()} == {button_value(shown)}


def test_before_approving_the_amount_is_repeated() -> None:
    dialog = buttons(card(a_shown(a_request("249.50+499 INR"))).blocks)[APPROVE]["confirm"]
    assert "INR 748.50 is charged" in dialog["text"]["text"]
    assert "INR 499.00 every month" in dialog["text"]["text"]


@pytest.mark.parametrize(
    ("voters", "needed", "words"),
    [((), 1, "is bought at once"), ((), 2, "once somebody else approves it too"), ((BOSS,), 2, "is bought at once")],
)
def test_before_approving_it_is_said_whether_that_buys(voters: tuple[str, ...], needed: int, words: str) -> None:
    shown = a_case(voters=voters, needed=needed)
    assert words in buttons(card(shown).blocks)[APPROVE]["confirm"]["text"]["text"]


def test_a_screen_reader_hears_which_number_a_button_is_about() -> None:
    labels = [button["accessibility_label"] for button in buttons(card(a_shown()).blocks).values()]
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
    assert card(shown).text.splitlines()[-1] == f"Entry #{shown.entry.seq} abababababab"


def test_a_card_tells_its_state_by_what_brought_it_there_whatever_was_noted_since() -> None:
    noted = CARDS["failed, not bought, settled"]
    assert noted.entry != noted.cause
    assert "The provider shows that it was not" in card(noted).text
    assert "Asked again" in card(CARDS["pending again, and voted for since"]).text


@pytest.mark.parametrize(
    ("spent", "budget", "said"),
    [
        ("200", "500", "INR 300.00 of INR 500.00 left in 2026-11 when this was asked for"),
        ("500", "500", "INR 0.00 of INR 500.00 left in 2026-11 when this was asked for"),
        ("600.50", "500", "INR 100.50 over the INR 500.00 of 2026-11"),
        ("0", "0", "none in INR: nothing in it can be approved"),
    ],
)
def test_whoever_decides_sees_what_the_month_has_room_for(spent: str, budget: str, said: str) -> None:
    assert f"Budget: {said}" in card(a_case(told=asked(in_month=stood(spent, budget)))).text.splitlines()


def test_what_is_promised_to_others_is_not_left() -> None:
    said = card(a_case(told=asked(in_month=stood("100", reserved="50")))).text
    assert "Budget: INR 350.00 of INR 500.00 left" in said


def test_without_budgets_none_is_mentioned() -> None:
    assert "Budget" not in card(a_case()).text


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PENDING])
def test_once_it_is_decided_neither_the_budget_nor_the_deadline_matters(status: Status) -> None:
    shown = a_case(told=asked(in_month=stood("0")))
    said = card(replace(shown, request=replace(shown.request, status=status))).text
    assert "Budget" not in said
    assert "Expires" not in said


@pytest.mark.parametrize("name", ["approved automatically", "purchased automatically"])
def test_an_approval_by_the_limit_names_nobody(name: str) -> None:
    said = card(CARDS[name]).text.splitlines()[1]
    assert "Approved automatically: a charge this small needs no approval." in said
    assert "<@" not in said


def test_a_charge_after_all_is_not_said_beside_a_look_that_showed_none() -> None:
    said = card(CARDS["failed, and charged after all"]).text
    assert "*Money was charged, and the number is not ours*" in said
    assert "nothing was charged" not in said


@pytest.mark.parametrize("name", ["failed, said the operator", "purchased, said a person"])
def test_whose_word_an_outcome_is_stands_on_the_card(name: str) -> None:
    assert "said so." in card(CARDS[name]).text.splitlines()[1]


def test_a_bought_number_that_the_provider_does_not_show_is_not_simply_bought() -> None:
    assert "does not fit" in card(CARDS["purchased, and the provider shows otherwise"]).text.splitlines()[1]
    assert "does not fit" not in card(CARDS["purchased"]).text


@pytest.mark.parametrize("status", [Status.APPROVED, Status.PURCHASING, Status.CHECKING])
def test_nothing_says_bought_before_it_is(status: Status) -> None:
    first_two = card(a_case(status, voters=(BOSS,))).text.splitlines()[:2]
    assert not any(line.startswith(("Bought", "Not bought")) for line in first_two)
