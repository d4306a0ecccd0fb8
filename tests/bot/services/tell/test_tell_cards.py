"""Cards: posted, rewritten, lost and found again, whatever becomes of Slack's answers."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection

from bot.domain import refusals
from bot.domain.audit import BOT
from bot.domain.policy import Decision
from bot.domain.request import OPEN, PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.acts import Decide
from bot.services.letters import CardLetter, ReplyTo, Rewrite
from bot.services.plans import Purchase
from bot.services.ports import CannotEdit, MessageGone, NotDelivered, Undeliverable
from bot.services.tell.cards import POSTING_IS_AWAITED
from bot.store import cards
from bot.store.lanes import Lane
from bot.work import queue
from bot.work.retry import CannotSucceed, TryLater
from tests.bot.services.tell.failing import fails
from tests.harness.builders import ASKER, BOSS, CHANNEL, CHIEF, a_request, an_address, some_approvers, some_rules
from tests.harness.fakes import nothing
from tests.harness.rows import facts_of
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("it is about Slack; the store's own tests move cards on both")

FIRST, SECOND = "1.000001", "2.000001"


@pytest.fixture
def two_voters(bench: Workbench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")


async def _asked_for(bench: Workbench) -> PurchaseRequest:
    await bench.ask(by=an_address(at=bench.clock.now(), response_url="https://hooks.slack.com/commands/T1/1/secret"))
    (request,) = await bench.requests()
    return request


def _have_it_rewritten(bench: Workbench, request: PurchaseRequest, connection: Connection) -> None:
    cards.rewritten(connection, request.card, shown=0)
    queue.add(connection, Rewrite(), now=bench.clock.now(), request=request.id)


async def _posted_without_an_answer(bench: Workbench) -> PurchaseRequest:
    request = await _asked_for(bench)

    async def lose_the_answer() -> None:
        raise NotDelivered("timeout")

    bench.messenger.before_answer = lose_the_answer
    with pytest.raises(TryLater):
        await bench.run(CardLetter)
    bench.messenger.before_answer = nothing
    return request


async def test_a_first_card_is_posted_and_rewritten_where_it_stands_as_the_database_has_it_then(
    bench: Workbench,
) -> None:
    request = await _asked_for(bench)
    await bench.run(CardLetter)
    (posted,) = bench.messenger.sent
    assert (posted.how, posted.where, posted.one.request) == ("post_card", (CHANNEL,), request)
    (card,) = await bench.cards(request)
    assert (card.ts, card.shown) == (FIRST, request.entry)
    assert not await bench.rows(CardLetter)
    await bench.deny(request)
    await bench.run(Rewrite)
    rewritten = bench.messenger.sent[-1]
    assert (rewritten.how, rewritten.where) == ("rewrite_card", (CHANNEL, FIRST))
    assert (rewritten.one.request.status, rewritten.one.entry.event) == (Status.DENIED, Event.DENIED)


@pytest.mark.usefixtures("two_voters")
async def test_a_card_shows_only_votes_that_counted_and_says_the_same_as_the_thread(bench: Workbench) -> None:
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    bench.people.list_of_approvers = some_approvers(CHIEF, "U_THIRD")
    await bench.approve(request, by=CHIEF)
    await bench.deliver()
    shown = bench.messenger.took("rewrite_card")[-1].one
    assert (shown.voters, shown.votes_needed, shown.approvers) == ((CHIEF,), 2, (BOSS, CHIEF))
    assert facts_of(bench.messenger.took("reply")[-1].one.entry)["voters"] == [CHIEF]
    await bench.approve(request, by="U_THIRD")
    await bench.deliver()
    assert bench.messenger.took("rewrite_card")[-1].one.voters == (CHIEF, "U_THIRD")


@pytest.mark.usefixtures("two_voters")
async def test_a_rewrite_that_a_newer_one_overtook_is_dropped(bench: Workbench) -> None:
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    held = await bench.claim(Rewrite)
    await bench.approve(request, by=CHIEF)
    await bench.do(held)
    assert [sent.one.request.status for sent in bench.messenger.took("rewrite_card")] == [Status.APPROVED]
    await bench.deliver()
    assert len(bench.messenger.took("rewrite_card")) == 1
    assert not await bench.rows(Rewrite)


async def test_a_card_is_as_of_when_it_is_posted(bench: Workbench) -> None:
    request = await _asked_for(bench)
    await bench.withdraw(request)
    await bench.deliver()
    (posted,) = bench.messenger.took("post_card")
    assert posted.one.request.status is Status.WITHDRAWN
    assert not bench.messenger.took("rewrite_card")


@pytest.mark.usefixtures("two_voters")
async def test_a_first_card_that_can_never_be_posted_withdraws_its_request_and_only_its_requester_is_told(
    bench: Workbench,
) -> None:
    request = await _asked_for(bench)
    await bench.approve(request)
    bench.messenger.failures = [Undeliverable("channel_not_found")]
    await bench.run(CardLetter)
    assert (await bench.now(request)).status is Status.WITHDRAWN
    entry = await bench.last(Event.WITHDRAWN)
    assert (entry.actor, facts_of(entry)) == (BOT, {"why": "card_not_posted", "code": "channel_not_found"})
    (words,) = await bench.words()
    assert (words.reason, words.to.user, words.request) == (refusals.CardNotPosted.reason, ASKER, request.id)
    assert words.to.response_url is not None
    await bench.deliver()
    assert [sent.how for sent in bench.messenger.sent] == ["words"]
    assert not await bench.rows(CardLetter, ReplyTo)


async def test_what_was_decided_in_app_home_meanwhile_stays_when_the_first_card_cannot_be_posted(
    bench: Workbench,
) -> None:
    request = await _asked_for(bench)
    await bench.deny(request)
    bench.messenger.failures = [Undeliverable("channel_not_found")]
    await bench.run(CardLetter)
    assert (await bench.now(request)).status is Status.DENIED
    assert not await bench.words()


async def test_a_first_card_is_tried_again_ever_less_often_and_not_before_slack_allows_it(bench: Workbench) -> None:
    request = await _asked_for(bench)
    for pause, asked in ((1, None), (2, None), (30.5, 30.5)):
        await fails(bench, CardLetter, NotDelivered("internal_error", retry_after=asked))
        assert (await bench.row(CardLetter)).not_before == bench.clock.now() + timedelta(seconds=pause)
        bench.clock.advance(pause)
    await bench.run(CardLetter)
    assert (await bench.now(request)).status is Status.PENDING
    assert len(bench.messenger.took("post_card")) == 1


async def test_a_rewrite_that_can_only_fail_is_parked_and_the_next_change_is_delivered_when_it_can_be(
    bench: Workbench,
) -> None:
    request = await bench.an_approved_request()
    await fails(bench, Rewrite, Undeliverable("is_archived"))
    row = await bench.row(Rewrite)
    assert (row.parked_at, row.error) == (bench.clock.now(), "is_archived")
    await bench.deny(request)
    await bench.deliver()
    assert bench.messenger.took("rewrite_card")[-1].one.request.status is Status.DENIED


async def test_a_card_of_a_request_that_is_not_there_is_parked(bench: Workbench) -> None:
    await bench.store.write(
        lambda connection: queue.add(connection, Rewrite(), now=bench.clock.now(), request=a_request().id)
    )
    with pytest.raises(CannotSucceed):
        await bench.run(Rewrite)


@pytest.mark.parametrize("status", Status)
async def test_the_deleted_card_of_an_open_request_is_posted_again_and_a_closed_ones_is_not(
    bench: Workbench, status: Status
) -> None:
    request = await bench.a_request(a_request(status=status))

    await bench.store.write(partial(_have_it_rewritten, bench, request))
    bench.messenger.failures = [MessageGone()]
    await bench.deliver()
    assert [sent.how for sent in bench.messenger.sent] == (["post_card"] if status in OPEN else [])
    (card,) = await bench.cards(request)
    assert (card.ts, card.shown) == (FIRST, request.entry)
    assert not await bench.rows(CardLetter)


async def test_nothing_is_bought_between_the_loss_of_a_card_and_its_new_posting(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    bench.messenger.failures = [MessageGone()]
    await bench.run(Rewrite)
    with pytest.raises(TryLater):
        await bench.run(Purchase)
    await bench.deliver()
    bench.clock.advance(1)
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED


@pytest.mark.usefixtures("two_voters")
async def test_copies_are_rewritten_with_their_card_and_a_deleted_one_is_not_posted_again(bench: Workbench) -> None:
    request = await bench.a_request()
    await bench.approve(request, by=BOSS, message=(CHANNEL, "7.000007"))
    await bench.deliver()
    rewritten = [sent.where for sent in bench.messenger.took("rewrite_card")]
    assert rewritten == [(CHANNEL, FIRST), (CHANNEL, "7.000007")]
    await bench.approve(request, by=CHIEF)
    bench.messenger.failures = [None, MessageGone()]
    await bench.run(Rewrite)
    assert not bench.messenger.took("post_card")
    assert not await bench.rows(CardLetter, Rewrite)


async def test_a_card_clicked_before_slack_answered_its_posting_is_not_posted_twice(bench: Workbench) -> None:
    request = await _asked_for(bench)

    async def click() -> None:
        bench.messenger.before_answer = nothing
        await bench.approve(request, message=(CHANNEL, FIRST))

    bench.messenger.before_answer = click
    await bench.deliver()
    assert (await bench.now(request)).status is Status.APPROVED
    assert [(card.ts, card.copy_of) for card in await bench.cards(request)] == [(FIRST, None)]
    assert [sent.how for sent in bench.messenger.sent] == ["post_card", "reply", "rewrite_card"]


async def test_a_card_whose_posting_was_never_answered_is_known_from_its_first_click(bench: Workbench) -> None:
    request = await _posted_without_an_answer(bench)
    await bench.approve(request, message=(CHANNEL, FIRST))
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED
    bench.clock.advance(1)
    await bench.deliver()
    assert len(bench.messenger.took("post_card")) == 1
    assert bench.messenger.took("rewrite_card")[-1].where == (CHANNEL, FIRST)


@pytest.mark.usefixtures("two_voters")
@pytest.mark.parametrize("clicked", [{BOSS: FIRST}, {BOSS: FIRST, CHIEF: SECOND}], ids=["the first", "both"])
async def test_of_two_postings_that_were_clicked_before_the_answer_to_the_second_that_is_a_copy_known_once(
    bench: Workbench, clicked: dict[str, str]
) -> None:
    request = await _posted_without_an_answer(bench)

    async def click() -> None:
        for voter, ts in clicked.items():
            await bench.approve(request, by=voter, message=(CHANNEL, ts))

    bench.messenger.before_answer = click
    bench.clock.advance(1)
    await bench.deliver()
    assert {card.ts: card.copy_of for card in await bench.cards(request)} == {FIRST: None, SECOND: request.card}
    rewritten = {sent.where for sent in bench.messenger.took("rewrite_card")}
    assert rewritten == {(CHANNEL, FIRST), (CHANNEL, SECOND)}


async def test_a_second_posting_is_not_left_as_it_was_when_the_first_ended_its_request_before_the_answer_to_it(
    bench: Workbench,
) -> None:
    request = await _posted_without_an_answer(bench)

    async def withdraw() -> None:
        bench.messenger.before_answer = nothing
        await bench.click(Decision.WITHDRAW, request, by=ASKER, message=(CHANNEL, FIRST))
        await bench.run(Decide)
        await bench.run_due(Lane.SHOW)

    bench.messenger.before_answer = withdraw
    bench.clock.advance(1)
    await bench.deliver()
    shown = {sent.where: sent.one.request.status for sent in bench.messenger.took("rewrite_card")}
    assert shown == {(CHANNEL, FIRST): Status.WITHDRAWN, (CHANNEL, SECOND): Status.WITHDRAWN}


async def test_a_click_in_another_channel_does_not_say_where_the_card_stands(bench: Workbench) -> None:
    request = await _asked_for(bench)
    await bench.approve(request, message=("C_OTHER", FIRST))
    assert [(card.channel, card.ts) for card in await bench.cards(request)] == [(CHANNEL, None), ("C_OTHER", FIRST)]


async def test_no_reply_waits_for_a_card_that_cannot_be_rewritten_and_they_keep_their_order(bench: Workbench) -> None:
    request = await bench.an_approved_request()
    await fails(bench, Rewrite, NotDelivered("internal_error", may_have_arrived=True))
    bench.clock.advance(1)
    await fails(bench, Rewrite, NotDelivered("ratelimited", retry_after=25))
    await bench.run(Purchase)
    await bench.run_due(Lane.TELL)
    assert [sent.one.entry.event for sent in bench.messenger.took("reply")] == [Event.APPROVED, Event.PURCHASED]
    assert not bench.messenger.took("rewrite_card")
    bench.clock.advance(25)
    await bench.deliver()
    assert [sent.one.request.status for sent in bench.messenger.took("rewrite_card")] == [Status.PURCHASED]
    assert (await bench.now(request)).status is Status.PURCHASED


@pytest.mark.parametrize("moved", ["while it is posted", "while it is rewritten"])
async def test_a_card_shows_what_happened_while_slack_was_writing_it(bench: Workbench, moved: str) -> None:
    request = await (_asked_for(bench) if moved == "while it is posted" else bench.an_approved_request())

    async def meanwhile() -> None:
        bench.messenger.before_answer = nothing
        await bench.withdraw(request)
        await bench.run_due(Lane.SHOW)

    bench.messenger.before_answer = meanwhile
    await bench.deliver()
    assert bench.messenger.took("rewrite_card")[-1].one.request.status is Status.WITHDRAWN
    assert not await bench.rows(CardLetter, Rewrite)


@pytest.mark.parametrize("status", [Status.PENDING, Status.APPROVED, Status.PURCHASING, Status.CHECKING])
async def test_an_open_requests_card_that_slack_lets_nobody_edit_is_posted_anew_and_the_old_one_is_a_copy(
    bench: Workbench, status: Status
) -> None:
    request = await bench.a_request(a_request(status=status), ts="9.000009")
    await bench.store.write(partial(_have_it_rewritten, bench, request))
    bench.messenger.failures = [CannotEdit("edit_window_closed")]
    await bench.deliver()
    assert [sent.how for sent in bench.messenger.sent] == ["post_card"]
    assert {card.ts: card.copy_of for card in await bench.cards(request)} == {FIRST: None, "9.000009": request.card}
    assert not await bench.rows(CardLetter, Rewrite)


@pytest.mark.usefixtures("two_voters")
async def test_the_old_copy_of_a_card_that_could_not_be_edited_refuses_what_the_present_one_would(
    bench: Workbench,
) -> None:
    request = await bench.a_request(ts="9.000009")
    await bench.approve(request, by=BOSS)
    bench.messenger.failures = [None, CannotEdit("cant_update_message")]
    await bench.deliver()
    await bench.approve(request, by=CHIEF)
    await bench.approve(request, by=CHIEF, message=(CHANNEL, "9.000009"))
    assert (await bench.refusal(Event.DECISION_REFUSED))[0] == refusals.NoLongerPossible.reason


async def test_what_ended_is_said_in_the_thread_of_a_card_that_nobody_may_edit_and_nothing_is_tried_again(
    bench: Workbench,
) -> None:
    request = await bench.a_request()
    await bench.deny(request)
    bench.messenger.failures = [None, CannotEdit("edit_window_closed")]
    await bench.deliver()
    assert [(sent.how, sent.one.entry.event) for sent in bench.messenger.sent] == [("reply", Event.DENIED)]
    assert not await bench.rows(CardLetter, Rewrite, ReplyTo)


async def test_a_number_that_is_already_requested_is_answered_when_its_deleted_card_stands_again(
    bench: Workbench,
) -> None:
    request = await bench.a_request()
    await bench.ask(by=an_address(CHIEF, at=bench.clock.now()))
    bench.messenger.failures = [MessageGone()]
    await bench.deliver()
    assert [sent.how for sent in bench.messenger.sent] == ["post_card"]
    assert [card.ts for card in await bench.cards(request)] == [FIRST]
    bench.clock.advance(1)
    await bench.deliver()
    (told,) = bench.messenger.took("words")
    assert told.words is not None
    assert told.words.reason == refusals.AlreadyRequested.reason
    assert len(bench.messenger.took("post_card")) == 1


@pytest.mark.parametrize("refused", [NotDelivered("internal_error"), Undeliverable("is_archived")])
async def test_whoever_asks_for_a_requested_number_is_answered_though_nobody_knows_whether_its_card_stands(
    bench: Workbench, refused: Exception
) -> None:
    await bench.a_request()
    await bench.ask(by=an_address(CHIEF, at=bench.clock.now()))
    bench.messenger.failures = [refused]
    await bench.deliver()
    assert [sent.how for sent in bench.messenger.sent] == ["words"]


async def test_whoever_asks_for_a_requested_number_is_answered_though_its_card_can_not_be_posted(
    bench: Workbench,
) -> None:
    await bench.a_request()
    await bench.ask(by=an_address(CHIEF, at=bench.clock.now()))
    bench.messenger.failures = [MessageGone(), Undeliverable("is_archived")]
    for _ in range(POSTING_IS_AWAITED):
        await bench.deliver()
        bench.clock.advance(60)
    assert [sent.how for sent in bench.messenger.sent] == ["words"]
