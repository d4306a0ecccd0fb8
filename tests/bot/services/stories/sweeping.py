"""Stories of the hourly sweep: late truths, what is settled, what nobody can explain, and how that ends.

Its alerts come in every kind, with and without a budget, with debits of which the ledger says little.
"""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from bot.domain.outcome import Bought, Refusal, Refused
from bot.domain.policy import Resolution
from bot.store import tables
from tests.bot.services.stories.book import (
    LOST,
    OTHER,
    THIRD,
    a_failure,
    a_purchase,
    approve,
    ask,
    buy,
    debit,
    judge,
    people_are_asked,
    say_without_asking,
)
from tests.harness.bench import Bench
from tests.harness.builders import NUMBER, an_owned_number, some_rules
from tests.harness.swept import DAY, HOUR, sweep

NOT_BOUGHT, WRITE_OFF = Resolution.NOT_BOUGHT, Resolution.WRITE_OFF

OWN_500 = replace(LOST, reason="http_500", call_is_over=True)
REJECTED = Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file")
TOO_LITTLE = Refused(why=Refusal.BALANCE_TOO_LOW, code="low", message="top up")


def _ours(bench: Bench) -> None:
    bench.provider.owned_number = an_owned_number()


# late truths, and what is settled


async def a_number_turns_up_after_its_purchase_failed(bench: Bench) -> None:
    bench.rules = some_rules(monthly_budget="500 INR")
    for _ in range(2):
        await a_failure(bench, OWN_500)
    _ours(bench)
    bench.provider.ledger = [debit(bench, amount="119.18 INR")]
    await sweep(bench)


async def a_number_turns_up_while_people_are_asked(bench: Bench) -> None:
    await people_are_asked(bench)
    _ours(bench)
    bench.provider.ledger = None
    await sweep(bench)


async def a_number_that_another_request_bought_turns_up_while_people_are_asked(bench: Bench) -> None:
    await a_purchase(bench)
    await people_are_asked(bench)
    _ours(bench)
    bench.provider.ledger = [debit(bench, "txn_1"), debit(bench, "txn_2")]
    await sweep(bench)


async def a_number_can_be_asked_for_again_once_it_is_settled(bench: Bench) -> None:
    await sweep(bench)
    await a_failure(bench)
    await ask(bench)
    await sweep(bench, after=HOUR)
    await ask(bench)


async def an_operators_word_is_settled_by_a_sweep_that_cannot_read(bench: Bench) -> None:
    await say_without_asking(bench, NOT_BOUGHT, await people_are_asked(bench))
    bench.provider.unreadable = {"own_numbers"}
    await sweep(bench, after=HOUR)


# charged without the number


async def a_failure_is_charged_and_refunded(bench: Bench) -> None:
    bench.rules = some_rules(monthly_budget="101 INR")
    await a_failure(bench)
    bench.provider.ledger = [debit(bench, description=f"Kauf größer {NUMBER}")]
    await sweep(bench, after=2 * HOUR)
    await ask(bench)
    bench.clock.advance(DAY)
    await judge(bench)
    bench.provider.ledger = []
    await sweep(bench)


async def a_failure_is_charged_twice_and_both_are_written_off(bench: Bench) -> None:
    request = await a_failure(bench, OWN_500)
    bench.provider.ledger = [debit(bench, "txn_2")]
    await sweep(bench, after=HOUR)
    bench.provider.ledger += [replace(debit(bench, "txn_1", None), at=None)]
    await sweep(bench, after=HOUR)
    await bench.resolve(WRITE_OFF, request)
    await sweep(bench, after=HOUR)


async def a_refusal_is_charged_and_written_off_without_a_look(bench: Bench) -> None:
    request = await a_purchase(bench, REJECTED)
    bench.provider.ledger = [debit(bench)]
    await sweep(bench)
    bench.provider.unreadable = {"owned"}
    await bench.resolve(WRITE_OFF, request)


async def a_refusal_is_charged_and_its_alert_goes_over_to_the_next_attempt(bench: Bench) -> None:
    request = await a_purchase(bench, TOO_LITTLE)
    bench.provider.ledger = [debit(bench)]
    await sweep(bench)
    bench.clock.advance(timedelta(minutes=5))
    await approve(bench, request)
    await buy(bench, REJECTED)
    await sweep(bench, after=HOUR)
    bench.provider.ledger = []
    await sweep(bench, after=HOUR)


# among our own and not usable


async def a_number_is_ours_and_cannot_be_used(bench: Bench) -> None:
    request = await a_failure(bench)
    bench.provider.owned_number = an_owned_number(status="gesperrt — बंद")
    await sweep(bench)
    await bench.resolve(WRITE_OFF, request)
    bench.provider.ledger = [debit(bench)]
    await sweep(bench, after=HOUR)
    await bench.resolve(WRITE_OFF, request)
    await sweep(bench, after=HOUR)


# beside the sale of another request


