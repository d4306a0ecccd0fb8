"""Stories of calls without a definite answer: looks, what people say of them, and an operator's word.

What a sweep finds hours later is in `sweeping.py`.
"""

from contextlib import suppress
from dataclasses import replace

from bot.domain.audit import OPERATOR
from bot.domain.outcome import Bought, Unknown
from bot.domain.policy import Resolution
from bot.domain.request import PurchaseRequest
from bot.services.acts import Resolve
from bot.services.plans import Purchase
from tests.bot.services.stories.book import (
    LOST,
    MINUTE,
    OTHER,
    THIRD,
    a_failure,
    a_purchase,
    a_request,
    an_approval,
    buy,
    debit,
    judge,
    look,
    people_are_asked,
    say_without_asking,
)
from tests.harness.bench import Bench
from tests.harness.builders import (
    ASKER,
    BOSS,
    NUMBER,
    a_listing,
    an_address,
    an_owned_number,
    some_approvers,
    some_rules,
)
from tests.harness.builders import a_request as nothing_kept
from tests.harness.seen import meanwhile
from tests.harness.swept import DAY

BOUGHT, NOT_BOUGHT, LOOK_AGAIN, WRITE_OFF = Resolution

OWN_500 = Unknown(reason="http_500", message="Interner Fehler — त्रुटि", call_is_over=True)


# looks


async def looks_find_the_number_ours(bench: Bench) -> None:
    bench.rules = some_rules(monthly_budget="500 INR")
    await a_purchase(bench, LOST)
    bench.provider.owned_number = an_owned_number(None)
    bench.provider.ledger = [debit(bench, amount="119.18 INR")]
    await look(bench)


async def looks_find_that_it_was_not_bought(bench: Bench) -> None:
    await a_failure(bench)
    await a_failure(bench, OWN_500, number=OTHER)


async def the_process_dies_while_a_call_is_out(bench: Bench) -> None:
    await an_approval(bench)
    bench.provider.outcomes = [ConnectionError()]
    with suppress(ConnectionError):
        await bench.run(Purchase)
    bench.clock.advance(MINUTE)
    await buy(bench)
    await look(bench)


async def looks_show_a_charge_without_the_number_and_then_a_refund(bench: Bench) -> None:
    await a_purchase(bench, LOST)
    bench.provider.ledger = [
        debit(bench, description=f"DID-Kauf für {NUMBER} — खरीद"),
        replace(debit(bench, "txn_2", None), at=None),
        debit(bench, "txn_ö", "1.50 INR", type="did_rental"),
        replace(debit(bench, "", "0.000001 USD"), reference=NUMBER, description=None),
    ]
    await look(bench)
    bench.provider.ledger = []
    await look(bench, 3)


async def a_charge_is_alerted_without_a_request_id_of_the_provider(bench: Bench) -> None:
    await a_purchase(bench, OWN_500)
    bench.provider.ledger = [debit(bench)]
    await look(bench, 6)
    bench.clock.advance(DAY)
    await judge(bench)


async def looks_that_do_not_tell_leave_it_to_people(bench: Bench) -> None:
    await a_purchase(bench, LOST)
    bench.provider.unreadable = {"owned"}
    await look(bench, 6)
    for _ in range(2):
        bench.clock.advance(DAY)
        await judge(bench)


async def what_could_not_be_read_or_belongs_to_others_is_told_as_that(bench: Bench) -> None:
    request = await people_are_asked(bench)
    shown: tuple[dict[str, object], ...] = (
        {"unreadable": {"find"}},
        {"unreadable": {"find", "transactions"}},
        {"unreadable": set(), "ledger": None, "listing": None},
        {"account": "SA_PART", "ledger": []},
        {"account": "MA_STANDIN", "owned_number": an_owned_number(owner="SA_OTHER")},
        {"owned_number": an_owned_number(status="pending_purchase")},
    )
    for shows in shown:
        await meanwhile(bench, **shows)()
        await bench.resolve(LOOK_AGAIN, request)
        await look(bench, 2)


async def a_number_is_found_that_another_request_bought(bench: Bench) -> None:
    await a_purchase(bench, Bought(number=an_owned_number(), provider_request_id="req_6"))
    await a_purchase(bench, LOST)
    bench.provider.owned_number = an_owned_number()
    await look(bench)


async def a_number_is_found_that_another_request_bought_and_both_were_charged(bench: Bench) -> None:
    await a_purchase(bench)
    await a_purchase(bench, LOST)
    bench.provider.owned_number = an_owned_number()
    bench.provider.ledger = [debit(bench, "txn_1"), debit(bench, "txn_2")]
    await look(bench)


# what people say


