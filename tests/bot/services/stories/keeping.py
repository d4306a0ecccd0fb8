"""Stories of what goes on beside: hourly sweeps, the freeze, work that is given up, deliveries, lists."""

import os
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

from sqlalchemy import update

from bot.commands.acknowledge import acknowledge
from bot.commands.export import Format, export
from bot.commands.freeze import set_freeze
from bot.domain import refusals
from bot.domain.audit import OPERATOR
from bot.domain.outcome import Bought, Refusal, Refused
from bot.domain.policy import Resolution
from bot.domain.trail import Archived, Moved
from bot.services.acts import Ask, Decide
from bot.services.plans import Beginning, DueSweep, DueTidy, NextLook, Purchase
from bot.services.ports import MessageGone, NotDelivered
from bot.services.reconcile.beginning import begin_at
from bot.store import audit, tables
from bot.work import queue
from bot.work.retry import TryLater
from tests.bot.services.older import put_work
from tests.bot.services.stories.book import (
    BUDGET,
    LOST,
    MINUTE,
    OTHER,
    OTHER_LISTED,
    THIRD,
    THIRD_LISTED,
    URL,
    Stories,
    a_failure,
    a_purchase,
    a_request,
    an_approval,
    approval_clicked,
    approve,
    ask,
    asked_for,
    bars,
    buy,
    debit,
    deny,
    freeze,
    give_up,
    it,
    judged,
    later,
    lifting_was_typed,
    people_are_asked,
    resolve,
    rules,
    run,
    says,
    shows,
    status,
    step,
    story,
    sweep,
    switch,
    told,
    turn_away,
    unpark,
    word_alone,
)
from tests.harness.builders import ASKER, BOSS, CHIEF, NOON, NUMBER, an_address, an_owned_number, some_rules
from tests.harness.ledger import a_row_that_tells_nothing
from tests.harness.seen import ledger_closed, ours
from tests.harness.swept import DAY, HOUR
from tests.harness.workbench import Workbench

NOT_BOUGHT, WRITE_OFF = Resolution.NOT_BOUGHT, Resolution.WRITE_OFF

OWN_500 = replace(LOST, reason="http_500", call_is_over=True)
REJECTED = Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file")
TOO_LITTLE = Refused(why=Refusal.BALANCE_TOO_LOW, code="low", message="top up")

REFUNDED = shows(ledger=[])


@step
async def refund(bench: Workbench, id: str) -> None:
    bench.provider.ledger = [row for row in bench.provider.ledger or [] if row.id != id]


async def _its_attempt_cannot_be_read(bench: Workbench) -> None:
    attempt = await bench.attempt(await it(bench))
    breaks = update(tables.attempts).where(tables.attempts.c.id == attempt.id).values(details="no JSON")
    await bench.store.write(lambda connection: connection.execute(breaks))


def _bought(number: str) -> Bought:
    return Bought(number=an_owned_number(None, number=number))


ANSWER_LOST = NotDelivered("timeout", may_have_arrived=True)


@step
async def operator_switches(bench: Workbench, *, freezes: bool, without_asking: bool = False) -> None:
    await set_freeze(bench.store, StringIO(), bench.rules, freezes=freezes, without_asking=without_asking)


@step
async def operator_exports(bench: Workbench, *, since: datetime | None = None) -> None:
    await export(bench.store, Format.CSV, Path(os.devnull), since=since)


@step
async def operator_acknowledges(bench: Workbench, subject: str) -> None:
    await acknowledge(bench.store, StringIO(), subject)


@step
async def what_was_given_up_is(bench: Workbench, *, drops: bool) -> None:
    """Tried again by an approver, or let go."""
    for row in await bench.rows():
        if row.parked_at is not None:
            await bench.unpark(row.id, drops=drops)


@step
async def told_but(bench: Workbench, *failures: Exception | None) -> None:
    """What is due to be told is, and of the next deliveries these fail."""
    bench.messenger.failures = [*failures]
    await told(bench)


@step
async def status_in_vain(bench: Workbench, user: str) -> None:
    """Slack cannot say who asks, until it is waited for no longer."""
    with suppress(TryLater):
        await bench.ask_for_status(user)
    bench.clock.advance(MINUTE)
    await judged(bench)


