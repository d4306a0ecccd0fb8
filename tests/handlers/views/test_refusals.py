"""Why nothing changed, in words to one person: each reason has its own, and says what to do next."""

from collections.abc import Mapping

import pytest
from pydantic import JsonValue
from syrupy.assertion import SnapshotAssertion

from bot.domain.policy import Reason
from bot.domain.request import Status
from handlers.views.refusals import refusal
from tests.builders import ASKER, BOSS, NUMBER
from tests.handlers.views.sight import message_as_seen

EVIDENCE: Mapping[Reason, Mapping[str, JsonValue]] = {
    Reason.NOT_A_FULL_MEMBER: {"why": "guest"},
    Reason.PEOPLE_UNREADABLE: {"why": "internal_error"},
    Reason.NOT_AN_APPROVER: {"list": BOSS, "size": 1, "age_seconds": 3},
    Reason.NO_APPROVERS: {"list": "S1", "size": 0, "age_seconds": 3},
    Reason.OWN_REQUEST: {"requester": ASKER},
    Reason.NOT_THE_REQUESTER: {"requester": ASKER},
    Reason.NO_SUCH_REQUEST: {"request": "5e" * 16},
    Reason.OTHER_CARD: {"request": "5e" * 16},
    Reason.ALREADY_VOTED: {"terms_version": 1},
    Reason.TERMS_CHANGED: {"shown": "aa" * 16, "present": "bb" * 16},
    Reason.NO_LONGER_POSSIBLE: {"status": "denied", "last_event": "denied", "last_actor": BOSS},
    Reason.EXPIRED: {"last_event": "requested", "last_actor": ASKER},
    Reason.FROZEN: {"last_event": "requested", "last_actor": ASKER},
    Reason.NOT_IN_INVENTORY: {"e164": NUMBER},
    Reason.NOT_FOR_SALE: {"e164": NUMBER, "missing": "monthly fee"},
    Reason.ALREADY_OURS: {"e164": NUMBER},
    Reason.ALREADY_REQUESTED: {"e164": NUMBER, "request": "5e" * 16},
    Reason.UNSETTLED: {"e164": NUMBER},
    Reason.PROVIDER_UNREADABLE: {"e164": NUMBER, "why": "timeout"},
    Reason.CARD_NOT_POSTED: {"why": "card_not_posted", "code": "not_in_channel"},
}


@pytest.mark.parametrize("reason", Reason)
def test_the_refusal_looks_like_this(reason: Reason, snapshot: SnapshotAssertion) -> None:
    assert message_as_seen(refusal(reason, EVIDENCE[reason])) == snapshot


def test_each_reason_has_words_of_its_own() -> None:
    said = {reason: refusal(reason, EVIDENCE[reason]).text for reason in Reason}
    assert len(set(said.values())) == len(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_refusal_shows_neither_ids_nor_codes_that_mean_nothing_to_people(reason: Reason) -> None:
    said = refusal(reason, EVIDENCE[reason]).text
    assert said.endswith(".")
    assert not any(code in said for code in ("5e5e", "aaaa", "bbbb", "timeout", "internal_error"))


@pytest.mark.parametrize("why", ["guest", "bot", "deactivated", "other_workspace", "something later"])
def test_each_kind_of_outsider_is_told_what_they_are(why: str) -> None:
    others = {refusal(Reason.NOT_A_FULL_MEMBER, {"why": other}).text for other in ("guest", "bot", "deactivated")}
    said = refusal(Reason.NOT_A_FULL_MEMBER, {"why": why}).text
    assert said.startswith("Nothing changed: ")
    assert (said in others) == (why in ("guest", "bot", "deactivated"))


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PENDING])
def test_whoever_comes_too_late_hears_where_the_request_stands_and_who_was_first(status: Status) -> None:
    evidence = {"status": status.value, "last_actor": BOSS}
    said = {other: refusal(Reason.NO_LONGER_POSSIBLE, {"status": other.value}).text for other in Status}
    assert f"by <@{BOSS}>" in refusal(Reason.NO_LONGER_POSSIBLE, evidence).text
    assert list(said.values()).count(said[status]) == 1


def test_the_bots_own_doing_is_nobodys() -> None:
    evidence = {"status": "purchasing", "last_actor": "bot"}
    assert refusal(Reason.NO_LONGER_POSSIBLE, evidence).text == "Nothing changed: the purchase has already left."


def test_a_blocked_number_is_called_blocked() -> None:
    said = refusal(Reason.NOT_FOR_SALE, {"e164": NUMBER, "missing": "blocked"}).text
    assert said.startswith("+91 80 6900 0142 is blocked at Vobiz")
