"""Replies in the thread: every decision and every outcome in words."""

from dataclasses import replace
from typing import get_args

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain import trail
from bot.domain.facts import MonthTold
from bot.domain.money import Money
from bot.domain.request import Failure, Status
from bot.domain.shown import Shown
from bot.domain.trail import AnyTold
from handlers.views.again import again_buttons
from handlers.views.card import card
from handlers.views.failures import failure
from handlers.views.replies import NEXT_STEP, reply
from tests.handlers.views.cases import CHANGED, REFUSED, TERMS, a_case, a_failure, pending_again, purchased, sold, stood
from tests.handlers.views.odd import anything
from tests.handlers.views.sight import message_as_seen
from tests.handlers.views.told import FAILURES, REPLIES, UNTOLD
from tests.harness.builders import ASKER, BOSS, CHIEF, a_request


@pytest.mark.parametrize("kind", UNTOLD)
def test_what_is_no_threads_business_is_told_in_none(kind: type[AnyTold]) -> None:
    with pytest.raises(ValueError, match=kind.event.value):
        reply(a_case(told=anything(kind, a_request(), {})))


@pytest.mark.parametrize("name", REPLIES)
def test_the_reply_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(reply(REPLIES[name])) == snapshot


@pytest.mark.parametrize("kind", [kind for kind in get_args(AnyTold) if kind not in UNTOLD])
def test_every_event_that_a_thread_tells_has_words(kind: type[AnyTold]) -> None:
    said = reply(a_case(told=anything(kind, a_request(), {}), actor=BOSS)).text.splitlines()[0]
    assert "+91 80 6900 0142" in said
    assert kind.event.value not in said or "_" not in kind.event.value
    assert said.endswith(".")


def test_every_event_that_a_thread_tells_is_among_those_looked_at() -> None:
    assert {type(shown.entry.told) for shown in REPLIES.values()} == set(get_args(AnyTold)) - set(UNTOLD)


def test_every_event_that_a_thread_tells_has_words_of_its_own() -> None:
    first = {shown.entry.event: reply(shown).text.splitlines()[0] for shown in list(REPLIES.values())[::-1]}
    assert len(set(first.values())) == len(first)


@pytest.mark.parametrize("shown", REPLIES.values(), ids=REPLIES.keys())
def test_a_reply_ends_with_its_entrys_number_and_hash(shown: Shown) -> None:
    assert reply(shown).text.splitlines()[-1] == f"Entry #{shown.entry.seq} abababababab"


@pytest.mark.parametrize(
    "name", ["denied", "expired", "purchased", "purchased, found late", "failed, rejected", "checking, lost"]
)
def test_whoever_asked_is_told(name: str) -> None:
    assert f"<@{ASKER}>" in reply(REPLIES[name]).text.splitlines()[0]


@pytest.mark.parametrize(
    "name",
    [
        "reminded",
        "reminded of an outcome",
        "asked again, frozen",
        "checking, lost",
        "money went",
        "people asked",
        "purchased, found late",
        "purchased, with rivals",
        "swept, money went",
        "swept, charged twice",
        "swept, not among own numbers",
        "the bot failed",
    ],
)
def test_what_waits_for_approvers_names_them(name: str) -> None:
    assert f"<@{BOSS}>" in reply(REPLIES[name]).text.splitlines()[0]


def test_a_bought_number_comes_with_who_asked_who_approved_and_what_to_do_next() -> None:
    said = reply(REPLIES["purchased"]).text
    assert f"Requested by: <@{ASKER}>" in said
    assert f"Approved by: <@{BOSS}> and <@{CHIEF}>" in said
    assert "INR 101.00 was charged" in said
    assert NEXT_STEP in said


def test_a_charge_that_differs_is_said_with_both_amounts() -> None:
    said = reply(REPLIES["purchased, charged otherwise"]).text
    assert "INR 101.50 was charged, but INR 101.00 was approved" in said


def test_a_late_truth_is_said_loudly_and_a_plain_purchase_is_not() -> None:
    late, plain = REPLIES["purchased, found late"], REPLIES["purchased"]
    assert reply(late).text.startswith(f"<@{BOSS}> and <@{CHIEF}>: *it was bought after all*. <@{ASKER}>")
    assert "after all" not in reply(plain).text


def test_a_sale_that_another_purchase_could_claim_is_said_and_no_other() -> None:
    assert "could claim this sale too" in reply(REPLIES["purchased, with rivals"]).text
    assert "could claim" not in reply(purchased()).text


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("purchased, past the budget", "INR 501.50 of INR 500.00"),
        ("purchased, found late and past the budget", "INR 601.00 of INR 500.00"),
        ("swept, charged otherwise and past the budget", "INR 501.50 of INR 500.00"),
        ("swept, money went past the budget", "INR 551.00 of INR 500.00"),
    ],
)
def test_a_month_that_is_over_its_budget_is_named_to_approvers_with_both_figures(name: str, figures: str) -> None:
    said = reply(REPLIES[name]).text.splitlines()[0]
    assert f"*2026-11 is over its budget*: {figures} is spent or promised, so nothing more can be approved" in said
    assert f"<@{BOSS}>" in said