@step
async def asks_for_report(bench: Workbench, user: str, month: str | None = None) -> None:
    await bench.ask_for_report(user, month)


@step
async def asks_why(bench: Workbench, user: str) -> None:
    await bench.ask_why(user)


async def _tidying_is_due_and_somebody_asked(bench: Workbench) -> None:
    await bench.store.write(lambda connection: queue.add(connection, DueTidy(), now=bench.clock.now()))
    act = bench.an_ask(by=an_address(at=bench.clock.now(), response_url=URL))
    await bench.take(act.model_copy(update={"reason": "größer"}))


async def _a_copy_is_started(bench: Workbench) -> None:
    await bench.plan_sweep()
    for place in ("here", "elsewhere"):
        await bench.units.by_hand(begin_at, place)


async def _old_entries_were_archived(bench: Workbench) -> None:
    told = Archived(first=1, up_to=41, hash="a" * 64, sha256="b" * 64)
    await bench.store.write(
        lambda connection: audit.append(connection, at=NOON, actor=OPERATOR, request=None, told=told).seq
    )


async def _it_was_moved(bench: Workbench) -> None:
    told = Moved(left="the SQLite file buynumber.db", to="the PostgreSQL database numbers on db.example.com")
    await bench.store.write(
        lambda connection: audit.append(connection, at=NOON, actor=OPERATOR, request=None, told=told).seq
    )


async def _a_new_database_and_an_old_number(bench: Workbench) -> None:
    bench.provider.others = [an_owned_number(number=OTHER)]
    await put_work(bench, Beginning, "{}")


