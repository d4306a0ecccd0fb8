"""Replies in threads, and words to one person alone: told in order, once, or left for an operator."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.domain import refusals
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.letters import CardLetter, ReplyTo, StatusList, Words
from bot.services.plans import Purchase
from bot.services.ports import MessageGone, NotDelivered, Undeliverable
from bot.store import cards
from bot.work.queue import Lane, LeaseLost
from bot.work.retry import CannotSucceed, TryLater
from tests.harness.bench import Bench
from tests.harness.builders import ASKER, BOSS, CHANNEL, CHIEF, an_address, some_rules

pytestmark = pytest.mark.sqlite_only("it is about Slack; the store's own tests move cards on both")

URL = "https://hooks.slack.com/commands/T1/1/secret"


async def _refused(bench: Bench, url: str | None = URL) -> None:
    """Somebody asked for a number that is not on sale; words to them wait."""
    bench.provider.listing = None
    await bench.ask(by=an_address(at=bench.clock.now(), response_url=url))


async def _lost(bench: Bench, request: PurchaseRequest) -> None:
    """Its card is known to be gone, and nothing is about to post it."""
    await bench.store.write(lambda connection: cards.lost(connection, request.card))


async def test_an_entry_is_told_in_the_thread_of_its_card(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.deny(request)
    await bench.run_due(Lane.TELL)
    (reply,) = bench.messenger.took("reply")
    assert reply.where == (CHANNEL, "1.000001")
    assert reply.one.entry == await bench.last(Event.DENIED)
    assert reply.one.request.status is Status.DENIED


async def test_replies_come_in_the_order_of_what_they_tell(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    await bench.approve(request, by=CHIEF)
    await bench.run(Purchase)
    await bench.run_due(Lane.TELL)
    told = [sent.one.entry.event for sent in bench.messenger.took("reply")]
    assert told == [Event.VOTED, Event.APPROVED, Event.PURCHASED]


async def test_a_reply_that_waits_holds_up_the_later_ones(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.approve(request)
    await bench.run(Purchase)
    await bench.run(CardLetter)
    bench.messenger.failures = [NotDelivered("internal_error")]
    with pytest.raises(TryLater):
        await bench.run(ReplyTo)
    assert not await bench.is_due(Lane.TELL)
    bench.clock.advance(1)
    await bench.run_due(Lane.TELL)
    assert [sent.one.entry.event for sent in bench.messenger.took("reply")] == [Event.APPROVED, Event.PURCHASED]


async def test_a_reply_tells_its_entry_however_far_the_request_has_gone_since(bench: Bench) -> None:
    await bench.an_approved_request()
    await bench.run(Purchase)
    await bench.run_due(Lane.TELL)
    first = bench.messenger.took("reply")[0].one
    assert (first.entry.event, first.request.status) == (Event.APPROVED, Status.PURCHASED)


async def test_the_outcomes_reply_has_what_the_provider_returned(bench: Bench) -> None:
    await bench.an_approved_request()
    await bench.run(Purchase)
    await bench.run_due(Lane.TELL)
    attempt = bench.messenger.took("reply")[-1].one.attempt
    assert attempt is not None
    assert attempt.number is not None
    assert (str(attempt.charged), attempt.number.id) == ("101 INR", "num_1")


async def test_a_reply_to_a_deleted_card_of_an_open_request_posts_the_card_again_first(bench: Bench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    await bench.run(CardLetter)
    bench.messenger.failures = [MessageGone()]
    with pytest.raises(TryLater):
        await bench.run(ReplyTo)
    await bench.approve(request, by=CHIEF)
    await bench.run_due(Lane.TELL)
    assert [(sent.how, sent.where) for sent in bench.messenger.sent[1:]] == [
        ("post_card", (CHANNEL,)),
        ("reply", (CHANNEL, "1.000001")),
        ("reply", (CHANNEL, "1.000001")),
    ]
    assert bench.messenger.took("post_card")[0].one.request.status is Status.APPROVED
    assert [sent.one.entry.event for sent in bench.messenger.took("reply")] == [Event.VOTED, Event.APPROVED]


async def test_a_reply_to_a_deleted_card_of_a_closed_request_posts_the_card_again_first(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.deny(request)
    await bench.run(CardLetter)
    bench.messenger.failures = [MessageGone()]
    with pytest.raises(TryLater):
        await bench.run(ReplyTo)
    await bench.run_due(Lane.TELL)
    assert [sent.how for sent in bench.messenger.sent[1:]] == ["post_card", "reply"]


async def test_a_reply_without_a_card_that_can_be_posted_is_parked(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.deny(request)
    await bench.run(CardLetter)
    await _lost(bench, request)
    bench.messenger.failures = [Undeliverable("is_archived")]
    with pytest.raises(CannotSucceed):
        await bench.run(ReplyTo)
    assert (await bench.row(ReplyTo)).error == "is_archived"


async def test_a_reply_that_can_only_fail_is_parked_and_the_next_one_is_told(bench: Bench) -> None:
    await bench.an_approved_request()
    await bench.run(Purchase)
    await bench.run(CardLetter)
    bench.messenger.failures = [Undeliverable("restricted_action")]
    with pytest.raises(CannotSucceed):
        await bench.run(ReplyTo)
    await bench.run_due(Lane.TELL)
    assert [sent.one.entry.event for sent in bench.messenger.took("reply")] == [Event.PURCHASED]


async def test_a_reply_whose_lease_was_lost_is_left_to_the_other_worker(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.deny(request)
    await bench.run(CardLetter)
    robbed = await bench.claim(ReplyTo)
    bench.clock.advance(31)
    await bench.claim(ReplyTo)
    with pytest.raises(LeaseLost):
        await bench.do(robbed)
    assert len(await bench.rows(ReplyTo)) == 1


async def test_words_go_to_one_person_alone(bench: Bench) -> None:
    await _refused(bench)
    await bench.run(Words)
    (said,) = bench.messenger.took("words")
    assert said.words is not None
    assert (said.words.reason, said.words.to.user) == (refusals.NotInInventory.reason, ASKER)
    assert said.words.to.response_url == SecretStr(URL)
    assert not await bench.rows(Words)


async def test_a_response_url_is_used_and_kept_for_less_than_thirty_minutes(bench: Bench) -> None:
    await _refused(bench)
    bench.clock.advance(timedelta(minutes=30))
    bench.messenger.failures = [NotDelivered("internal_error")]
    with pytest.raises(TryLater):
        await bench.run(Words)
    kept = Words.model_validate_json((await bench.row(Words)).payload)
    assert (kept.to.user, kept.to.channel, kept.to.response_url) == (ASKER, CHANNEL, None)
    bench.clock.advance(1)
    await bench.run(Words)
    assert [sent.words for sent in bench.messenger.took("words")] == [kept]


async def test_right_before_that_it_is_still_used(bench: Bench) -> None:
    await _refused(bench)
    bench.clock.advance(timedelta(minutes=30) - timedelta(microseconds=1))
    await bench.run(Words)
    (said,) = bench.messenger.took("words")
    assert said.words is not None
    assert said.words.to.response_url == SecretStr(URL)


async def test_words_that_slack_will_not_take_yet_wait_as_long_as_it_says(bench: Bench) -> None:
    await _refused(bench)
    bench.messenger.failures = [NotDelivered("ratelimited", retry_after=12)]
    with pytest.raises(TryLater):
        await bench.run(Words)
    assert (await bench.row(Words)).not_before == bench.clock.now() + timedelta(seconds=12)


async def test_words_that_can_only_fail_are_parked(bench: Bench) -> None:
    await _refused(bench)
    bench.messenger.failures = [Undeliverable("user_not_found")]
    with pytest.raises(CannotSucceed):
        await bench.run(Words)
    assert (await bench.row(Words)).error == "user_not_found"


async def test_a_list_that_waited_too_long_loses_its_response_url_too(bench: Bench) -> None:
    await bench.ask_for_status()
    row = await bench.row(StatusList)
    assert StatusList.model_validate_json(row.payload).to.user == ASKER
    bench.clock.advance(timedelta(minutes=30))
    await bench.run(StatusList)
    assert len(bench.messenger.took("status_list")) == 1
