"""Stories of numbers that are asked for, refused, and decided on: by votes, denials, withdrawals and time.

Every reason for a refusal is there, and each form of its evidence.
"""

from datetime import timedelta
from decimal import Decimal

from bot.domain.policy import Decision
from bot.services.letters import CardLetter, Words
from bot.services.ports import Balance
from tests.bot.services.stories.book import (
    GONE,
    LOST,
    MINUTE,
    NOT_FOR_SALE,
    OTHER,
    OTHER_LISTED,
    THIRD,
    THIRD_LISTED,
    TWO_VOTES,
    URL,
    Stories,
    a_failure,
    a_purchase,
    a_request,
    an_approval,
    answer,
    approval_clicked,
    approve,
    ask,
    ask_about,
    ask_again,
    asked_for,
    bars,
    buy,
    click,
    debit,
    deny,
    freeze,
    judged,
    later,
    no_card_can_be_posted,
    rules,
    run,
    says,
    shows,
    slow,
    story,
    sweep,
    switch,
    told,
    withdraw,
)
from tests.harness.builders import ASKER, BOSS, CHIEF, a_listing, some_approvers, some_rules, some_terms
from tests.harness.builders import a_request as nothing_kept
from tests.harness.seen import ours
from tests.harness.swept import DAY, HOUR, TICK

IN_OTHER_SCRIPTS = a_listing(
    "100.50+0.999999 INR",
    country="CO",
    region="Bogotá — बेंगलुरु",
    capabilities=("voice", "sms", "fáx"),
    months=6,
    identity_check=True,
    trial=True,
)
SAYS_NOTHING = a_listing(country=None, region=None, capabilities=None, months=None, identity_check=None, trial=None)
SIMILAR = [a_listing("100+1.50 INR", number=OTHER, region="Bogotá"), a_listing("99.5+1 INR", number=THIRD, region=None)]


THREE_ON_SALE = shows(on_offer=[OTHER_LISTED, THIRD_LISTED])


def _has(available: str, *, may_overdraw: bool = False) -> Balance:
    return Balance(currency="INR", available=Decimal(available), may_overdraw=may_overdraw)


APPROVE, DENY, WITHDRAW = Decision.APPROVE, Decision.DENY, Decision.WITHDRAW
UNKNOWN, UNKNOWN_MESSAGE = "0" * 32, ("C_TEAM", "7.000007")


ASKING: Stories = {
    "a_number_is_asked_for": story(a_request()),
    "a_number_that_binds_is_asked_for_in_other_scripts_and_in_private": story(
        a_request(IN_OTHER_SCRIPTS, reason='für die Hotline 📞 "now" \\ <!channel>', is_private=True, url=URL)
    ),
    "a_number_of_which_the_provider_says_nothing_is_asked_for": story(
        a_request(SAYS_NOTHING, reason=""), a_request(a_listing(number=OTHER, capabilities=(), identity_check=None))
    ),
    "a_number_is_asked_for_while_frozen": story(freeze(), a_request()),
    "a_number_is_asked_for_with_the_terms_that_were_shown_and_its_card_stands_elsewhere": story(
        rules(some_rules(approval_channel="C_APPROVALS", remind_after=None)),
        a_request(digest=some_terms().digest, channel="D_ASKER"),
    ),
    "numbers_are_asked_for_that_the_balance_does_not_cover": story(
        shows(spendable=_has("20.1234567")),
        a_request(),
        shows(spendable=_has("-5.50", may_overdraw=True)),
        a_request(OTHER_LISTED),
        shows(unreadable={"balance"}),
        a_request(THIRD_LISTED),
    ),
    "a_number_is_asked_for_that_too_few_can_approve": story(
        TWO_VOTES,
        says(list_of_approvers=some_approvers(ASKER, BOSS)),
        a_request(),
        shows(spendable=_has("0")),
        says(list_of_approvers=some_approvers()),
        a_request(OTHER_LISTED),
    ),
    "a_small_charge_is_approved_automatically": story(
        rules(some_rules(auto_approve_up_to="101.00 INR", monthly_budget="250 INR")),
        a_request(),
        buy(),
        a_request(a_listing("100.00+1.0 INR", number=OTHER)),
        a_request(THIRD_LISTED),
    ),
    "a_denied_number_is_asked_for_again": story(
        a_request(reason="für die Hotline"),
        deny(),
        later(60),
        shows(listing=a_listing("200+2 INR")),
        ask_again(by=CHIEF, channel="C_OTHER"),
    ),
    "a_similar_number_is_asked_for_instead": story(
        shows(on_offer=SIMILAR),
        an_approval(),
        buy(GONE),
        ask_again(by=BOSS, digest=some_terms("100+1.50 INR", number=OTHER).digest),
    ),
    "several_numbers_are_asked_for_at_once": story(THREE_ON_SALE, TWO_VOTES, ask(also=(OTHER, THIRD))),
    "a_number_of_a_sub_account_is_asked_for": story(shows(account="SA_PART", spendable=None), ask()),
}