SWEEPING: Stories = {
    # late truths, and what is settled
    "a_number_turns_up_after_its_purchase_failed": story(
        BUDGET, a_failure(OWN_500), a_failure(OWN_500), ours, debit(amount="119.18 INR"), sweep()
    ),
    "a_number_turns_up_while_people_are_asked": story(people_are_asked, ours, ledger_closed, sweep()),
    "a_number_that_another_request_bought_turns_up_while_people_are_asked": story(
        a_purchase(), people_are_asked, ours, debit("txn_1"), debit("txn_2"), sweep()
    ),
    "a_number_can_be_asked_for_again_once_it_is_settled": story(sweep(), a_failure(), ask(), sweep(HOUR), ask()),
    "an_operators_word_is_settled_by_a_sweep_that_cannot_read": story(
        people_are_asked, word_alone(NOT_BOUGHT), shows(unreadable={"own_numbers"}), sweep(HOUR)
    ),
    "sweeps_cannot_read_the_ledger_for_hours": story(sweep(), shows(unreadable={"transactions"}), sweep(6 * HOUR)),
    "a_row_that_tells_nothing_may_be_the_charge_of_a_failure": story(
        a_failure(), shows(ledger=[a_row_that_tells_nothing()]), sweep(HOUR), resolve(WRITE_OFF), sweep(HOUR)
    ),
    # charged without the number
    "a_failure_is_charged_and_refunded": story(
        rules(some_rules(monthly_budget="101 INR")),
        a_failure(),
        debit(description=f"Kauf größer {NUMBER}"),
        sweep(2 * HOUR),
        ask(),
        later(DAY),
        judged,
        REFUNDED,
        sweep(),
    ),
    "a_failure_is_charged_twice_and_both_are_written_off": story(
        a_failure(OWN_500),
        debit("txn_2"),
        sweep(HOUR),
        debit("txn_1", None, ago=None),
        sweep(HOUR),
        resolve(WRITE_OFF),
        sweep(HOUR),
    ),
    "a_refusal_is_charged_and_written_off_without_a_look": story(
        a_purchase(REJECTED), debit(), sweep(), shows(unreadable={"owned"}), resolve(WRITE_OFF)
    ),
    "a_refusal_is_charged_and_its_alert_goes_over_to_the_next_attempt": story(
        a_purchase(TOO_LITTLE),
        debit(),
        sweep(),
        later(timedelta(minutes=5)),
        approve(),
        buy(REJECTED),
        sweep(HOUR),
        REFUNDED,
        sweep(HOUR),
    ),
    # among our own and not usable
    "a_number_is_ours_and_cannot_be_used": story(
        a_failure(),
        shows(owned_number=an_owned_number(status="gesperrt — बंद")),
        sweep(),
        resolve(WRITE_OFF),
        debit(),
        sweep(HOUR),
        resolve(WRITE_OFF),
        sweep(HOUR),
    ),
    # beside the sale of another request
    "a_failure_turns_out_to_be_charged_beside_the_sale_of_another_request": story(
        a_purchase(Bought(number=an_owned_number(), provider_request_id="req_6")),
        a_failure(),
        ours,
        debit("txn_1"),
        debit("txn_2"),
        sweep(),
    ),
    "a_failure_of_a_number_that_another_request_bought_is_settled": story(a_purchase(), a_failure(), ours, sweep(HOUR)),
    "a_refusals_charge_is_beside_the_sale_of_the_next_request": story(
        a_purchase(REJECTED), debit("txn_1"), debit("txn_2"), sweep(), a_purchase(), ours, debit("txn_3"), sweep(HOUR)
    ),
    # what was bought
    "a_bought_number_is_seen_and_charged_as_approved": story(a_purchase(), ours, debit(), sweep(HOUR)),
    "a_bought_number_is_not_among_our_own_and_then_it_is": story(a_purchase(), sweep(2 * HOUR), ours, sweep(HOUR)),
    "a_bought_number_is_not_among_our_own_and_that_is_all_right": story(
        a_purchase(), sweep(2 * HOUR), later(DAY), judged, resolve(WRITE_OFF)
    ),
    "a_bought_number_is_charged_twice_and_one_is_refunded": story(
        rules(some_rules(monthly_budget="150 INR")),
        a_purchase(),
        ours,
        debit("txn_1"),
        debit("txn_2", "101.00 INR"),
        sweep(HOUR),
        refund("txn_2"),
        sweep(HOUR),
    ),
    "a_bought_number_is_charged_several_times_for_unreadable_amounts": story(
        a_purchase(), ours, *(debit(f"txn_{no}", None, ago=None) for no in (3, 1, 2)), sweep(HOUR), resolve(WRITE_OFF)
    ),
    "bought_numbers_are_charged_otherwise": story(
        BUDGET,
        *(a_purchase(_bought(number), number=number) for number in (NUMBER, OTHER, THIRD)),
        shows(others=[an_owned_number(number=number) for number in (NUMBER, OTHER, THIRD)]),
        debit("txn_1", "119.18 INR"),
        debit("txn_2", "2.50 USD", description=OTHER),
        debit("txn_3", description=THIRD),
        sweep(HOUR),
        refund("txn_1"),
        debit("txn_1"),
        sweep(HOUR),
    ),
    # beside the attempts
    "debits_that_nothing_explains_are_told_once": story(
        debit("txn_1", "77.50 INR", description="DID-Kauf — खरीद", ago=HOUR),
        debit("txn_2", None, description=None, ago=None),
        debit("txn_3", "5 USD", description="", ago=HOUR, type="did_rental"),
        sweep(),
        sweep(HOUR),
        later(HOUR),
        debit("txn_4", "1 INR", description="new"),
        sweep(),
    ),
    "numbers_bought_elsewhere_are_kept": story(
        shows(
            others=[
                an_owned_number(number=OTHER, owner="SA_GRÖSSE", status=None),
                an_owned_number(number=THIRD, owner=None, purchased_at=None),
            ]
        ),
        sweep(),
    ),
    "an_attempt_that_cannot_be_compared_is_kept": story(
        a_purchase(), _its_attempt_cannot_be_read, debit("txn_1"), debit("txn_2"), sweep()
    ),
    "an_operator_acknowledges_what_was_found": story(
        shows(others=[an_owned_number(number=OTHER)]),
        *(sweep(), operator_acknowledges(OTHER), operator_acknowledges(OTHER), sweep(HOUR)),
    ),
}