def test_a_charge_in_a_currency_that_has_no_budget_is_said() -> None:
    said = reply(REPLIES["purchased in a currency without a budget"]).text
    assert "*There is no budget in USD*, and USD 3.00 is spent or promised in 2026-11: nothing in it can" in said


@pytest.mark.parametrize("month", [stood("500"), stood("900000", None)], ids=["all of it", "none set"])
def test_nothing_is_said_of_a_budget_that_holds_or_that_there_is_not(month: MonthTold) -> None:
    assert reply(purchased(sold(in_month=month))) == reply(purchased())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("purchased, said a person", f"is bought. <@{CHIEF}> said so."),
        ("purchased, said the operator", "is bought. An operator said so."),
        ("failed, not bought, said a person", f"was not bought. <@{BOSS}> said so."),
        ("failed, not bought, said the operator", "was not bought. An operator said so."),
    ],
)
def test_whose_word_an_outcome_is_stands_in_the_reply(name: str, words: str) -> None:
    assert words in reply(REPLIES[name]).text


@pytest.mark.parametrize("name", ["purchased", "failed, rejected", "failed, not bought, certain"])
def test_what_the_bot_found_by_itself_is_nobodys_word(name: str) -> None:
    assert "said so" not in reply(REPLIES[name]).text


def test_an_automatic_approval_is_told_with_its_limit_and_nobodys_name() -> None:
    said = reply(REPLIES["approved automatically"]).text.splitlines()[0]
    assert "charges up to INR 200.00 need no approval" in said
    assert "<@" not in said


def test_a_number_bought_automatically_was_approved_by_the_limit() -> None:
    assert "Approved by: the automatic limit" in reply(REPLIES["purchased automatically"]).text.splitlines()


@pytest.mark.parametrize(("name", "is_said"), [("not bought, may still settle", True), ("not bought, certain", False)])
def test_until_when_the_number_cannot_be_requested_is_said_while_it_cannot(name: str, is_said: bool) -> None:
    assert ("requested again after the first hourly check" in reply(FAILURES[name]).text) == is_said


def test_changed_terms_are_named_with_what_they_were() -> None:
    said = reply(REPLIES["asked again, terms changed"]).text
    assert "setup fee INR 100.00 (was INR 90.00), minimum commitment none (was 6 months)." in said


def test_terms_that_are_only_written_otherwise_are_not_called_changed() -> None:
    before = TERMS.model_copy(update={"setup_fee": Money.of("100.00 INR")})
    assert "Changed" not in reply(pending_again(CHANGED.model_copy(update={"before": before}))).text


def test_a_reply_tells_its_entry_whatever_became_of_the_request_since() -> None:
    failed = a_failure(trail.Failed(error=Failure.REJECTED, said=REFUSED))
    corrected = replace(failed, request=replace(failed.request, status=Status.PURCHASED, error=None))
    assert reply(corrected) == reply(failed)


@pytest.mark.parametrize("shown", FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_points_to_the_buttons_on_its_card_exactly_when_there_are_any(shown: Shown) -> None:
    stands = bool(again_buttons(shown))
    assert ("on the message above" in reply(shown).text) == stands
    assert ("below" in card(shown).text) == stands


@pytest.mark.parametrize("shown", FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_says_what_to_do_next(shown: Shown) -> None:
    said = reply(shown).text
    assert any(words in said for words in ("sk again", "`/buynumber`", "can be requested again", "Ask for"))


def test_similar_numbers_come_before_picking_another_one() -> None:
    said = reply(FAILURES["gone, similar numbers offered"]).text
    assert said.index("Similar numbers on sale") < said.index("`/buynumber`")
    assert said.count("`/buynumber`") == 1
    assert "Ask for one of them with the buttons on the message above" in said
    assert "Ask for it with the button on the message" in reply(FAILURES["gone, one similar number offered"]).text


@pytest.mark.parametrize(
    ("reason", "words"),
    [("too dear", "too dear."), ("Not now!", "Not now!"), ("later…", "later…"), ("", "no reason given.")],
)
def test_a_denial_ends_its_reason_and_says_that_nothing_was_bought_and_how_to_ask_again(
    reason: str, words: str
) -> None:
    said = reply(a_case(Status.DENIED, trail.Denied(reason=reason), actor=BOSS)).text
    assert f": {words} Nothing was bought." in said
    assert "ask again with the button on the message above" in said


@pytest.mark.parametrize("name", ["reminded", "reminded of an outcome"])
def test_a_reminder_says_where_to_decide(name: str) -> None:
    assert reply(REPLIES[name]).text.splitlines()[0].endswith(" Use the buttons on the message above.")


def test_every_failure_that_a_service_knows_has_words_of_its_own() -> None:
    said = {failure(trail.Failed(error=code), None) for code in Failure}
    assert len(said) == len(Failure)


@pytest.mark.parametrize("shown", FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_shows_what_the_providers_support_asks_for(shown: Shown) -> None:
    told = shown.entry.told
    assert isinstance(told, trail.Failed)
    said = failure(told, None)
    if told.error is Failure.REJECTED and told.said is not None:
        assert all(word in said for word in (told.said.code, told.said.provider_request_id) if word)
    assert said.endswith(".")