REFUSING: Stories = {
    "who_may_not_ask_is_refused": story(
        *(step for why in ("guest", "bot", "deactivated") for step in (bars(ASKER, why), ask())), ask(team="T_OTHER")
    ),
    "nothing_is_asked_for_while_slack_cannot_say_who_asks": story(says(silent=True), asked_for, later(MINUTE), judged),
    "nothing_is_asked_for_in_other_places": story(
        ask(channel="D_ASKER"),
        rules(some_rules(allowed_channels=frozenset({"C_ZAHLEN", "C_NUMBERS"}))),
        ask(channel="C_OTHER"),
    ),
    "what_is_not_for_sale_is_refused": story(
        *(step for listing in NOT_FOR_SALE for step in (shows(listing=listing), ask())), ours, ask()
    ),
    "what_may_not_be_charged_is_refused": story(
        rules(some_rules(max_charge="100.50 INR")), ask(), shows(listing=a_listing("1+1 USD")), ask()
    ),
    "what_was_shown_at_other_terms_is_refused": story(ask(digest=some_terms("1+1 INR").digest)),
    "what_somebody_asked_for_already_is_refused": story(
        a_request(), ask(by=CHIEF), a_request(OTHER_LISTED, is_private=True), ask(e164=OTHER), ask(e164=OTHER, by=CHIEF)
    ),
    "of_several_numbers_none_is_asked_for_when_one_cannot_be": story(
        ask(also=(OTHER, THIRD)), rules(some_rules(max_purchases_per_day=2)), ask(also=(OTHER, THIRD))
    ),
    "what_the_provider_cannot_be_asked_about_is_refused": story(
        shows(unreadable={"find"}), ask(), shows(unreadable=set(), is_silent=True), asked_for, later(9), judged
    ),
    "what_an_earlier_call_may_still_buy_is_refused": story(
        a_failure(), ask(), sweep(), ask(), debit(), sweep(HOUR), ask()
    ),
    "what_is_open_or_bought_or_unknown_is_not_asked_for_again": story(
        a_request(),
        ask_again(),
        lambda bench: bench.ask_again(nothing_kept(id="0" * 32)),
        a_purchase(number=OTHER),
        ask_again(),
        deny(of=0),
        ask_again(of=0, digest="0" * 32),
    ),
    "what_a_lost_call_left_open_is_not_asked_for_again": story(a_purchase(LOST), ask_again(by=CHIEF)),
    "words_that_wait_lose_their_secret": story(
        shows(listing=None), ask(url=URL), later(timedelta(minutes=30)), run(Words)
    ),
}