async def a_failure_turns_out_to_be_charged_beside_the_sale_of_another_request(bench: Bench) -> None:
    await a_purchase(bench, Bought(number=an_owned_number(), provider_request_id="req_6"))
    await a_failure(bench)
    _ours(bench)
    bench.provider.ledger = [debit(bench, "txn_1"), debit(bench, "txn_2")]
    await sweep(bench)


async def a_failure_of_a_number_that_another_request_bought_is_settled(bench: Bench) -> None:
    await a_purchase(bench)
    await a_failure(bench)
    _ours(bench)
    await sweep(bench, after=HOUR)


async def a_refusals_charge_is_beside_the_sale_of_the_next_request(bench: Bench) -> None:
    await a_purchase(bench, REJECTED)
    bench.provider.ledger = [debit(bench, "txn_1"), debit(bench, "txn_2")]
    await sweep(bench)
    await a_purchase(bench)
    _ours(bench)
    bench.provider.ledger.append(debit(bench, "txn_3"))
    await sweep(bench, after=HOUR)


# what was bought


async def a_bought_number_is_seen_and_charged_as_approved(bench: Bench) -> None:
    await a_purchase(bench)
    _ours(bench)
    bench.provider.ledger = [debit(bench)]
    await sweep(bench, after=HOUR)


async def a_bought_number_is_not_among_our_own_and_then_it_is(bench: Bench) -> None:
    await a_purchase(bench)
    await sweep(bench, after=2 * HOUR)
    _ours(bench)
    await sweep(bench, after=HOUR)


async def a_bought_number_is_not_among_our_own_and_that_is_all_right(bench: Bench) -> None:
    request = await a_purchase(bench)
    await sweep(bench, after=2 * HOUR)
    bench.clock.advance(DAY)
    await judge(bench)
    await bench.resolve(WRITE_OFF, request)


async def a_bought_number_is_charged_twice_and_one_is_refunded(bench: Bench) -> None:
    bench.rules = some_rules(monthly_budget="150 INR")
    await a_purchase(bench)
    _ours(bench)
    bench.provider.ledger = [debit(bench, "txn_1"), debit(bench, "txn_2", "101.00 INR")]
    await sweep(bench, after=HOUR)
    bench.provider.ledger.pop()
    await sweep(bench, after=HOUR)


async def a_bought_number_is_charged_several_times_for_unreadable_amounts(bench: Bench) -> None:
    request = await a_purchase(bench)
    _ours(bench)
    bench.provider.ledger = [replace(debit(bench, f"txn_{no}", None), at=None) for no in (3, 1, 2)]
    await sweep(bench, after=HOUR)
    await bench.resolve(WRITE_OFF, request)


async def bought_numbers_are_charged_otherwise(bench: Bench) -> None:
    bench.rules = some_rules(monthly_budget="500 INR")
    for number in (NUMBER, OTHER, THIRD):
        await a_purchase(bench, Bought(number=an_owned_number(None, number=number)), number=number)
    bench.provider.others = [an_owned_number(number=number) for number in (NUMBER, OTHER, THIRD)]
    bench.provider.ledger = [
        debit(bench, "txn_1", "119.18 INR"),
        debit(bench, "txn_2", "2.50 USD", description=OTHER),
        debit(bench, "txn_3", description=THIRD),
    ]
    await sweep(bench, after=HOUR)
    bench.provider.ledger[0] = debit(bench, "txn_1")
    await sweep(bench, after=HOUR)


# beside the attempts


async def debits_that_nothing_explains_are_told_once(bench: Bench) -> None:
    earlier = bench.clock.now() - HOUR
    bench.provider.ledger = [
        debit(bench, "txn_1", "77.50 INR", description="DID-Kauf — खरीद", at=earlier),
        replace(debit(bench, "txn_2", None, description=None), at=None),
        debit(bench, "txn_3", "5 USD", description="", at=earlier, type="did_rental"),
    ]
    await sweep(bench)
    await sweep(bench, after=HOUR)
    bench.clock.advance(HOUR)
    bench.provider.ledger.append(debit(bench, "txn_4", "1 INR", description="new"))
    await sweep(bench)


async def numbers_bought_elsewhere_are_kept(bench: Bench) -> None:
    bench.provider.others = [
        an_owned_number(number=OTHER, owner="SA_GRÖSSE", status=None),
        an_owned_number(number=THIRD, owner=None, purchased_at=None),
    ]
    await sweep(bench)


async def an_attempt_that_cannot_be_compared_is_kept(bench: Bench) -> None:
    request = await a_purchase(bench)
    attempt = await bench.attempt(request)
    breaks = update(tables.attempts).where(tables.attempts.c.id == attempt.id).values(number="no JSON")
    await bench.store.write(lambda connection: connection.execute(breaks))
    bench.provider.ledger = [debit(bench, "txn_1"), debit(bench, "txn_2")]
    await sweep(bench)
