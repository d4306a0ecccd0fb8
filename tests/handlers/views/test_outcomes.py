"""An unknown outcome in words: what was seen, what is asked of whom, and which buttons stand."""

from dataclasses import replace

import pytest

from bot.domain.request import Failure, Status
from bot.domain.shown import Shown
from handlers.views.card import card
from handlers.views.outcomes import resolve_buttons, seen_words
from handlers.views.replies import reply
from tests.handlers.views.cases import (
    BESIDE_SALE,
    CARDS,
    ID,
    NOT_USABLE,
    SEEN,
    a_case,
    a_failure,
    checking,
    looked,
    purchased,
)
from tests.handlers.views.sight import buttons
from tests.handlers.views.told import REPLIES
from tests.harness.builders import BOSS, an_attempt

SAY = ["resolve_bought", "resolve_not_bought", "look_again"]
AT = "<!date^1793620800^{date_short_pretty} at {time}|2 Nov 2026, 12:00 UTC>"


def offered(shown: Shown) -> list[str]:
    return [button.action_id or "" for button in resolve_buttons(shown)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing readable", "our own numbers could not be read at the provider."),
        ("clean", "the number is not among our own, it is on sale and nothing was charged."),
        ("gone", "the number is not among our own, it is not on sale and nothing was charged."),
        ("inventory unreadable", "not among our own, the inventory could not be read and nothing was charged."),
        ("ledger unreadable", "it is on sale and the ledger could not be read."),
        ("ledger closed", "this account's ledger does not tell what was paid (look at the master account's)."),
        ("another account's", "the number belongs to another account (`SA_OTHER`), it is not on sale and nothing"),
        ("ours, under way", "the number is among our own (pending_purchase), it is not on sale and the ledger could"),
        ("ours", f"a charge for it: transaction `txn_000001` of INR 101.00, {AT}."),
        ("charged", f"a charge that nothing explains: transaction `txn_000001` of INR 101.00, {AT}."),
        ("charged in two rows", f"transaction `txn_1` of INR 100.00, {AT} and transaction `txn_2`."),
    ],
)
def test_what_a_look_showed_is_said_in_one_sentence(name: str, words: str) -> None:
    assert words in seen_words(SEEN[name])


def test_each_look_has_words_of_its_own() -> None:
    said = {name: seen_words(seen) for name, seen in SEEN.items()}
    assert len(set(said.values())) == len(SEEN)


def test_without_a_look_it_is_said_that_nothing_could_be_read() -> None:
    assert seen_words(None) == "nothing could be read at the provider."


def test_while_the_bot_is_finding_out_nothing_is_asked_of_anybody() -> None:
    assert offered(checking()) == []
    said = card(checking()).text.splitlines()[1]
    assert "nobody knows yet whether this number was bought" in said
    assert "finding out" in said


@pytest.mark.parametrize("status", Status)
def test_people_are_asked_only_while_the_outcome_is_unknown(status: Status) -> None:
    asked = looked("gone", asks_people=True)
    assert offered(a_case(status, attempt=asked)) == (SAY if status is Status.CHECKING else [])


@pytest.mark.parametrize("status", Status)
def test_what_does_not_fit_is_acknowledged_in_every_state_and_the_card_says_it(status: Status) -> None:
    shown = a_case(status, attempt=looked("charged", is_alerted=True))
    assert offered(shown) == ["write_off"]
    said = card(shown).text
    assert ("Money was charged" in said) or (status is Status.PURCHASED and "does not fit" in said)


def test_what_is_not_about_money_is_acknowledged_and_not_written_off() -> None:
    unusable = a_failure(Failure.NOT_BOUGHT, attempt=looked(NOT_USABLE, is_alerted=True))
    (button,) = resolve_buttons(unusable)
    assert button.text is not None
    assert (button.action_id, button.text.text) == ("write_off", "It is all right")
    assert "*The number is among our own (blocked), and cannot be used*" in card(unusable).text


def test_a_charge_beside_another_requests_sale_is_not_said_to_be_for_a_number_that_is_not_ours() -> None:
    attempt = looked(BESIDE_SALE, is_alerted=True)
    said = card(a_failure(Failure.SOLD_TO_ANOTHER_REQUEST, attempt=attempt)).text
    assert "*Money was charged, and another request has the number*" in said


def test_both_can_be_asked_for_at_once() -> None:
    assert offered(CARDS["checking, people asked, money went"]) == [*SAY, "write_off"]


def test_a_request_without_an_attempt_asks_nobody() -> None:
    assert offered(replace(checking(), attempt=None)) == []


def test_people_are_asked_with_what_was_seen_and_where_to_look() -> None:
    said = card(CARDS["checking, people asked"]).text
    assert "it is not on sale and nothing was charged" in said
    assert "Look at the provider's console, then say what happened." in said


@pytest.mark.parametrize(
    ("name", "debits"),
    [("checking, money went", ["txn_000001"]), ("checking, people asked, money went", ["txn_1", "txn_2"])],
)
def test_money_that_went_is_said_once_on_the_card_with_its_transaction(name: str, debits: list[str]) -> None:
    said = card(CARDS[name]).text
    assert [said.count(f"`{debit}`") for debit in debits] == [1] * len(debits)
    assert "*Money was charged, and the number is not ours*" in said


def test_writing_off_is_confirmed_with_what_it_gives_up() -> None:
    button = buttons(card(CARDS["checking, money went"]).blocks)["write_off"]
    assert button["style"] == "danger"
    assert "no longer waited for" in button["confirm"]["text"]["text"]
    assert "+91 80 6900 0142" in button["confirm"]["text"]["text"]


def test_a_screen_reader_hears_which_number_a_button_is_about() -> None:
    found = buttons(card(CARDS["checking, people asked, money went"]).blocks)
    assert [button["accessibility_label"] for button in found.values()] == [
        "It was bought: +91 80 6900 0142",
        "It was not bought: +91 80 6900 0142",
        "Look again: +91 80 6900 0142",
        "Write off the charge for +91 80 6900 0142",
    ]
    assert {button["value"].partition(".")[0] for button in found.values()} == {ID}


@pytest.mark.parametrize("name", ["money went", "swept, money went", "swept, charged twice"])
def test_the_thread_says_what_the_providers_support_needs(name: str) -> None:
    said = reply(REPLIES[name]).text
    assert f"Give these to the provider's support: transaction `txn_000001` of INR 101.00, {AT}" in said
    assert f"purchase call at {AT}; request id `req_9`." in said


def test_the_thread_gives_support_the_call_when_there_is_no_transaction() -> None:
    said = reply(REPLIES["swept, not among own numbers"]).text
    assert f"Give these to the provider's support: purchase call at {AT}; request id `req_9`." in said


def test_every_kind_of_alert_has_words_of_its_own() -> None:
    swept = [reply(shown).text for name, shown in REPLIES.items() if name.startswith("swept")]
    assert len(set(swept)) == len(swept)


@pytest.mark.parametrize(
    ("name", "words"),
    [("look asked", f"<@{BOSS}> asked the bot to look again"), ("look asked by an operator", "An operator asked")],
)
def test_who_asked_for_another_look_is_named(name: str, words: str) -> None:
    assert reply(REPLIES[name]).text.startswith(words)


def test_a_bought_number_asks_nobody_what_became_of_it() -> None:
    assert offered(purchased(attempt=an_attempt(asks_people=True))) == []
