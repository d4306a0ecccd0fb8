"""Replies in the thread, and what the channel is told: every decision and every outcome in words."""

from dataclasses import replace
from typing import get_args

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain import trail
from bot.domain.alert import Alert
from bot.domain.facts import MonthTold, TermsTold
from bot.domain.money import Money
from bot.domain.request import Failure, Status
from bot.domain.shown import Shown
from bot.domain.terms import Terms
from bot.domain.trail import AnyTold
from handlers.views.again import again_buttons
from handlers.views.announcements import announcement
from handlers.views.card import card
from handlers.views.failures import failure
from handlers.views.replies import reply
from tests.handlers.views import cases
from tests.handlers.views.odd import anything
from tests.handlers.views.sight import buttons, message_as_seen
from tests.harness.builders import BOSS, CHIEF, a_request, some_terms

TOLD_WITHOUT_THE_MONTH = (Alert.UNEXPLAINED_DEBITS, Alert.NOT_AMONG_OWN_NUMBERS)
"""What moves no counter."""


@pytest.mark.parametrize("kind", cases.UNTOLD)
def test_what_is_no_threads_business_is_told_in_none(kind: type[AnyTold]) -> None:
    with pytest.raises(ValueError, match=kind.event.value):
        reply(cases.a_case(told=anything(kind, a_request(), {})))


@pytest.mark.parametrize("name", cases.REPLIES)
def test_the_reply_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(reply(cases.REPLIES[name])) == snapshot


@pytest.mark.parametrize("kind", [kind for kind in get_args(AnyTold) if kind not in cases.UNTOLD])
def test_every_event_that_a_thread_tells_has_words(kind: type[AnyTold]) -> None:
    said = reply(cases.a_case(told=anything(kind, a_request(), {}), actor=BOSS)).text.splitlines()[0]
    assert "+91 80 6900 0142" in said
    assert kind.event.value not in said or "_" not in kind.event.value
    assert said.endswith(".")


def test_every_event_that_a_thread_tells_is_among_those_looked_at_and_has_words_of_its_own() -> None:
    assert {type(shown.entry.told) for shown in cases.REPLIES.values()} == set(get_args(AnyTold)) - set(cases.UNTOLD)
    first = {shown.entry.event: reply(shown).text.splitlines()[0] for shown in list(cases.REPLIES.values())[::-1]}
    assert len(set(first.values())) == len(first)


@pytest.mark.parametrize("month", [cases.stood("500"), cases.stood("900000", None)], ids=["all of it", "none set"])
def test_nothing_is_said_of_a_budget_that_holds_or_that_there_is_not(month: MonthTold) -> None:
    assert reply(cases.purchased(cases.sold(in_month=month))) == reply(cases.purchased())


@pytest.mark.parametrize("what", [alert for alert in Alert if alert not in TOLD_WITHOUT_THE_MONTH])
def test_an_alert_that_takes_its_month_past_the_budget_says_so(what: Alert) -> None:
    told = trail.SweepAlert(what=what, paid=cases.paid("202 INR"), in_month=cases.stood("600"))
    said = reply(cases.since(cases.purchased(), told)).text
    assert "November is over its budget*: ₹600 of ₹500" in said


def test_a_surplus_is_not_called_a_difference_to_what_was_approved_when_it_is_none() -> None:
    told = trail.SweepAlert(what=Alert.CHARGED_TWICE, paid=cases.paid("101 INR"))
    assert "but ₹101 was approved" not in reply(cases.since(cases.purchased(), told)).text


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (some_terms(months=1), "minimum commitment none (was 1 month)"),
        (some_terms(account="SA_OTHER"), "account MA_STANDIN (was SA_OTHER)"),
    ],
    ids=["commitment", "who pays"],
)
def test_every_term_that_changed_is_named_with_what_it_was(before: Terms, words: str) -> None:
    assert words in reply(cases.pending_again(cases.CHANGED.also(before=TermsTold.of(before)))).text


def test_terms_that_are_only_written_otherwise_are_not_called_changed() -> None:
    before = cases.TERMS.also(setup_fee=Money.of("100.00 INR"))
    assert "Changed" not in reply(cases.pending_again(cases.CHANGED.also(before=before))).text


def test_a_reply_tells_its_entry_whatever_became_of_the_request_since() -> None:
    failed = cases.a_failure(trail.Failed(error=Failure.REJECTED, said=cases.REFUSED))
    corrected = replace(failed, request=replace(failed.request, status=Status.PURCHASED, error=None))
    assert reply(corrected) == reply(failed)


@pytest.mark.parametrize("shown", cases.FAILURES.values(), ids=cases.FAILURES.keys())
def test_a_failure_points_to_the_buttons_on_its_card_exactly_when_there_are_any(shown: Shown) -> None:
    stands = bool(again_buttons(shown))
    assert ("on the message above" in reply(shown).text) == stands
    assert bool(buttons(card(shown).blocks)) == stands


@pytest.mark.parametrize(
    ("reason", "words"),
    [("too dear", "too dear."), ("Not now!", "Not now!"), ("later…", "later…"), ("", "no reason given.")],
)
def test_a_denial_ends_its_reason_and_says_that_nothing_was_bought_and_how_to_go_on(reason: str, words: str) -> None:
    said = reply(cases.a_case(Status.DENIED, trail.Denied(reason=reason), actor=BOSS)).text
    assert f": {words} Nothing was bought." in said
    assert "ask again with the button on the message above" in said


def test_every_failure_that_a_service_knows_has_words_of_its_own() -> None:
    said = {failure(trail.Failed(error=code)) for code in Failure}
    assert len(said) == len(Failure)


@pytest.mark.parametrize("name", cases.ANNOUNCEMENTS)
def test_the_announcement_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(announcement(cases.ANNOUNCEMENTS[name])) == snapshot


@pytest.mark.parametrize("name", ["the sweep failed", "something failed", "a debit that nothing explains"])
def test_what_needs_approvers_names_them(name: str) -> None:
    assert announcement(cases.ANNOUNCEMENTS[name], (BOSS, CHIEF)).text.startswith(f"<@{BOSS}> and <@{CHIEF}>: ")
