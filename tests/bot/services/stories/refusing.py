"""Stories of numbers that are asked for and refused: each reason, and each form of its evidence.

Refused decisions are in `deciding.py`, refused words on an outcome in `finding_out.py`, the freeze in `stopping.py`.
"""

from dataclasses import replace
from datetime import timedelta

from bot.services.acts import Ask
from bot.services.letters import Words
from tests.bot.services.stories.book import LOST, MINUTE, OTHER, a_failure, a_purchase, a_request, ask, debit, judge
from tests.harness.bench import Bench
from tests.harness.builders import ASKER, CHIEF, a_listing, an_address, an_owned_number, some_rules, some_terms
from tests.harness.builders import a_request as nothing_kept
from tests.harness.swept import HOUR, sweep


async def who_may_not_ask_is_refused(bench: Bench) -> None:
    for why in ("guest", "bot", "deactivated"):
        bench.people.why_not[ASKER] = why
        await ask(bench)
    await ask(bench, team="T_OTHER")


async def nothing_is_asked_for_while_slack_cannot_say_who_asks(bench: Bench) -> None:
    bench.people.silent = True
    await bench.take(bench.an_ask())
    bench.clock.advance(MINUTE)
    await judge(bench)


async def nothing_is_asked_for_in_other_places(bench: Bench) -> None:
    await ask(bench, channel="D_ASKER")
    bench.rules = some_rules(allowed_channels=frozenset({"C_ZAHLEN", "C_NUMBERS"}))
    await ask(bench, channel="C_OTHER")


async def what_is_not_for_sale_is_refused(bench: Bench) -> None:
    listing = a_listing()
    for listed in (
        None,
        a_listing(blocked=True),
        replace(listing, states_currency=False),
        replace(listing, misstates_fees=True),
        replace(listing, setup_fee=None),
        replace(listing, monthly_fee=None),
    ):
        bench.provider.listing = listed
        await ask(bench)
    bench.provider.owned_number = an_owned_number()
    await ask(bench)


async def what_was_shown_at_other_terms_is_refused(bench: Bench) -> None:
    await ask(bench, digest=some_terms("1+1 INR").digest)


async def what_somebody_asked_for_already_is_refused(bench: Bench) -> None:
    await a_request(bench)
    await ask(bench, by=an_address(CHIEF, at=bench.clock.now()))
    await a_request(bench, a_listing(number=OTHER), is_private=True)
    await ask(bench, e164=OTHER)
    await ask(bench, e164=OTHER, by=an_address(CHIEF, at=bench.clock.now()))


async def what_the_provider_cannot_be_asked_about_is_refused(bench: Bench) -> None:
    bench.provider.unreadable = {"find"}
    await ask(bench)
    bench.provider.unreadable = set()
    await bench.take(bench.an_ask())
    bench.clock.advance(9)
    await judge(bench)


async def what_an_earlier_call_may_still_buy_is_refused(bench: Bench) -> None:
    await a_failure(bench)
    await ask(bench)
    await sweep(bench)
    await ask(bench)
    bench.provider.ledger = [debit(bench)]
    await sweep(bench, after=HOUR)
    await ask(bench)


async def what_is_open_or_bought_or_unknown_is_not_asked_for_again(bench: Bench) -> None:
    request = await a_request(bench)
    await bench.ask_again(request)
    await bench.ask_again(nothing_kept(id="0" * 32))
    bought = await a_purchase(bench, number=OTHER)
    await bench.ask_again(bought)
    await bench.deny(request)
    await bench.ask_again(request, digest="0" * 32)


async def what_a_lost_call_left_open_is_not_asked_for_again(bench: Bench) -> None:
    request = await a_purchase(bench, LOST)
    await bench.ask_again(request, by=CHIEF)


async def words_that_wait_lose_their_secret(bench: Bench) -> None:
    bench.provider.listing = None
    url = "https://hooks.slack.com/commands/T1/1/secret"
    await bench.take(bench.an_ask(by=an_address(at=bench.clock.now(), response_url=url)))
    await bench.run(Ask)
    bench.clock.advance(timedelta(minutes=30))
    await bench.run(Words)
