"""Stories of purchases: why one is asked about again, fails, is tried again, or is made, and what is kept of it.

What follows a call without a definite answer is in `finding_out.py`.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber, e164
from bot.domain.outcome import Bought, Refusal, Refused
from bot.services.ports import Balance
from tests.bot.services.stories.book import (
    LOST,
    OTHER,
    THIRD,
    a_failure,
    a_purchase,
    a_request,
    an_approval,
    approve,
    buy,
    look,
)
from tests.harness.bench import Bench
from tests.harness.builders import BOSS, CHIEF, NUMBER, a_listing, an_owned_number, some_approvers, some_rules
from tests.harness.seen import meanwhile

TOO_LITTLE = Refused(
    why=Refusal.BALANCE_TOO_LOW, code="INSUFFICIENT_BALANCE", message="top up — रिचार्ज", provider_request_id="req_7"
)
GONE = Refused(why=Refusal.NOT_IN_INVENTORY, code="not_found", message="number not found in inventory")
BUSY = Refused(why=Refusal.NOT_EXECUTED, code="rate_limited", message="slow down", retry_after=7.0)


# asked about again


async def the_terms_change_three_times(bench: Bench) -> None:
    request = await an_approval(bench)
    listings = (
        a_listing("100+2.50 INR", months=12, identity_check=True, trial=None),
        a_listing("3+1 USD"),
        a_listing(),
    )
    for listing in listings:
        bench.provider.listing = listing
        await buy(bench)
        if (await bench.now(request)).is_open:
            await approve(bench, request)


async def another_account_would_buy_than_was_approved(bench: Bench) -> None:
    await an_approval(bench)
    bench.provider.account = "SA_PART"
    await buy(bench)


async def the_balance_does_not_cover_it_any_more(bench: Bench) -> None:
    await an_approval(bench)
    bench.provider.spendable = Balance(currency="INR", available=Decimal("100.99999999"), may_overdraw=False)
    await buy(bench)


async def the_provider_says_that_the_balance_is_too_low(bench: Bench) -> None:
    request = await an_approval(bench)
    needed, there_is = Money.of("101.00 INR"), Money.of("20.25 INR")
    for required, available in ((needed, there_is), (needed, None), (None, None)):
        await buy(bench, replace(TOO_LITTLE, required=required, available=available))
        await approve(bench, request)


async def it_is_frozen_right_before_the_call(bench: Bench) -> None:
    await an_approval(bench)
    await bench.freeze()
    await buy(bench)


async def it_is_frozen_during_a_call_that_is_not_executed(bench: Bench) -> None:
    bench.provider.during_call = bench.freeze
    await a_purchase(bench, BUSY)


async def an_automatic_approval_does_not_cover_what_is_read_before_the_call(bench: Bench) -> None:
    bench.rules = some_rules(auto_approve_up_to="101 INR")
    await a_request(bench)
    bench.provider.listing = a_listing(months=None, trial=None)
    await buy(bench)
    await a_request(bench, a_listing(number=OTHER))
    bench.rules = some_rules(auto_approve_up_to="100 INR")
    await buy(bench)


async def somebody_who_approved_is_no_approver_any_more(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await a_request(bench)
    for voter in (BOSS, CHIEF):
        await approve(bench, request, by=voter)
    bench.people.list_of_approvers = some_approvers(CHIEF)
    bench.clock.advance(7)
    await buy(bench)


# tried again, and failed


async def a_call_is_not_executed_three_times(bench: Bench) -> None:
    await an_approval(bench)
    router = Refused(why=Refusal.NOT_EXECUTED, code="http_404", message="")
    for outcome in (BUSY, replace(router, provider_request_id="req_8"), BUSY):
        await buy(bench, outcome)
        bench.clock.advance(7)


async def a_call_is_dropped_before_its_first_byte(bench: Bench) -> None:
    await an_approval(bench)

    async def slowly() -> None:
        bench.clock.advance(6)

    bench.provider.before_call = slowly
    await buy(bench)


async def the_number_is_ours_already(bench: Bench) -> None:
    await an_approval(bench)
    bench.provider.owned_number = an_owned_number(status="pending_purchase")
    await buy(bench)


async def numbers_are_not_on_sale_any_more(bench: Bench) -> None:
    listed = replace(a_listing(), setup_fee=None)
    gone = (
        None,
        a_listing(blocked=True),
        replace(a_listing(), states_currency=False),
        replace(a_listing(), misstates_fees=True),
        listed,
        replace(a_listing(), monthly_fee=None),
    )
    for listing in gone:
        await an_approval(bench)
        bench.provider.listing = listing
        await buy(bench)


async def similar_numbers_are_offered_for_one_that_is_gone(bench: Bench) -> None:
    bench.provider.on_offer = [
        a_listing("100.00+1.50 INR", number=OTHER, region="Bogotá"),
        a_listing("0+1 INR", number=THIRD, region=None),
    ]
    await an_approval(bench)
    bench.provider.listing = None
    await buy(bench)
    await a_purchase(bench, GONE)


async def the_provider_refuses_it(bench: Bench) -> None:
    words = "Konto gesperrt: no KYC on file — कृपया “पूरा” करें\n<script>"
    await a_purchase(bench, Refused(why=Refusal.REJECTED, code="kyc", message=words, provider_request_id="req_7"))
    await a_purchase(bench, Refused(why=Refusal.REJECTED, code="http_403", message=""))
    await a_purchase(bench, Refused(why=Refusal.NOT_SENT, code="not_sent", message="not sent: connection"))
    await a_purchase(bench, GONE)


# made


def _of_the_other(fees: str | None) -> Bought:
    return Bought(number=an_owned_number(fees, number=OTHER, id=None, purchased_at=None))


async def numbers_are_bought(bench: Bench) -> None:
    bench.rules = some_rules(monthly_budget="500 INR")
    await a_purchase(bench, Bought(number=an_owned_number(), provider_request_id="req_7"))
    await a_purchase(bench, _of_the_other("150.50+1.0 INR"), number=OTHER)
    bare = Bought(number=OwnedNumber(e164=e164(THIRD)))
    await a_purchase(bench, bare, number=THIRD, fees="1+0.000001 INR")


async def a_number_is_bought_with_all_that_the_provider_can_say_of_it(bench: Bench) -> None:
    number = replace(
        an_owned_number("100.00+1.50 INR", status=None),
        region="Bogotá — बेंगलुरु",
        capabilities=("voice", "fáx"),
        last_billing_at=bench.clock.now(),
        next_billing_at=bench.clock.now() + timedelta(days=30, microseconds=7),
        application_id="app_1",
        trunk_group_id="trunk_1",
        tags=("Hotline", "größer"),
    )
    await a_purchase(bench, Bought(number=number, provider_request_id="req_7"))


async def a_number_is_charged_in_another_currency_than_was_approved(bench: Bench) -> None:
    bench.rules = some_rules(monthly_budget="500 INR")
    await a_purchase(bench, Bought(number=an_owned_number("2.50+1 USD")))


async def a_number_that_is_said_not_to_be_there_is_ours_since_the_call(bench: Bench) -> None:
    await an_approval(bench)
    bench.provider.during_call = meanwhile(bench, owned_number=an_owned_number())
    await buy(bench, replace(GONE, provider_request_id="req_7"))


async def a_number_that_an_earlier_call_may_have_bought_is_bought(bench: Bench) -> None:
    await a_failure(bench, replace(LOST, call_is_over=True))
    await a_purchase(bench, Bought(number=an_owned_number(), provider_request_id="req_8"))


async def a_number_that_is_said_not_to_be_there_was_sold_by_an_earlier_call(bench: Bench) -> None:
    await a_failure(bench, replace(LOST, call_is_over=True))
    await an_approval(bench)
    bench.provider.during_call = meanwhile(bench, owned_number=an_owned_number())
    await buy(bench, GONE)


async def refusals_that_own_numbers_contradict_or_cannot_confirm_are_found_out(bench: Bench) -> None:
    for number, refused in ((NUMBER, GONE), (OTHER, TOO_LITTLE)):
        under_way = an_owned_number(status="pending_purchase", number=number)
        await an_approval(bench, a_listing(number=number))
        bench.provider.during_call = meanwhile(bench, owned_number=under_way)
        await buy(bench, refused)
        bench.provider.owned_number = None
    await an_approval(bench, a_listing(number=THIRD))
    bench.provider.during_call = meanwhile(bench, unreadable={"owned"})
    await buy(bench, GONE)


async def two_answers_tell_of_one_sale(bench: Bench) -> None:
    for request_id in ("req_7", None):
        await a_purchase(bench, Bought(number=an_owned_number(), provider_request_id=request_id))
    await look(bench)
