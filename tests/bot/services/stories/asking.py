"""Stories of numbers that are asked for: what a new request keeps, and what is asked for once more.

Whoever may not ask, and what cannot be asked for, is in `refusing.py`.
"""

from decimal import Decimal

from bot.domain.outcome import Refusal, Refused
from bot.services.ports import Balance
from tests.bot.services.stories.book import OTHER, THIRD, a_request, approve, ask, buy
from tests.harness.bench import Bench
from tests.harness.builders import ASKER, BOSS, CHIEF, a_listing, an_address, some_approvers, some_rules, some_terms

URL = "https://hooks.slack.com/commands/T1/1/secret"


async def a_number_is_asked_for(bench: Bench) -> None:
    await a_request(bench)


async def a_number_that_binds_is_asked_for_in_other_scripts_and_in_private(bench: Bench) -> None:
    listing = a_listing(
        "100.50+0.999999 INR",
        country="CO",
        region="Bogotá — बेंगलुरु",
        capabilities=("voice", "sms", "fáx"),
        months=6,
        identity_check=True,
        trial=True,
    )
    by = an_address(at=bench.clock.now(), response_url=URL)
    await a_request(bench, listing, reason='für die Hotline 📞 "now" \\ <!channel>', is_private=True, by=by)


async def a_number_of_which_the_provider_says_nothing_is_asked_for(bench: Bench) -> None:
    listing = a_listing(country=None, region=None, capabilities=None, months=None, identity_check=None, trial=None)
    await a_request(bench, listing, reason="")
    await a_request(bench, a_listing(number=OTHER, capabilities=(), identity_check=None))


async def a_number_is_asked_for_while_frozen(bench: Bench) -> None:
    await bench.freeze()
    await a_request(bench)


async def a_number_is_asked_for_with_the_terms_that_were_shown_and_its_card_stands_elsewhere(bench: Bench) -> None:
    bench.rules = some_rules(approval_channel="C_APPROVALS", remind_after=None)
    await a_request(bench, digest=some_terms().digest, channel="D_ASKER")


async def numbers_are_asked_for_that_the_balance_does_not_cover(bench: Bench) -> None:
    bench.provider.spendable = Balance(currency="INR", available=Decimal("20.1234567"), may_overdraw=False)
    await a_request(bench)
    bench.provider.spendable = Balance(currency="INR", available=Decimal("-5.50"), may_overdraw=True)
    await a_request(bench, a_listing(number=OTHER))
    bench.provider.unreadable = {"balance"}
    await a_request(bench, a_listing(number=THIRD))


async def a_number_is_asked_for_that_too_few_can_approve(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    bench.people.list_of_approvers = some_approvers(ASKER, BOSS)
    await a_request(bench)
    bench.provider.spendable = Balance(currency="INR", available=Decimal(0), may_overdraw=False)
    bench.people.list_of_approvers = some_approvers()
    await a_request(bench, a_listing(number=OTHER))


async def a_small_charge_is_approved_automatically(bench: Bench) -> None:
    bench.rules = some_rules(auto_approve_up_to="101.00 INR", monthly_budget="250 INR")
    await a_request(bench)
    await buy(bench)
    await a_request(bench, a_listing("100.00+1.0 INR", number=OTHER))
    await a_request(bench, a_listing(number=THIRD))


async def a_denied_number_is_asked_for_again(bench: Bench) -> None:
    request = await a_request(bench, reason="für die Hotline")
    await bench.deny(request)
    bench.clock.advance(60)
    bench.provider.listing = a_listing("200+2 INR")
    await bench.ask_again(request, by=CHIEF, channel="C_OTHER")


async def a_similar_number_is_asked_for_instead(bench: Bench) -> None:
    bench.provider.on_offer = [
        a_listing("100+1.50 INR", number=OTHER, region="Bogotá"),
        a_listing("99.5+1 INR", number=THIRD, region=None),
    ]
    request = await a_request(bench)
    await approve(bench, request)
    await buy(bench, Refused(why=Refusal.NOT_IN_INVENTORY, code="not_found", message="number not found in inventory"))
    await bench.ask_again(request, by=BOSS, digest=some_terms("100+1.50 INR", number=OTHER).digest)


async def a_number_of_a_sub_account_is_asked_for(bench: Bench) -> None:
    bench.provider.account = "SA_PART"
    bench.provider.spendable = None
    await ask(bench)
