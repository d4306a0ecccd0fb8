"""Replies in the thread: every decision and every outcome in words."""

from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain.audit import BOT, Event
from bot.domain.outcome import Refusal
from bot.domain.request import Status
from bot.domain.shown import Shown
from handlers.views.failures import failure
from handlers.views.replies import NEXT_STEP, reply
from tests.builders import ASKER, BOSS, CHIEF, a_request
from tests.handlers.views.cases import FAILURES, REFUSED, REPLIES, a_case, a_failure, approval
from tests.handlers.views.sight import message_as_seen

ENDS_A_FAILURE = {"already_ours", "not_in_inventory", "terms_kept_changing"} | (
    {refusal.value for refusal in Refusal} - {Refusal.BALANCE_TOO_LOW}
)
"""Every code that a service fails a request with."""


@pytest.mark.parametrize("name", REPLIES)
def test_the_reply_looks_like_this(name: str, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(reply(REPLIES[name])) == snapshot


@pytest.mark.parametrize("event", Event)
def test_every_event_has_words(event: Event) -> None:
    facts = {**approval(a_request().terms, BOSS), "reason": "no", "charged": None}
    said = reply(a_case(event=event, actor=BOSS, facts=facts)).text.splitlines()[0]
    assert "+91 80 6900 0142" in said
    assert event.value not in said or "_" not in event.value
    assert said.endswith((".", "no"))


@pytest.mark.parametrize("shown", REPLIES.values(), ids=REPLIES.keys())
def test_a_reply_ends_with_its_entrys_number_and_hash(shown: Shown) -> None:
    assert reply(shown).text.splitlines()[-1] == "Entry #7 abababababab"


@pytest.mark.parametrize("name", ["denied", "expired", "purchased", "failed, rejected", "checking, lost"])
def test_whoever_asked_is_told(name: str) -> None:
    assert f"<@{ASKER}>" in reply(REPLIES[name]).text.splitlines()[0]


@pytest.mark.parametrize("name", ["reminded", "asked again, frozen", "checking, lost"])
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


def test_changed_terms_are_named_with_what_they_were() -> None:
    said = reply(REPLIES["asked again, terms changed"]).text
    assert "setup fee INR 100.00 (was INR 90.00), minimum commitment none (was 6 months)." in said


def test_terms_that_are_only_written_otherwise_are_not_called_changed() -> None:
    facts = dict(REPLIES["asked again, terms changed"].entry.facts())
    facts["before"] = {**facts, "setup_fee": "100.00"}
    assert "Changed" not in reply(a_case(event=Event.ASKED_AGAIN, actor=BOT, facts=facts)).text


def test_a_reply_tells_its_entry_whatever_became_of_the_request_since() -> None:
    failed = a_failure("rejected", **REFUSED)
    corrected = replace(failed, request=replace(failed.request, status=Status.PURCHASED, error=None))
    assert reply(corrected) == reply(failed)


def test_every_failure_that_a_service_knows_has_words_of_its_own() -> None:
    said = {code: failure(code, {}) for code in ENDS_A_FAILURE}
    assert len(set(said.values())) == len(ENDS_A_FAILURE)
    assert not any("ended with the code" in words for words in said.values())


@pytest.mark.parametrize("shown", FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_shows_what_the_providers_support_asks_for(shown: Shown) -> None:
    facts = shown.entry.facts()
    said = failure(shown.request.error, facts)
    if shown.request.error == "rejected":
        assert all(str(facts[name]) in said for name in ("code", "provider_request_id") if facts.get(name))
    assert said.endswith(".")
