"""Stories of purchases, and of calls without a definite answer: looks, what people say of them, an operator's word."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from bot.domain.audit import OPERATOR
from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber, e164
from bot.domain.outcome import Bought, Refusal, Refused, Unknown
from bot.domain.policy import Resolution
from bot.services.acts import Resolve
from bot.services.ports import Balance
from bot.store.lanes import Lane
from tests.bot.services.stories.book import (
    BUDGET,
    GONE,
    LISTED,
    LOST,
    MINUTE,
    NOT_FOR_SALE,
    OTHER,
    OTHER_LISTED,
    THIRD,
    TWO_VOTES,
    Stories,
    a_failure,
    a_purchase,
    a_request,
    an_approval,
    approve,
    bars,
    buy,
    debit,
    freeze,
    it,
    judged,
    later,
    look,
    people_are_asked,
    resolve,
    rules,
    run_due,
    says,
    shows,
    shows_during_the_call,
    step,
    story,
    unread_looks,
    word_alone,
)
from tests.harness.builders import (
    ASKER,
    BOSS,
    CHIEF,
    NOON,
    NUMBER,
    a_listing,
    an_address,
    an_owned_number,
    some_approvers,
    some_rules,
)
from tests.harness.builders import a_request as nothing_kept
from tests.harness.seen import ledger_closed, ours, passing, under_way
from tests.harness.swept import DAY
from tests.harness.workbench import Workbench

TOO_LITTLE = Refused(
    why=Refusal.BALANCE_TOO_LOW, code="INSUFFICIENT_BALANCE", message="top up — रिचार्ज", provider_request_id="req_7"
)
NEEDED, THERE_IS = Money.of("101.00 INR"), Money.of("20.25 INR")
BUSY = Refused(why=Refusal.NOT_EXECUTED, code="rate_limited", message="slow down", retry_after=7.0)
ROUTER = Refused(why=Refusal.NOT_EXECUTED, code="http_404", message="", provider_request_id="req_8")

SIMILAR = [a_listing("100.00+1.50 INR", number=OTHER, region="Bogotá"), a_listing("0+1 INR", number=THIRD, region=None)]

SOLD = Bought(number=an_owned_number(), provider_request_id="req_7")
SOLD_OTHER = Bought(number=an_owned_number("150.50+1.0 INR", number=OTHER, id=None, purchased_at=None))
SOLD_WITH_ALL_THAT_CAN_BE_SAID = Bought(
    number=replace(
        an_owned_number("100.00+1.50 INR", status=None),
        region="Bogotá — बेंगलुरु",
        capabilities=("voice", "fáx"),
        last_billing_at=NOON,
        next_billing_at=NOON + timedelta(days=30, microseconds=7),
        application_id="app_1",
        trunk_group_id="trunk_1",
        tags=("Hotline", "größer"),
    ),
    provider_request_id="req_7",
)

OVER = replace(LOST, call_is_over=True)


def _frozen_during_the_call(bench: Workbench) -> None:
    bench.provider.during_call = bench.freeze


def _slow_before_the_call(bench: Workbench) -> None:
    bench.provider.before_call = passing(bench, 6)


BOUGHT, NOT_BOUGHT, LOOK_AGAIN, WRITE_OFF = Resolution

OWN_500 = Unknown(reason="http_500", message="Interner Fehler — त्रुटि", call_is_over=True)


READS: tuple[dict[str, object], ...] = (
    {"unreadable": {"find"}},
    {"unreadable": {"find", "transactions"}},
    {"unreadable": set(), "ledger": None, "listing": None},
    {"account": "SA_PART", "ledger": []},
    {"account": "MA_STANDIN", "owned_number": an_owned_number(owner="SA_OTHER")},
    {"owned_number": an_owned_number(status="pending_purchase")},
)


@step
async def operator_says(bench: Workbench, resolution: Resolution) -> None:
    """As the command hands it in: of no workspace."""
    await judged(bench)
    by = an_address(OPERATOR, channel=None, at=bench.clock.now())
    request = (await it(bench)).id
    await bench.take(Resolve(team="", trigger_id=bench.trigger(), by=by, resolution=resolution, request=request))
    await judged(bench)


BUYING: Stories = {
    # asked about again
    "the_terms_change_three_times": story(
        an_approval(),
        shows(listing=a_listing("100+2.50 INR", months=12, identity_check=True, trial=None)),
        buy(),
        approve(),
        shows(listing=a_listing("3+1 USD")),
        buy(),
        approve(),
        shows(listing=LISTED),
        buy(),
    ),
    "another_account_would_buy_than_was_approved": story(an_approval(), shows(account="SA_PART"), buy()),
    "the_balance_does_not_cover_it_any_more": story(
        an_approval(),
        shows(spendable=Balance(currency="INR", available=Decimal("100.99999999"), may_overdraw=False)),
        buy(),
    ),
    "the_provider_says_that_the_balance_is_too_low": story(
        an_approval(),
        buy(replace(TOO_LITTLE, required=NEEDED, available=THERE_IS)),
        approve(),
        buy(replace(TOO_LITTLE, required=NEEDED)),
        approve(),
        buy(TOO_LITTLE),
        approve(),
    ),
    "it_is_frozen_right_before_the_call": story(an_approval(), freeze(), buy()),
    "it_is_frozen_during_a_call_that_is_not_executed": story(_frozen_during_the_call, a_purchase(BUSY)),
    "an_automatic_approval_does_not_cover_what_is_read_before_the_call": story(
        rules(some_rules(auto_approve_up_to="101 INR")),
        a_request(),
        shows(listing=a_listing(months=None, trial=None)),
        buy(),
        a_request(OTHER_LISTED),
        rules(some_rules(auto_approve_up_to="100 INR")),
        buy(),
    ),
    "somebody_who_approved_is_no_approver_any_more": story(
        TWO_VOTES,
        a_request(),
        approve(by=BOSS),
        approve(by=CHIEF),
        says(list_of_approvers=some_approvers(CHIEF)),
        later(7),
        buy(),
    ),
    # tried again, and failed
    "a_call_is_not_executed_three_times": story(
        an_approval(), buy(BUSY), later(7), buy(ROUTER), later(7), buy(BUSY), later(7)
    ),
    "a_call_is_dropped_before_its_first_byte": story(an_approval(), _slow_before_the_call, buy()),
    "the_number_is_ours_already": story(an_approval(), under_way, buy()),
    "numbers_are_not_on_sale_any_more": story(
        *(step for listing in NOT_FOR_SALE for step in (an_approval(), shows(listing=listing), buy()))
    ),
    "similar_numbers_are_offered_for_one_that_is_gone": story(
        shows(on_offer=SIMILAR), an_approval(), shows(listing=None), buy(), a_purchase(GONE)
    ),
    "the_provider_refuses_it": story(
        a_purchase(
            Refused(
                why=Refusal.REJECTED,
                code="kyc",
                message="Konto gesperrt: no KYC on file — कृपया “पूरा” करें\n<script>",
                provider_request_id="req_7",
            )
        ),
        a_purchase(Refused(why=Refusal.REJECTED, code="http_403", message="")),
        a_purchase(Refused(why=Refusal.NOT_SENT, code="not_sent", message="not sent: connection")),
        a_purchase(GONE),
    ),
    # made
    "numbers_are_bought": story(
        BUDGET,
        a_purchase(SOLD),
        a_purchase(SOLD_OTHER, number=OTHER),
        a_purchase(Bought(number=OwnedNumber(e164=e164(THIRD))), number=THIRD, fees="1+0.000001 INR"),
    ),
    "a_number_is_bought_with_all_that_the_provider_can_say_of_it": story(a_purchase(SOLD_WITH_ALL_THAT_CAN_BE_SAID)),
    "a_number_is_charged_in_another_currency_than_was_approved": story(
        BUDGET, a_purchase(Bought(number=an_owned_number("2.50+1 USD")))
    ),
    "a_number_that_is_said_not_to_be_there_is_ours_since_the_call": story(
        an_approval(),
        shows_during_the_call(owned_number=an_owned_number()),
        buy(replace(GONE, provider_request_id="req_7")),
    ),
    "a_number_that_an_earlier_call_may_have_bought_is_bought": story(
        a_failure(OVER), a_purchase(replace(SOLD, provider_request_id="req_8"))
    ),
    "a_number_that_is_said_not_to_be_there_was_sold_by_an_earlier_call": story(
        a_failure(OVER), an_approval(), shows_during_the_call(owned_number=an_owned_number()), buy(GONE)
    ),
    "refusals_that_own_numbers_contradict_or_cannot_confirm_are_found_out": story(
        shows_during_the_call(owned_number=an_owned_number(status="pending_purchase", number=NUMBER)),
        a_purchase(GONE),
        shows_during_the_call(owned_number=an_owned_number(status="pending_purchase", number=OTHER)),
        shows(owned_number=None),
        a_purchase(TOO_LITTLE, number=OTHER),
        shows_during_the_call(unreadable={"owned"}),
        shows(owned_number=None),
        a_purchase(GONE, number=THIRD),
        later(15 * MINUTE),
        run_due(Lane.BUY),
    ),
    "two_answers_tell_of_one_sale": story(
        a_purchase(SOLD), a_purchase(replace(SOLD, provider_request_id=None)), look()
    ),
}

FINDING_OUT: Stories = {
    # looks
    "looks_find_the_number_ours": story(
        BUDGET, a_purchase(LOST), shows(owned_number=an_owned_number(None)), debit(amount="119.18 INR"), look()
    ),
    "looks_find_that_it_was_not_bought": story(a_failure(), a_failure(OWN_500, number=OTHER)),
    "the_process_dies_while_a_call_is_out": story(an_approval(), buy(ConnectionError()), later(MINUTE), buy(), look()),
    "looks_show_a_charge_without_the_number_and_then_a_refund": story(
        a_purchase(LOST),
        debit(description=f"DID-Kauf für {NUMBER} — खरीद"),
        debit("txn_2", None, ago=None),
        debit("txn_ö", "1.50 INR", type="did_rental"),
        debit("", "0.000001 USD", reference=NUMBER, description=None),
        look(),
        shows(ledger=[]),
        look(3),
    ),
    "a_charge_is_alerted_without_a_request_id_of_the_provider": story(
        a_purchase(OWN_500), debit(), look(6), later(DAY), judged
    ),
    "looks_that_do_not_tell_leave_it_to_people": story(
        a_purchase(LOST), unread_looks, later(DAY), judged, later(DAY), judged
    ),
    "what_could_not_be_read_or_belongs_to_others_is_told_as_that": story(
        people_are_asked, *(step for read in READS for step in (shows(**read), resolve(LOOK_AGAIN), look(2)))
    ),
    "a_number_is_found_that_another_request_bought": story(
        a_purchase(Bought(number=an_owned_number(), provider_request_id="req_6")), a_purchase(LOST), ours, look()
    ),
    "a_number_is_found_that_another_request_bought_and_both_were_charged": story(
        a_purchase(), a_purchase(LOST), ours, debit("txn_1"), debit("txn_2"), look()
    ),
    # what people say
    "people_say_that_it_was_bought": story(
        people_are_asked, resolve(BOUGHT), ours, resolve(BOUGHT), resolve(LOOK_AGAIN)
    ),
    "people_say_that_it_was_not_bought": story(
        people_are_asked, debit(), resolve(NOT_BOUGHT), ledger_closed, resolve(NOT_BOUGHT), resolve(NOT_BOUGHT)
    ),
    "what_another_request_bought_is_not_said_to_be_this_ones": story(
        a_purchase(), people_are_asked, ours, resolve(BOUGHT)
    ),
    "charges_are_written_off_while_looks_go_on_and_when_people_are_asked": story(
        a_purchase(LOST),
        debit("txn_b"),
        debit("txn_a", None, ago=None),
        look(),
        resolve(WRITE_OFF),
        debit("txn_c"),
        look(5),
        resolve(WRITE_OFF),
        look(2),
    ),
    "a_charge_is_written_off_after_it_failed": story(a_failure(), debit(), resolve(WRITE_OFF)),
    "nothing_is_there_to_be_written_off": story(
        people_are_asked,
        resolve(WRITE_OFF),
        shows(unreadable={"owned"}),
        resolve(WRITE_OFF),
        shows(unreadable={"transactions"}),
        resolve(WRITE_OFF),
        shows(unreadable=set()),
        a_request(OTHER_LISTED),
        resolve(WRITE_OFF),
        a_purchase(number=THIRD),
        resolve(WRITE_OFF),
    ),
    "who_may_not_say_it_or_says_it_too_early_changes_nothing": story(
        a_purchase(LOST),
        *(resolve(resolution) for resolution in (BOUGHT, NOT_BOUGHT, LOOK_AGAIN)),
        resolve(BOUGHT, by="U_STRANGER"),
        says(list_of_approvers=some_approvers(ASKER)),
        resolve(BOUGHT, by=ASKER),
        bars(BOSS, "deactivated"),
        resolve(BOUGHT),
        lambda bench: bench.resolve(WRITE_OFF, nothing_kept(id="0" * 32)),
    ),
    # an operator
    "an_operator_says_what_became_of_it": story(
        a_purchase(LOST),
        operator_says(NOT_BOUGHT),
        unread_looks,
        shows(unreadable=set()),
        operator_says(BOUGHT),
        operator_says(NOT_BOUGHT),
        operator_says(NOT_BOUGHT),
    ),
    "an_operator_finds_the_number_ours": story(people_are_asked, ours, operator_says(BOUGHT)),
    "an_operators_word_alone_is_taken": story(BUDGET, people_are_asked, word_alone(BOUGHT)),
    "an_operator_says_alone_that_nothing_was_bought": story(
        people_are_asked,
        word_alone(NOT_BOUGHT),
        a_purchase(OWN_500, number=OTHER),
        shows(listing=None),
        look(6),
        word_alone(NOT_BOUGHT),
    ),
    "an_operator_says_alone_that_nothing_was_bought_where_a_charge_was_seen": story(
        a_purchase(OWN_500), debit(), look(6), word_alone(NOT_BOUGHT)
    ),
}
