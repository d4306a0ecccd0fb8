"""Stories of what stops or goes wrong: the freeze, work that is given up, deliveries that are made twice.

And of lists: who asks how things stand, or opens App Home, leaves work and nothing else.
"""

from contextlib import suppress
from datetime import timedelta
from io import StringIO

from bot.commands.freeze import set_freeze
from bot.domain.policy import Decision
from bot.services.acts import Ask, Decide
from bot.services.plans import DueSweep, DueTidy, NextLook, Purchase
from bot.services.ports import MessageGone, NotDelivered
from bot.work import queue
from bot.work.queue import Lane
from bot.work.retry import TryLater
from tests.bot.services.old import put_work
from tests.bot.services.stories.book import (
    LOST,
    MINUTE,
    OTHER,
    THIRD,
    a_purchase,
    a_request,
    an_approval,
    approve,
    ask,
    buy,
    judge,
)
from tests.harness.bench import Bench
from tests.harness.builders import ASKER, BOSS, CHIEF, a_listing, an_address, some_rules
from tests.harness.swept import HOUR

ANSWER_LOST = NotDelivered("timeout", may_have_arrived=True)
URL = "https://hooks.slack.com/commands/T1/1/secret"


# the freeze


async def an_approver_freezes_and_lifts_it(bench: Bench) -> None:
    await a_purchase(bench, LOST)
    for number in (OTHER, THIRD):
        await an_approval(bench, a_listing(number=number))
    for freezes in (False, True, True, False):
        await bench.switch(freezes=freezes, channel="C_OTHER")
        bench.clock.advance(MINUTE)


async def an_operator_freezes_and_lifts_it(bench: Bench) -> None:
    await an_approval(bench)
    for freezes in (True, True, False):
        await set_freeze(bench.store, StringIO(), freezes=freezes, rules=bench.rules)
    await bench.run_due(Lane.TELL)


async def it_is_frozen_when_nothing_is_out_and_from_a_direct_message(bench: Bench) -> None:
    bench.rules = some_rules(approval_channel="C_APPROVALS")
    await bench.switch(channel="D_BOSS")
    await bench.switch(freezes=False, channel="C_APPROVALS", by=CHIEF)
    await bench.switch(by="U_STRANGER")
    bench.people.why_not[BOSS] = "guest"
    await bench.switch()


# work that is given up


async def a_click_cannot_be_judged(bench: Bench) -> None:
    request = await a_request(bench)
    await bench.click(Decision.APPROVE, request, by=BOSS)
    await bench.park(await bench.claim(Decide), "OverflowError: größer")


async def what_was_asked_for_cannot_be_judged(bench: Bench) -> None:
    await bench.take(bench.an_ask())
    await bench.park(await bench.claim(Ask), "KeyError")
    await put_work(bench, Ask, "{}")
    await bench.park(await bench.claim(Ask), "KeyError")


async def what_has_to_be_done_every_hour_cannot_be_done(bench: Bench) -> None:
    await a_request(bench)
    await bench.plan_sweep()
    for _ in range(2):
        await bench.park(await bench.claim(DueSweep), "KeyError")
        bench.clock.advance(HOUR)
    await bench.run_due(Lane.TELL)


async def a_look_cannot_be_made(bench: Bench) -> None:
    await a_purchase(bench, LOST)
    bench.clock.advance(1)
    await bench.park(await bench.claim(NextLook), "KeyError")


async def a_purchase_is_given_up_before_its_call_and_after_it(bench: Bench) -> None:
    await an_approval(bench)
    await bench.park(await bench.claim(Purchase), "KeyError")
    await an_approval(bench, a_listing(number=OTHER))
    with suppress(ConnectionError):
        await buy(bench, ConnectionError())
    bench.clock.advance(2 * MINUTE)
    await bench.park(await bench.claim(Purchase), "KeyError")


# deliveries


async def cards_and_replies_may_have_arrived_before(bench: Bench) -> None:
    await ask(bench)
    (request,) = await bench.requests()
    for failures in ([ANSWER_LOST], [], [None, ANSWER_LOST], [MessageGone()], []):
        bench.messenger.failures = [*failures]
        await bench.run_due(Lane.TELL)
        if not failures and (await bench.now(request)).is_open:
            await bench.deny(request)
        bench.clock.advance(1)


async def cards_follow_what_the_month_has_left(bench: Bench) -> None:
    bench.rules = some_rules(monthly_budget="500 INR")
    await a_request(bench, a_listing(number=OTHER))
    await bench.run_due(Lane.TELL)
    await approve(bench, await a_request(bench))
    await bench.run_due(Lane.TELL)


async def secrets_are_dropped_from_what_waits(bench: Bench) -> None:
    await bench.store.write(lambda connection: queue.add(connection, DueTidy(), now=bench.clock.now()))
    act = bench.an_ask(by=an_address(at=bench.clock.now(), response_url=URL))
    await bench.take(act.model_copy(update={"reason": "größer"}))
    bench.clock.advance(timedelta(minutes=30))
    await bench.run(DueTidy)


# lists


async def people_ask_how_things_stand(bench: Bench) -> None:
    for user in (ASKER, BOSS):
        await bench.ask_for_status(user)
    bench.people.why_not[ASKER] = "guest"
    await bench.ask_for_status(ASKER)


async def people_ask_how_things_stand_while_slack_cannot_say_who_may_decide(bench: Bench) -> None:
    for silent in ("list_is_silent", "silent"):
        setattr(bench.people, silent, True)
        with suppress(TryLater):
            await bench.ask_for_status(BOSS)
        bench.clock.advance(MINUTE)
        await judge(bench)


async def app_home_is_opened_and_kept_fresh(bench: Bench) -> None:
    await bench.ask_for_status(BOSS, in_home=True)
    await ask(bench)
    await judge(bench)
    bench.people.why_not[CHIEF] = "guest"
    await bench.ask_for_status(CHIEF, in_home=True)
