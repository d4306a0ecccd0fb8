"""What people say about an outcome that the bot could not find out counts when a fresh look agrees."""

from datetime import timedelta

import pytest
from pydantic import JsonValue

from bot.domain import refusals
from bot.domain.attempt import Ending
from bot.domain.audit import OPERATOR
from bot.domain.facts import Seen
from bot.domain.looks import SETTLED_AFTER
from bot.domain.outcome import Unknown
from bot.domain.policy import Resolution
from bot.domain.request import Status
from bot.domain.trail import Event
from bot.services.plans import NextLook, Nudge
from tests.harness.builders import ASKER, BOSS, some_approvers, some_rules
from tests.harness.rows import facts_of
from tests.harness.seen import (
    LOST,
    OWN_500,
    Shows,
    another_accounts,
    asked,
    charged,
    clean,
    ledger_closed,
    neither,
    ours,
    under_way,
    unread,
)
from tests.harness.workbench import Workbench

BOUGHT, NOT_BOUGHT, LOOK_AGAIN, WRITE_OFF = Resolution


async def _refused(bench: Workbench) -> tuple[str, JsonValue]:
    """Why the last click did not count, and what it was told of the look."""
    reason, evidence = await bench.refusal(Event.DECISION_REFUSED)
    return reason, evidence.get("seen")


# a person's word against a fresh look


async def test_bought_counts_when_the_number_is_ours(bench: Workbench) -> None:
    request = await asked(bench)
    ours(bench)
    await bench.resolve(BOUGHT, request)
    assert (await bench.now(request)).status is Status.PURCHASED
    assert (await bench.last(Event.PURCHASED)).actor == BOSS
    assert (await bench.told())[-1] is Event.PURCHASED
    assert (await bench.attempt(request)).ending is Ending.FOUND
    assert await bench.month() == ("0", "101")


@pytest.mark.parametrize(
    "shows",
    [clean, neither, another_accounts, under_way, charged, ledger_closed, unread("owned"), unread("transactions")],
)
async def test_bought_does_not_count_when_the_look_does_not_show_the_number_ours(
    bench: Workbench, shows: Shows
) -> None:
    request = await asked(bench)
    shows(bench)
    await bench.resolve(BOUGHT, request)
    reason, seen = await _refused(bench)
    assert reason == refusals.LookDisagrees.reason
    assert isinstance(seen, dict)
    assert (seen["owned"], seen["owned_status"]) != (True, "active")
    assert await bench.now(request) == request
    assert (await bench.attempt(request)).asks_people


async def test_bought_does_not_count_for_what_another_request_bought(bench: Workbench) -> None:
    await bench.a_purchase()
    request = await asked(bench)
    ours(bench)
    await bench.resolve(BOUGHT, request)
    reason, evidence = await bench.refusal(Event.DECISION_REFUSED)
    assert (reason, evidence["credited_elsewhere"]) == (refusals.LookDisagrees.reason, True)
    assert await bench.now(request) == request


@pytest.mark.parametrize(
    "shows", [clean, neither, another_accounts, ledger_closed, unread("find"), unread("transactions")]
)
async def test_not_bought_counts_when_a_look_for_the_click_shows_neither_the_number_nor_a_charge(
    bench: Workbench, shows: Shows
) -> None:
    request = await asked(bench)
    shows(bench)
    bench.provider.reads.clear()
    await bench.resolve(NOT_BOUGHT, request)
    assert (bench.provider.reads, len(bench.provider.calls)) == (["owned", "find", "transactions"], 1)
    failed = await bench.now(request)
    assert (failed.status, failed.error) == (Status.FAILED, "not_bought")
    assert (await bench.last(Event.FAILED)).actor == BOSS
    assert (await bench.told())[-1] is Event.FAILED
    attempt = await bench.attempt(request)
    assert (attempt.ending, attempt.asks_people, attempt.is_unsettled) == (Ending.BY_PERSON, False, True)
    assert await bench.month() == ("101", "0")


def _a_debit_that_only_other_own_numbers_may_explain(bench: Workbench) -> None:
    charged(bench)
    unread("own_numbers")(bench)


