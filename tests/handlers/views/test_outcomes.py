"""An unknown outcome: what was seen, in words, and in which state which buttons stand."""

from dataclasses import replace

import pytest

from bot.domain.request import Status
from bot.domain.shown import Shown
from handlers.views.card import card
from handlers.views.outcomes import resolve_buttons, seen_words
from tests.handlers.views.cases import SEEN, a_case, checking, looked

SAY = ["resolve_bought", "resolve_not_bought", "look_again"]
AT = "<!date^1793620800^{date_short_pretty} at {time}|2 Nov 2026, 12:00 UTC>"


def offered(shown: Shown) -> list[str]:
    return [str(button["action_id"]) for button in resolve_buttons(shown)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing readable", "our own numbers could not be read at the provider."),
        ("clean", "the number is not among our own, it is on sale and nothing was charged."),
        ("gone", "the number is not among our own, it is not on sale and nothing was charged."),
        ("inventory unreadable", "not among our own, the inventory could not be read and nothing was charged."),
        ("ledger unreadable", "it is on sale and the ledger could not be read."),
        ("rows unreadable", "it is on sale and nothing was charged, but 2 rows of the ledger could not be read."),
        ("ledger closed", "this account's ledger does not tell what was paid (look at the master account's)."),
        ("another account's", "the number belongs to another account (`SA_OTHER`), it is not on sale and nothing"),
        ("ours, under way", "among our own (still being handed over), it is not on sale and the ledger could"),
        ("ours, older form", "the number is among our own, it is not on sale and nothing was charged."),
        ("ours", f"a charge for it: transaction `txn_000001` of ₹101, {AT}."),
        ("charged", f"a charge that nothing explains: transaction `txn_000001` of ₹101, {AT}."),
        ("charged in two rows", f"transaction `txn_1` of ₹100, {AT} and transaction `txn_2`."),
    ],
)
def test_what_a_look_showed_is_said_in_one_sentence(name: str, words: str) -> None:
    assert words in seen_words(SEEN[name])


def test_without_a_look_it_is_said_that_nothing_could_be_read() -> None:
    assert seen_words(None) == "nothing could be read at the provider."


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


def test_a_request_without_an_attempt_asks_nobody() -> None:
    assert offered(replace(checking(), attempt=None)) == []
