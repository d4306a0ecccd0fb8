"""What a form offers and takes: nothing that somebody asked for, that may still be bought, or that was just sold."""

from datetime import timedelta

from bot.domain import refusals
from bot.domain.money import Money
from bot.domain.numbers import e164
from bot.domain.request import Status
from bot.domain.rules import Rules
from bot.domain.terms import Terms
from bot.services.acts import Ask
from bot.services.offers import LISTS_LAG, Offers
from bot.services.ports import MessageGone
from tests.bot.services.stories.book import OTHER, a_failure, a_purchase, a_request
from tests.harness.builders import ACCOUNT, ASKER, CHANNEL, CHIEF, NUMBER, a_listing, an_address
from tests.harness.workbench import Workbench

BOTH = [NUMBER, e164(OTHER)]


def offers(bench: Workbench, rules: Rules | None = None) -> Offers:
    return Offers(store=bench.store, clock=bench.clock, rules=rules or Rules())


async def test_a_number_is_taken_while_its_request_is_open(bench: Workbench) -> None:
    assert await offers(bench).taken(BOTH, age=0) == set()
    await a_request()(bench)
    assert await offers(bench).taken(BOTH, age=0) == {NUMBER}
    assert await offers(bench).taken([], age=0) == set()
    [request] = await bench.requests()
    await bench.deny(request)
    assert await offers(bench).taken(BOTH, age=0) == set()


async def test_a_number_is_taken_while_it_may_still_be_bought(bench: Workbench) -> None:
    await a_failure()(bench)
    [request] = await bench.requests()
    assert request.status is Status.FAILED
    assert await offers(bench).taken(BOTH, age=0) == {NUMBER}
    refusal = await offers(bench).refusal(bench.an_ask(), None)
    assert isinstance(refusal, refusals.Unsettled)


async def test_a_number_that_was_sold_is_taken_for_lists_that_may_be_older_than_that(bench: Workbench) -> None:
    await a_purchase()(bench)
    bench.clock.advance(120)
    assert await offers(bench).taken(BOTH, age=120) == {NUMBER}
    assert await offers(bench).taken(BOTH, age=120 - LISTS_LAG / timedelta(seconds=1)) == {NUMBER}
    assert await offers(bench).taken(BOTH, age=0) == set()


async def test_what_will_be_refused_is_told_at_once_with_whose_it_is_unless_that_is_private(bench: Workbench) -> None:
    terms = Terms.offered(a_listing(), ACCOUNT)
    assert await offers(bench).refusal(bench.an_ask(), terms) is None
    dear = await offers(bench, Rules(max_charge={"INR": Money.of("100 INR")})).refusal(bench.an_ask(), terms)
    assert isinstance(dear, refusals.OverMaxCharge)
    await a_request()(bench)
    taken = await offers(bench).refusal(bench.an_ask(), terms)
    assert isinstance(taken, refusals.AlreadyRequested)
    assert (taken.requester, taken.channel) == (ASKER, CHANNEL)


async def test_the_card_that_a_refusal_in_the_form_names_is_posted_again_if_somebody_deleted_it(
    bench: Workbench,
) -> None:
    request = await bench.a_request()
    await bench.deliver()
    bench.messenger.sent.clear()
    for _ in range(2):
        assert isinstance(await offers(bench).refusal(bench.an_ask(), None), refusals.AlreadyRequested)
    bench.messenger.failures = [MessageGone()]
    await bench.deliver()
    await bench.deliver()
    assert [sent.how for sent in bench.messenger.sent] == ["post_card"]
    assert [card.ts is not None for card in await bench.cards(request)] == [True]


async def test_the_card_of_a_private_place_is_nothing_that_anybody_else_has_seen_to(bench: Workbench) -> None:
    await bench.take(bench.an_ask().model_copy(update={"is_private": True}))
    await bench.run(Ask)
    await bench.deliver()
    bench.messenger.sent.clear()
    others = bench.an_ask(by=an_address(CHIEF, at=bench.clock.now()))
    assert isinstance(await offers(bench).refusal(others, None), refusals.AlreadyRequested)
    await bench.deliver()
    assert bench.messenger.sent == []