@pytest.mark.parametrize(
    "shows", [ours, under_way, charged, unread("owned"), _a_debit_that_only_other_own_numbers_may_explain]
)
async def test_not_bought_does_not_count_otherwise_and_the_clicker_is_told_what_was_seen(
    bench: Workbench, shows: Shows
) -> None:
    request = await asked(bench)
    shows(bench)
    await bench.resolve(NOT_BOUGHT, request)
    reason, seen = await _refused(bench)
    assert reason == refusals.LookDisagrees.reason
    assert seen == ((await bench.attempt(request)).seen or Seen()).facts()
    assert await bench.now(request) == request


async def test_where_they_may_approve_their_own_people_say_it_of_their_own_too(bench: Workbench) -> None:
    bench.rules = some_rules(allow_self_approval=True)
    bench.people.list_of_approvers = some_approvers(ASKER, BOSS)
    request = await asked(bench)
    await bench.resolve(NOT_BOUGHT, request, by=ASKER)
    assert (await bench.last(Event.FAILED)).actor == ASKER


@pytest.mark.parametrize("by", [BOSS, OPERATOR])
async def test_after_the_providers_own_500_a_word_settles_it(bench: Workbench, by: str) -> None:
    request = await asked(bench, OWN_500)
    await bench.resolve(NOT_BOUGHT, request, by=by)
    assert (await bench.last(Event.FAILED)).actor == by
    assert not (await bench.attempt(request)).is_unsettled
    assert await bench.month() == ("0", "0")


