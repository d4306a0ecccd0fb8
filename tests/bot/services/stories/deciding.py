"""Stories of decisions: votes, denials, withdrawals, and what time does to a request.

And of clicks that change nothing, for every reason there is on a card.
"""

from dataclasses import replace

from bot.domain.policy import Decision
from bot.domain.request import RequestId
from bot.services.letters import CardLetter
from bot.services.ports import Undeliverable
from bot.work.queue import Lane
from tests.bot.services.stories.book import (
    MINUTE,
    OTHER,
    THIRD,
    a_request,
    an_approval,
    approve,
    ask,
    buy,
    click,
    judge,
)
from tests.harness.bench import Bench
from tests.harness.builders import ASKER, BOSS, CHIEF, a_listing, some_approvers, some_rules, some_terms
from tests.harness.swept import DAY, HOUR, TICK

UNKNOWN = RequestId("0" * 32)


async def one_approves(bench: Bench) -> None:
    bench.people.list_of_approvers = some_approvers(BOSS, "S_GRÖSSE")
    request = await a_request(bench)
    bench.clock.advance(20)
    await bench.approve(request)


async def two_approve_and_only_votes_of_approvers_count(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR", monthly_budget="250.00 INR")
    request = await a_request(bench)
    await approve(bench, request, by=BOSS)
    bench.people.list_of_approvers = some_approvers(CHIEF, "U_THIRD")
    await approve(bench, request, by=CHIEF)
    await approve(bench, request, by="U_THIRD")


async def a_repeated_vote_is_counted_anew(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await a_request(bench)
    await approve(bench, request)
    await approve(bench, request)
    bench.rules = some_rules()
    await approve(bench, request)


async def numbers_are_denied_with_words_and_without(bench: Bench) -> None:
    await bench.deny(await a_request(bench), reason="zu teuer — नहीं")
    approved = await an_approval(bench, a_listing(number=OTHER))
    await bench.deny(approved, by=CHIEF, reason="")


async def a_request_is_withdrawn_by_whoever_asked(bench: Bench) -> None:
    await bench.withdraw(await a_request(bench))
    await bench.withdraw(await an_approval(bench, a_listing(number=OTHER)))


async def a_request_is_withdrawn_because_its_card_cannot_be_posted(bench: Bench) -> None:
    await bench.ask()
    bench.messenger.failures = [Undeliverable("is_archived")]
    await bench.run(CardLetter)


async def nobody_decides_so_that_they_are_reminded_and_it_expires(bench: Bench) -> None:
    await a_request(bench)
    for _ in range(3):
        bench.clock.advance(DAY)
        await judge(bench)


async def an_approval_that_is_not_used_lapses(bench: Bench) -> None:
    await an_approval(bench)
    bench.clock.advance(15 * MINUTE)
    await judge(bench)


async def an_approval_that_is_used_too_late_buys_nothing(bench: Bench) -> None:
    await an_approval(bench)
    bench.clock.advance(15 * MINUTE)
    await buy(bench)


async def what_the_budget_has_no_room_for_is_not_approved(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR", monthly_budget="150.50 INR")
    first, second = await a_request(bench), await a_request(bench, a_listing("50+0.25 INR", number=OTHER))
    for voter in (BOSS, CHIEF):
        await approve(bench, first, by=voter)
    for voter in (BOSS, CHIEF):
        await approve(bench, second, by=voter)
    await approve(bench, await a_request(bench, a_listing("3+0 USD", number=THIRD)))


async def who_may_not_decide_changes_nothing(bench: Bench) -> None:
    request = await a_request(bench)
    bench.clock.advance(20)
    await approve(bench, request, by="U_STRANGER")
    await bench.withdraw(request, by=BOSS)
    bench.people.list_of_approvers = some_approvers(ASKER)
    await approve(bench, request, by=ASKER)
    bench.people.list_of_approvers = some_approvers()
    await approve(bench, request, by=CHIEF)
    for why in ("guest", "bot", "deactivated", "other_workspace"):
        bench.people.why_not[BOSS] = why
        await approve(bench, request)


async def nobody_decides_while_slack_cannot_say_who_may(bench: Bench) -> None:
    request = await a_request(bench)
    for silent in ("silent", "list_is_silent"):
        setattr(bench.people, silent, True)
        await bench.click(Decision.APPROVE, request, by=BOSS)
        bench.clock.advance(MINUTE)
        await judge(bench)
        setattr(bench.people, silent, False)

    async def slowly(_: str) -> None:
        bench.clock.advance(MINUTE + HOUR)

    bench.people.during_look_up = slowly
    await bench.click(Decision.APPROVE, request, by=BOSS)
    await judge(bench)


async def who_clicks_on_something_else_than_what_is_there_changes_nothing(bench: Bench) -> None:
    request, another = await a_request(bench), await a_request(bench, a_listing(number=OTHER))
    await click(bench, Decision.APPROVE, request, message=("C_TEAM", "2.000001"))
    await click(bench, Decision.APPROVE, replace(request, terms=some_terms("1+1 INR")))
    await click(bench, Decision.APPROVE, request, digest=None)
    await click(bench, Decision.DENY, another, request=UNKNOWN)
    await click(bench, Decision.WITHDRAW, another, request=UNKNOWN, team="T_OTHER")


async def a_click_on_an_unknown_message_makes_it_a_copy_of_the_card(bench: Bench) -> None:
    request = await a_request(bench)
    await click(bench, Decision.APPROVE, request, message=("C_TEAM", "7.000007"))
    await click(bench, Decision.APPROVE, request, message=("C_TEAM", "7.000007"))


async def a_click_tells_where_the_card_stands_before_slack_does(bench: Bench) -> None:
    await ask(bench)
    (request,) = await bench.requests()
    await click(bench, Decision.DENY, request, message=("C_TEAM", "7.000007"))
    await bench.run_due(Lane.TELL)


async def who_comes_too_late_changes_nothing(bench: Bench) -> None:
    request, bought = await a_request(bench), await an_approval(bench, a_listing(number=OTHER))
    await buy(bench)
    await bench.deny(request, by=CHIEF)
    for late in (request, bought):
        await click(bench, Decision.APPROVE, late)
        await click(bench, Decision.DENY, late, reason="zu spät")
    await click(bench, Decision.WITHDRAW, bought, by=ASKER)


async def what_expires_while_it_is_judged_is_not_approved(bench: Bench) -> None:
    request = await a_request(bench)

    async def slowly(_: str) -> None:
        bench.clock.advance(TICK)

    bench.clock.advance(3 * DAY - TICK)
    await judge(bench)
    bench.people.during_look_up = slowly
    await click(bench, Decision.APPROVE, request)


async def nothing_is_approved_while_frozen(bench: Bench) -> None:
    request = await a_request(bench)
    await bench.freeze()
    bench.clock.advance(MINUTE)
    await approve(bench, request)