async def people_say_that_it_was_bought(bench: Bench) -> None:
    request = await people_are_asked(bench)
    await bench.resolve(BOUGHT, request)
    bench.provider.owned_number = an_owned_number()
    await bench.resolve(BOUGHT, request)
    await bench.resolve(LOOK_AGAIN, request)


async def people_say_that_it_was_not_bought(bench: Bench) -> None:
    request = await people_are_asked(bench)
    bench.provider.ledger = [debit(bench)]
    await bench.resolve(NOT_BOUGHT, request)
    bench.provider.ledger = None
    await bench.resolve(NOT_BOUGHT, request)
    await bench.resolve(NOT_BOUGHT, request)


async def what_another_request_bought_is_not_said_to_be_this_ones(bench: Bench) -> None:
    await a_purchase(bench)
    request = await people_are_asked(bench)
    bench.provider.owned_number = an_owned_number()
    await bench.resolve(BOUGHT, request)


async def charges_are_written_off_while_looks_go_on_and_when_people_are_asked(bench: Bench) -> None:
    request = await a_purchase(bench, LOST)
    bench.provider.ledger = [debit(bench, "txn_b"), replace(debit(bench, "txn_a", None), at=None)]
    await look(bench)
    await bench.resolve(WRITE_OFF, request)
    bench.provider.ledger.append(debit(bench, "txn_c"))
    await look(bench, 5)
    await bench.resolve(WRITE_OFF, request)
    await look(bench, 2)


async def a_charge_is_written_off_after_it_failed(bench: Bench) -> None:
    request = await a_failure(bench)
    bench.provider.ledger = [debit(bench)]
    await bench.resolve(WRITE_OFF, request)


async def nothing_is_there_to_be_written_off(bench: Bench) -> None:
    request = await people_are_asked(bench)
    await bench.resolve(WRITE_OFF, request)
    bench.provider.unreadable = {"owned"}
    await bench.resolve(WRITE_OFF, request)
    bench.provider.unreadable = {"transactions"}
    await bench.resolve(WRITE_OFF, request)
    bench.provider.unreadable = set()
    await bench.resolve(WRITE_OFF, await a_request(bench, a_listing(number=OTHER)))
    await bench.resolve(WRITE_OFF, await a_purchase(bench, number=THIRD))


async def who_may_not_say_it_or_says_it_too_early_changes_nothing(bench: Bench) -> None:
    request = await a_purchase(bench, LOST)
    for resolution in (BOUGHT, NOT_BOUGHT, LOOK_AGAIN):
        await bench.resolve(resolution, request)
    await bench.resolve(BOUGHT, request, by="U_STRANGER")
    bench.people.list_of_approvers = some_approvers(ASKER)
    await bench.resolve(BOUGHT, request, by=ASKER)
    bench.people.why_not[BOSS] = "deactivated"
    await bench.resolve(BOUGHT, request)
    await bench.resolve(WRITE_OFF, nothing_kept(id="0" * 32))


# an operator


async def _operator_says(bench: Bench, resolution: Resolution, request: PurchaseRequest) -> None:
    """As the command hands it in: of no workspace."""
    await judge(bench)
    by = an_address(OPERATOR, channel=None, at=bench.clock.now())
    act = Resolve(team="", trigger_id=bench.trigger(), by=by, resolution=resolution, request=request.id)
    await bench.take(act)
    await judge(bench)


async def an_operator_says_what_became_of_it(bench: Bench) -> None:
    request = await a_purchase(bench, LOST)
    await _operator_says(bench, NOT_BOUGHT, request)
    bench.provider.unreadable = {"owned"}
    await look(bench, 6)
    bench.provider.unreadable = set()
    await _operator_says(bench, BOUGHT, request)
    await _operator_says(bench, NOT_BOUGHT, request)
    await _operator_says(bench, NOT_BOUGHT, request)


async def an_operator_finds_the_number_ours(bench: Bench) -> None:
    request = await people_are_asked(bench)
    bench.provider.owned_number = an_owned_number()
    await _operator_says(bench, BOUGHT, request)


async def an_operators_word_alone_is_taken(bench: Bench) -> None:
    bench.rules = some_rules(monthly_budget="500 INR")
    await say_without_asking(bench, BOUGHT, await people_are_asked(bench))


async def an_operator_says_alone_that_nothing_was_bought(bench: Bench) -> None:
    await say_without_asking(bench, NOT_BOUGHT, await people_are_asked(bench))
    request = await a_purchase(bench, OWN_500, number=OTHER)
    bench.provider.listing = None
    await look(bench, 6)
    await say_without_asking(bench, NOT_BOUGHT, request)


async def an_operator_says_alone_that_nothing_was_bought_where_a_charge_was_seen(bench: Bench) -> None:
    request = await a_purchase(bench, OWN_500)
    bench.provider.ledger = [debit(bench)]
    await look(bench, 6)
    await say_without_asking(bench, NOT_BOUGHT, request)