async def test_a_refund_that_shows_in_that_look_ends_the_alert(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    charged(bench)
    await bench.look(times=6)
    clean(bench)
    await bench.resolve(NOT_BOUGHT, request)
    assert (await bench.attempt(request)).alerted_at is None


# look again


async def test_look_again_looks_twice_and_asks_anew_when_that_does_not_tell(bench: Workbench) -> None:
    request = await asked(bench)
    neither(bench)
    await bench.resolve(LOOK_AGAIN, request)
    assert (await bench.told())[-1] is Event.LOOK_ASKED
    assert (await bench.last(Event.LOOK_ASKED)).actor == BOSS
    assert not (await bench.attempt(request)).asks_people
    clicked = bench.clock.now()
    for after in (1, 6):
        await bench.look()
        assert bench.clock.now() == clicked + timedelta(seconds=after)
    assert (await bench.attempt(request)).asks_people
    assert (await bench.last(Event.PEOPLE_ASKED)).seq == (await bench.now(request)).entry
    assert len(await bench.rows(Nudge)) == 1


async def test_look_again_fails_it_when_both_looks_are_clean(bench: Workbench) -> None:
    request = await asked(bench)
    await bench.resolve(LOOK_AGAIN, request)
    await bench.look()
    assert (await bench.now(request)).status is Status.CHECKING
    await bench.look()
    assert (await bench.now(request)).status is Status.FAILED
    assert (await bench.attempt(request)).ending is Ending.BY_LOOKS


# write off


@pytest.mark.parametrize("outcome", [LOST, OWN_500], ids=["lost", "own 500"])
async def test_a_charge_is_written_off_while_the_bot_is_still_looking_and_the_looks_go_on(
    bench: Workbench, outcome: Unknown
) -> None:
    request = await bench.a_purchase(outcome)
    ended = bench.clock.now()
    charged(bench)
    await bench.look()
    await bench.resolve(WRITE_OFF, request)
    entry = await bench.last(Event.WRITTEN_OFF)
    assert (entry.actor, (await bench.told())[-1]) == (BOSS, Event.WRITTEN_OFF)
    assert (await bench.attempt(request)).written_off == {"txn_1"}
    for after in (6, 21, 81):
        await bench.look()
        assert bench.clock.now() == ended + timedelta(seconds=after)
    assert (await bench.now(request)).status is Status.FAILED
    assert Event.PEOPLE_ASKED not in [told.event for told in await bench.trail()]
    assert (await bench.attempt(request)).is_unsettled
    assert await bench.month() == ("101", "0")


@pytest.mark.parametrize("shows", [clean, ours, unread("owned"), ledger_closed])
async def test_without_a_charge_in_a_fresh_look_there_is_nothing_to_write_off(bench: Workbench, shows: Shows) -> None:
    request = await bench.a_purchase(LOST)
    charged(bench)
    await bench.look()
    clean(bench)
    shows(bench)
    await bench.resolve(WRITE_OFF, request)
    reason, seen = await _refused(bench)
    assert reason == refusals.NothingToWriteOff.reason
    assert isinstance(seen, dict)
    assert not (await bench.attempt(request)).written_off


async def test_a_charge_that_showed_after_it_had_failed_is_written_off_too(bench: Workbench) -> None:
    request = await bench.a_purchase(LOST)
    await bench.look(times=4)
    charged(bench)
    await bench.resolve(WRITE_OFF, request)
    assert facts_of(await bench.last(Event.WRITTEN_OFF))["debits"] != []
    assert (await bench.attempt(request)).written_off == {"txn_1"}
    assert (await bench.now(request)).status is Status.FAILED
    assert not await bench.rows(NextLook)


# an operator


async def test_an_operators_word_counts_when_a_look_after_the_last_agrees_and_the_trail_alone_tells_them(
    bench: Workbench,
) -> None:
    request = await bench.a_purchase(LOST)
    neither(bench)
    for times, reason in ((6, "still_finding_out"), (0, "look_disagrees")):
        await bench.resolve(BOUGHT, request, by=OPERATOR)
        entry = await bench.last(Event.DECISION_REFUSED)
        assert (entry.actor, facts_of(entry)["reason"]) == (OPERATOR, reason)
        await bench.look(times)
    ours(bench)
    await bench.resolve(BOUGHT, request, by=OPERATOR)
    assert (await bench.last(Event.PURCHASED)).actor == OPERATOR
    assert not await bench.words()


# an operator, without asking


@pytest.mark.parametrize(("outcome", "is_unsettled"), [(LOST, True), (OWN_500, False)], ids=["lost", "own 500"])
async def test_an_operators_word_alone_is_a_failure_whose_money_is_held_for_the_hour_unless_the_call_is_over(
    bench: Workbench, outcome: Unknown, is_unsettled: bool
) -> None:
    request = await asked(bench, outcome)
    ended = (await bench.attempt(request)).call_ended
    await bench.say_without_asking(NOT_BOUGHT, request)
    assert (await bench.now(request)).status is Status.FAILED
    attempt = await bench.attempt(request)
    assert (attempt.ending, attempt.is_unsettled) == (Ending.ON_WORD, is_unsettled)
    facts = facts_of(await bench.last(Event.FAILED))
    settles_at = (ended + SETTLED_AFTER).isoformat() if is_unsettled else None
    assert (facts["seen"], facts["settles_at"]) == (None, settles_at)
    assert await bench.month() == ("101" if is_unsettled else "0", "0")


@pytest.mark.parametrize("outcome", [LOST, OWN_500], ids=["lost", "own 500"])
async def test_a_charge_that_was_seen_stays_alerted_and_unsettled_whatever_an_operator_says_alone(
    bench: Workbench, outcome: Unknown
) -> None:
    request = await bench.a_purchase(outcome)
    charged(bench)
    await bench.look(times=6)
    alerted_at = (await bench.attempt(request)).alerted_at
    await bench.say_without_asking(NOT_BOUGHT, await bench.now(request))
    attempt = await bench.attempt(request)
    assert (attempt.alerted_at, attempt.is_unsettled) == (alerted_at, True)
    assert alerted_at is not None
    assert await bench.month() == ("101", "0")


async def test_bought_on_an_operators_word_alone_counts_at_the_approved_charge(bench: Workbench) -> None:
    request = await asked(bench)
    await bench.say_without_asking(BOUGHT, request)
    assert (await bench.now(request)).status is Status.PURCHASED
    assert facts_of(await bench.last(Event.PURCHASED)).items() >= {"without_asking": True, "charged": None}.items()
    assert await bench.month() == ("0", "101")
