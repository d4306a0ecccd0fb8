"""The card in every state: what people see, and what its buttons carry."""

import re
from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain.request import Failure, Status
from bot.domain.shown import Shown
from handlers.views.again import again_buttons
from handlers.views.card import APPROVE, WITHDRAW, card
from handlers.views.wording import when
from tests.handlers.views.cases import CARDS, GROUP, OFFERED, a_case, a_failure, asked, stood
from tests.handlers.views.sight import buttons, message_as_seen
from tests.harness.builders import BOSS, CHIEF, NOON, a_request, a_shown


@pytest.mark.parametrize("name", CARDS)
def test_the_card_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(card(CARDS[name])) == snapshot


def test_every_state_is_among_those_looked_at() -> None:
    assert {shown.request.status for shown in CARDS.values()} == set(Status)


def test_groups_among_the_approvers_are_mentioned_as_groups() -> None:
    said = card(replace(a_shown(), approvers=(BOSS, GROUP)))
    for words in (said.text, str(said.blocks[-1])):
        assert f"For <@{BOSS}> or <!subteam^{GROUP}>" in words


@pytest.mark.parametrize(
    ("spent", "words"),
    [
        ("399", "₹101 was left in November"),
        ("400", "Only ₹100 of ₹500 was left in November when it was asked for"),
        ("500", "Only ₹0 of ₹500 was left in November when it was asked for"),
        ("500.50", "November was ₹0.50 over its budget of ₹500 when it was asked for"),
    ],
)
def test_a_charge_that_does_not_fit_into_its_month_is_warned_of_and_any_other_is_small_print(
    spent: str, words: str
) -> None:
    said = card(a_case(told=asked(in_month=stood(spent)))).text.splitlines()
    assert words in (said[-1] if spent == "399" else said[-2])
    assert ("was left in November" in said[-1]) == (spent == "399")


def test_the_month_of_an_older_year_is_named_with_it() -> None:
    shown = a_case(told=asked(in_month=stood("1")))
    assert "left in November 2026" in card(replace(shown, cause=replace(shown.cause, at=NOON.replace(year=2027)))).text


def test_a_lock_screen_shows_who_asks_for_what_and_at_which_price() -> None:
    request = replace(a_request(reason="the support line " * 20), region="Singapore", country="SG")
    said = card(a_shown(request)).text[:150]
    assert said.startswith(
        "<@U_ASKER> asks: buy +91 80 6900 0142 (Singapore, calls) for ₹101 now, then ₹1 a month: the support line"
    )
    assert "Singapore, Singapore" not in card(a_shown(request)).text


@pytest.mark.parametrize(
    ("fees", "words"),
    [
        ("100+1 INR", "*₹101 now* (₹100 setup + ₹1 first month), then *₹1 a month*"),
        ("0+299.9 INR", "*₹299.90 now* (no setup fee, ₹299.90 first month), then *₹299.90 a month*"),
        ("10+0 SGD", "*S$10 now* (S$10 setup, no monthly fee), then *nothing a month*"),
        ("0+0 USD", "*US$0 now* (no setup fee, no monthly fee), then *nothing a month*"),
    ],
)
def test_what_is_charged_now_is_taken_apart(fees: str, words: str) -> None:
    assert words in str(card(a_shown(a_request(fees))).blocks[1])


def test_what_binds_nobody_is_not_spoken_of() -> None:
    assert "⚠️" not in card(a_shown()).text


def asked_by(shown: Shown, action: str) -> str:
    """What a button's dialog says."""
    return str(buttons(card(shown).blocks)[action]["confirm"])


def test_the_button_and_its_dialog_repeat_the_amount_and_promise_only_what_this_vote_does() -> None:
    alone, first = a_shown(), CARDS["pending, nobody of two yet"]
    for shown in (alone, first, CARDS["pending, one of two approvals"]):
        assert buttons(card(shown).blocks)[APPROVE]["text"]["text"] == "Approve ₹101"
        assert "₹101" in asked_by(shown, APPROVE)
    assert "The bot buys +91 80 6900 0142 next" in asked_by(alone, APPROVE)
    assert "approval 1 of 2" in asked_by(first, APPROVE)
    assert "The bot buys" not in asked_by(first, APPROVE)
    assert "The bot buys" in asked_by(CARDS["pending, one of two approvals"], APPROVE)
    assert "can be asked for anew" in asked_by(alone, WITHDRAW)


def test_one_of_two_says_whom_it_still_needs_and_asks_nobody_twice() -> None:
    said = card(replace(CARDS["pending, one of two approvals"], approvers=(BOSS, CHIEF, GROUP))).text
    assert f"1 of 2 approvals*, by <@{BOSS}>; it still needs <@{CHIEF}> or <!subteam^{GROUP}>." in said
    assert said.count(f"<@{BOSS}>") == 1


@pytest.mark.parametrize("name", [name for name, shown in CARDS.items() if shown.request.status is not Status.PENDING])
def test_a_card_that_is_decided_says_it_by_sign_and_word_first(name: str) -> None:
    words = {
        Status.APPROVED: "Approved",
        Status.PURCHASING: "Buying",
        Status.CHECKING: "Charged without" if "money went" in name else "Outcome unknown",
        Status.PURCHASED: "Bought",
        Status.FAILED: "Not bought",
        Status.DENIED: "Denied",
        Status.WITHDRAWN: "Withdrawn",
        Status.EXPIRED: "Expired",
    }
    said = card(CARDS[name])
    sign, _, rest = said.text.partition(" ")
    assert not sign.isascii()
    assert rest.startswith(f"*{words[CARDS[name].request.status]}")
    assert len([block for block in said.blocks if block["type"] != "actions"]) <= 2


def test_of_an_unknown_outcome_one_truth_is_told_and_how_long_finding_out_takes() -> None:
    assert "up to 2 minutes; after 37 minutes people are asked" in card(CARDS["checking"]).text
    charged = card(CARDS["checking, money went"]).text
    assert "Money was charged" in charged
    assert "unknown" not in charged
    assert "finding out" not in charged


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PENDING])
def test_once_it_is_decided_neither_the_budget_nor_the_deadline_matters(status: Status) -> None:
    shown = a_case(told=asked(in_month=stood("0")))
    said = card(replace(shown, request=replace(shown.request, status=status))).text
    assert "budget" not in said
    assert "until" not in said


@pytest.mark.parametrize("error", [Failure.ALREADY_OURS, Failure.SOLD_TO_ANOTHER_REQUEST, Failure.NOT_IN_INVENTORY])
def test_a_number_that_is_ours_or_gone_is_not_offered_again(error: Failure) -> None:
    assert again_buttons(a_failure(error)) == []


def test_once_it_was_bought_after_all_nothing_is_offered_any_more() -> None:
    failed = a_failure(OFFERED)
    assert again_buttons(replace(failed, request=replace(failed.request, status=Status.PURCHASED))) == []


@pytest.mark.parametrize(
    "name",
    [
        "pending, balance too low",
        "pending, balance too low and postpaid",
        "pending, too few can approve it",
        "pending, the budget is overrun",
        "pending, without a budget in its currency",
    ],
)
def test_what_may_have_been_mended_since_is_told_as_it_was_then(name: str) -> None:
    shown = CARDS[name]
    [line] = [line for line in card(shown).text.splitlines() if "when it was asked for" in line]
    assert f"({when(shown.cause.at)})" in line
    assert re.search(r"(had|was|could)\b.* when it was asked for", line)