STOPPING: Stories = {
    # the freeze
    "an_approver_freezes_and_lifts_it": story(
        a_purchase(LOST),
        an_approval(OTHER_LISTED),
        an_approval(THIRD_LISTED),
        *(
            step
            for freezes in (False, True, True, False)
            for step in (switch(freezes=freezes, channel="C_OTHER"), later(MINUTE))
        ),
    ),
    "an_operator_freezes_and_lifts_it": story(
        an_approval(), *(operator_switches(freezes=freezes) for freezes in (True, True, False)), told
    ),
    "it_is_frozen_when_nothing_is_out_and_from_a_direct_message": story(
        rules(some_rules(approval_channel="C_APPROVALS")),
        switch(channel="D_BOSS"),
        switch(freezes=False, channel="C_APPROVALS", by=CHIEF),
        switch(by="U_STRANGER"),
        bars(BOSS, "guest"),
        switch(),
    ),
    "a_new_database_meets_an_account_that_has_numbers": story(
        _a_new_database_and_an_old_number, run(Beginning), a_request(), told, switch(freezes=False)
    ),
    "a_copy_is_started_and_nobody_lifts_its_freeze_before_it_was_compared": story(
        *(a_request(), _a_copy_is_started, told, switch(freezes=False), run(DueSweep), switch(freezes=False))
    ),
    "a_copy_is_started_and_the_provider_can_never_be_asked_again": story(
        a_request(), _a_copy_is_started, operator_switches(freezes=False, without_asking=True)
    ),
    "the_database_was_moved": story(_it_was_moved),
    "old_entries_were_archived": story(_old_entries_were_archived),
    "it_is_not_lifted_by_words_from_before_it": story(lifting_was_typed, later(MINUTE), freeze(), judged),
    "an_operator_takes_the_trail_away": story(a_request(), operator_exports(), operator_exports(since=NOON)),
    # work that is given up
    "a_click_cannot_be_judged": story(a_request(), approval_clicked, give_up(Decide, "OverflowError: größer")),
    "what_was_asked_for_cannot_be_judged": story(
        asked_for, give_up(Ask), lambda bench: put_work(bench, Ask, "{}"), give_up(Ask)
    ),
    "what_has_to_be_done_every_hour_cannot_be_done": story(
        a_request(), Workbench.plan_sweep, give_up(DueSweep), later(HOUR), give_up(DueSweep), later(HOUR), told
    ),
    "what_was_given_up_is_tried_again_and_let_go": story(
        *(a_request(), approval_clicked, give_up(Decide), what_was_given_up_is(drops=False)),
        *(give_up(Decide), what_was_given_up_is(drops=True), unpark(1)),
    ),
    "what_the_bot_never_wrote_is_sent": story(
        turn_away(refusals.NotOffered(what="block_actions", name="approve", carried="everything")), told
    ),
    "a_look_cannot_be_made": story(a_purchase(LOST), later(1), give_up(NextLook)),
    "a_purchase_is_given_up_before_its_call_and_after_it": story(
        an_approval(),
        give_up(Purchase),
        an_approval(OTHER_LISTED),
        buy(ConnectionError()),
        later(2 * MINUTE),
        give_up(Purchase),
    ),
    # deliveries
    "cards_and_replies_may_have_arrived_before": story(
        *(ask(), told_but(ANSWER_LOST), later(1), told),
        *(deny(), later(1), told_but(ANSWER_LOST), later(1), told_but(MessageGone()), later(1), told),
    ),
    "cards_follow_what_the_month_has_left": story(BUDGET, a_request(OTHER_LISTED), told, a_request(), approve(), told),
    "secrets_are_dropped_from_what_waits": story(
        _tidying_is_due_and_somebody_asked, later(timedelta(minutes=30)), run(DueTidy)
    ),
    # lists
    "people_ask_how_things_stand": story(status(ASKER), status(BOSS), bars(ASKER, "guest"), status(ASKER)),
    "people_ask_how_things_stand_while_slack_cannot_say_who_may_decide": story(
        says(list_is_silent=True), status_in_vain(BOSS), says(silent=True), status_in_vain(BOSS)
    ),
    "people_ask_why_a_number_is_there": story(
        ask(), told, asks_why(ASKER), asks_why(BOSS), bars(CHIEF, "guest"), asks_why(CHIEF), told
    ),
    "people_ask_for_the_month": story(
        a_purchase(), asks_for_report(BOSS), asks_for_report(ASKER), asks_for_report(BOSS, "2026-10"), told
    ),
    "app_home_is_opened_and_kept_fresh": story(
        status(BOSS, in_home=True), ask(), judged, bars(CHIEF, "guest"), status(CHIEF, in_home=True)
    ),
}