DECIDING: Stories = {
    "one_approves": story(says(list_of_approvers=some_approvers(BOSS, "S_GRÖSSE")), a_request(), later(20), approve()),
    "two_approve_and_only_votes_of_approvers_count": story(
        rules(some_rules(second_approval_above="100 INR", monthly_budget="250.00 INR")),
        a_request(),
        approve(by=BOSS),
        says(list_of_approvers=some_approvers(CHIEF, "U_THIRD")),
        approve(by=CHIEF),
        approve(by="U_THIRD"),
    ),
    "a_repeated_vote_is_counted_anew": story(
        TWO_VOTES, a_request(), approve(), approve(), rules(some_rules()), approve()
    ),
    "numbers_are_denied_with_words_and_without": story(
        a_request(), deny(reason="zu teuer — नहीं"), an_approval(OTHER_LISTED), deny(by=CHIEF, reason="")
    ),
    "a_request_is_withdrawn_by_whoever_asked": story(a_request(), withdraw(), an_approval(OTHER_LISTED), withdraw()),
    "a_request_is_withdrawn_because_its_card_cannot_be_posted": story(ask(), no_card_can_be_posted, run(CardLetter)),
    "nobody_decides_so_that_they_are_reminded_and_it_expires": story(
        a_request(), later(DAY), judged, later(DAY), judged, later(DAY), judged
    ),
    "an_approval_that_is_not_used_lapses": story(an_approval(), later(15 * MINUTE), judged),
    "an_approval_that_is_used_too_late_buys_nothing": story(an_approval(), later(15 * MINUTE), buy()),
    "what_the_budget_has_no_room_for_is_not_approved": story(
        rules(some_rules(second_approval_above="100 INR", monthly_budget="150.50 INR")),
        a_request(),
        a_request(a_listing("50+0.25 INR", number=OTHER)),
        *(approve(by=by, of=of) for of in (0, 1) for by in (BOSS, CHIEF)),
        a_request(a_listing("3+0 USD", number=THIRD)),
        approve(),
    ),
    "who_may_not_decide_changes_nothing": story(
        a_request(),
        later(20),
        approve(by="U_STRANGER"),
        withdraw(by=BOSS),
        says(list_of_approvers=some_approvers(ASKER)),
        approve(by=ASKER),
        says(list_of_approvers=some_approvers()),
        approve(by=CHIEF),
        *(step for why in ("guest", "bot", "deactivated", "other_workspace") for step in (bars(BOSS, why), approve())),
    ),
    "nobody_decides_while_slack_cannot_say_who_may": story(
        a_request(),
        *(says(silent=True), approval_clicked, later(MINUTE), judged, says(silent=False)),
        *(says(list_is_silent=True), approval_clicked, later(MINUTE), judged, says(list_is_silent=False)),
        *(slow(MINUTE + HOUR), approval_clicked, judged),
    ),
    "who_clicks_on_something_else_than_what_is_there_changes_nothing": story(
        a_request(),
        a_request(OTHER_LISTED),
        click(APPROVE, of=0, message=("C_TEAM", "2.000001")),
        click(APPROVE, of=0, digest=some_terms("1+1 INR").digest),
        click(APPROVE, of=0, digest=None),
        click(DENY, request=UNKNOWN),
        click(WITHDRAW, request=UNKNOWN, team="T_OTHER"),
    ),
    "a_click_on_an_unknown_message_makes_it_a_copy_of_the_card": story(
        a_request(), click(APPROVE, message=UNKNOWN_MESSAGE), click(APPROVE, message=UNKNOWN_MESSAGE)
    ),
    "a_click_tells_where_the_card_stands_before_slack_does": story(ask(), click(DENY, message=UNKNOWN_MESSAGE), told),
    "who_comes_too_late_changes_nothing": story(
        a_request(),
        an_approval(OTHER_LISTED),
        buy(),
        deny(by=CHIEF, of=0),
        *(step for of in (0, 1) for step in (click(APPROVE, of=of), click(DENY, of=of, reason="zu spät"))),
        click(WITHDRAW, by=ASKER),
    ),
    "what_expires_while_it_is_judged_is_not_approved": story(
        a_request(), later(3 * DAY - TICK), judged, slow(TICK), click(APPROVE)
    ),
    "a_day_that_is_full_approves_nothing_more": story(
        rules(some_rules(max_purchases_per_day=1)), an_approval(), a_request(OTHER_LISTED), approve()
    ),
    "a_click_from_before_it_was_asked_again_does_not_count": story(
        an_approval(), approval_clicked, later(30), shows(spendable=_has("0")), buy(), judged
    ),
    "several_numbers_are_decided_on_at_once_and_each_ends_by_itself": story(
        THREE_ON_SALE,
        rules(some_rules(second_approval_above="302 INR", monthly_budget="500 INR")),
        *(ask(also=(OTHER, THIRD)), told),
        *(approve(by=BOSS), approve(by=CHIEF), told),
        *(buy(), buy(GONE)),
        *(shows(spendable=_has("0")), buy(), judged, told),
        click(APPROVE),
        deny(),
    ),
    "several_numbers_are_taken_back_and_their_old_card_decides_nothing_more": story(
        THREE_ON_SALE, *(ask(also=(OTHER,)), told, approve(), switch(), told), click(APPROVE, request="0" * 31 + "3")
    ),
    "who_decides_asks_before_and_is_answered_while_votes_stay": story(
        TWO_VOTES,
        *(a_request(), approve(), freeze()),
        *(ask_about(question="Für wen? — किसके लिए", by=CHIEF), ask_about(), answer(answer="für die Hotline 📞"), told),
        *(freeze(frozen=False), later(MINUTE), approve(by=CHIEF)),
    ),
    "several_numbers_are_asked_about_at_once": story(
        THREE_ON_SALE, *(ask(also=(OTHER, THIRD)), told, ask_about(), answer(), told, deny())
    ),
    "who_may_not_ask_or_answer_changes_nothing": story(
        *(
            a_request(),
            ask_about(by="U_STRANGER"),
            ask_about(digest=some_terms("1+1 INR").digest),
            ask_about(question=""),
        ),
        *(ask_about(), answer(by=CHIEF), answer(question=1), answer(answer="")),
        *(withdraw(), ask_about(), answer()),
    ),
    "nothing_is_approved_while_frozen": story(a_request(), freeze(), later(MINUTE), approve()),
}
