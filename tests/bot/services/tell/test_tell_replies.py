"""Replies in threads, and words to one person alone: told in order, once, or left for an operator.

What may have been delivered already is marked as a repeat, and what certainly was is not delivered again.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.domain import refusals
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.acts import AskForStatus
from bot.services.letters import CardLetter, ReplyTo, Rewrite, StatusList, Words
from bot.services.plans import Purchase
from bot.services.ports import MessageGone, NotDelivered, Undeliverable
from bot.store import cards
from bot.store.lanes import Lane
from bot.work.queue import LeaseLost, Work
from tests.bot.services.tell.failing import fails
from tests.harness.builders import ASKER, BOSS, CHANNEL, CHIEF, TEAM, an_address, some_rules
from tests.harness.swept import TICK
from tests.harness.workbench import Workbench
from tests.harness.worker import LEASE

pytestmark = pytest.mark.sqlite_only("it is about Slack; the store's own tests move cards on both")

URL = "https://hooks.slack.com/commands/T1/1/secret"
HALF_HOUR = timedelta(minutes=30)


async def _denied(bench: Workbench) -> PurchaseRequest:
    """Its card shows that; the reply waits."""
    request = await bench.a_request()
    await bench.deny(request)
    await bench.run(Rewrite)
    return request


async def _bought(bench: Workbench) -> None:
    """Its card shows that; two replies wait."""
    await bench.an_approved_request()
    await bench.run(Purchase)
    await bench.run(Rewrite)


def _told(bench: Workbench) -> list[Event]:
    return [sent.one.entry.event for sent in bench.messenger.took("reply")]


async def test_entries_are_told_in_the_thread_in_their_order_however_far_the_request_has_gone_since(
    bench: Workbench,
) -> None:
    await _bought(bench)
    await bench.deliver()
    approved, purchased = bench.messenger.took("reply")
    assert approved.where == purchased.where == (CHANNEL, "1.000001")
    assert (approved.one.entry.event, approved.one.request.status) == (Event.APPROVED, Status.PURCHASED)
    assert purchased.one.entry == await bench.last(Event.PURCHASED)
    attempt = purchased.one.attempt
    assert attempt is not None
    assert attempt.number is not None
    assert (str(attempt.charged), attempt.number.id) == ("101 INR", "num_1")


async def test_a_reply_that_waits_holds_up_the_later_ones(bench: Workbench) -> None:
    await _bought(bench)
    await fails(bench, ReplyTo, NotDelivered("internal_error"))
    assert not await bench.is_due(Lane.TELL)
    bench.clock.advance(1)
    await bench.deliver()
    assert _told(bench) == [Event.APPROVED, Event.PURCHASED]


async def test_a_reply_that_can_only_fail_is_parked_and_the_next_one_is_told(bench: Workbench) -> None:
    await _bought(bench)
    await fails(bench, ReplyTo, Undeliverable("restricted_action"))
    await bench.deliver()
    assert _told(bench) == [Event.PURCHASED]


async def test_a_reply_to_a_deleted_card_posts_the_card_again_first_as_it_is_then(bench: Workbench) -> None:
    bench.rules = some_rules(second_approval_above="100 INR")
    request = await bench.a_request()
    await bench.approve(request, by=BOSS)
    await bench.run(Rewrite)
    await fails(bench, ReplyTo, MessageGone())
    await bench.approve(request, by=CHIEF)
    await bench.deliver()
    assert [(sent.how, sent.where) for sent in bench.messenger.sent[1:]] == [
        ("post_card", (CHANNEL,)),
        ("reply", (CHANNEL, "1.000001")),
        ("reply", (CHANNEL, "1.000001")),
    ]
    assert bench.messenger.took("post_card")[0].one.request.status is Status.APPROVED
    assert _told(bench) == [Event.VOTED, Event.APPROVED]


async def test_a_reply_to_a_deleted_card_of_a_closed_request_posts_the_card_again_first(bench: Workbench) -> None:
    await _denied(bench)
    await fails(bench, ReplyTo, MessageGone())
    await bench.deliver()
    assert [sent.how for sent in bench.messenger.sent[1:]] == ["post_card", "reply"]


async def test_a_reply_without_a_card_that_can_be_posted_is_parked(bench: Workbench) -> None:
    request = await _denied(bench)
    await bench.store.write(lambda connection: cards.lost(connection, request.card, ts="1.000001"))
    await fails(bench, ReplyTo, Undeliverable("is_archived"))
    assert (await bench.row(ReplyTo)).error == "is_archived"


async def test_a_reply_whose_lease_was_lost_is_left_to_the_other_worker(bench: Workbench) -> None:
    await _denied(bench)
    robbed = await bench.claim(ReplyTo)
    bench.clock.advance(31)
    await bench.claim(ReplyTo)
    with pytest.raises(LeaseLost):
        await bench.do(robbed)
    assert len(await bench.rows(ReplyTo)) == 1


async def _refused(bench: Workbench) -> None:
    """Somebody asked for a number that is not on sale; words to them wait."""
    bench.provider.listing = None
    await bench.ask(by=an_address(at=bench.clock.now(), response_url=URL))


async def test_words_go_to_one_person_alone_by_their_response_url_while_it_lives(bench: Workbench) -> None:
    await _refused(bench)
    bench.clock.advance(HALF_HOUR - TICK)
    await bench.run(Words)
    (said,) = bench.messenger.took("words")
    assert said.words is not None
    assert (said.words.reason, said.words.to.user) == (refusals.NotInInventory.reason, ASKER)
    assert said.words.to.response_url == SecretStr(URL)
    assert not await bench.rows(Words)


@pytest.mark.parametrize("kind", [Words, StatusList])
async def test_a_response_url_is_used_and_kept_for_less_than_thirty_minutes(
    bench: Workbench, kind: type[Words] | type[StatusList]
) -> None:
    bench.provider.listing = None
    by = an_address(at=bench.clock.now(), response_url=URL)
    act = bench.an_ask(by=by) if kind is Words else AskForStatus(team=TEAM, trigger_id="1", by=by, in_home=False)
    await bench.take(act)
    await bench.run(type(act))
    bench.clock.advance(HALF_HOUR)
    await fails(bench, kind, NotDelivered("internal_error"))
    kept = kind.model_validate_json((await bench.row(kind)).payload)
    assert (kept.to.user, kept.to.channel, kept.to.response_url) == (ASKER, CHANNEL, None)
    bench.clock.advance(1)
    await bench.run(kind)
    assert [sent.words for sent in bench.messenger.sent] == [kept if kind is Words else None]


async def test_words_wait_as_long_as_slack_says_and_are_parked_when_they_can_only_fail(bench: Workbench) -> None:
    await _refused(bench)
    await fails(bench, Words, NotDelivered("ratelimited", retry_after=12))
    assert (await bench.row(Words)).not_before == bench.clock.now() + timedelta(seconds=12)
    bench.clock.advance(12)
    await fails(bench, Words, Undeliverable("user_not_found"))
    assert (await bench.row(Words)).error == "user_not_found"


ANSWER_LOST = NotDelivered("timeout", may_have_arrived=True)
NEVER_ARRIVED = NotDelivered("ratelimited", retry_after=1)
WORKER_DIED = None


async def _a_reply_without_a_card(bench: Workbench) -> None:
    """The reply posts the card first, and goes back to wait for itself."""
    request = await _denied(bench)
    await bench.store.write(lambda connection: cards.lost(connection, request.card, ts="1.000001"))


A_CARD, A_REPEATED_CARD = ("post_card", False), ("post_card", True)
A_REPLY, A_REPEATED_REPLY = ("reply", False), ("reply", True)


@pytest.mark.parametrize(
    ("given", "kind", "mishaps", "told"),
    [
        (Workbench.ask, CardLetter, [NEVER_ARRIVED], [A_CARD]),
        (Workbench.ask, CardLetter, [ANSWER_LOST, NEVER_ARRIVED], [A_REPEATED_CARD]),
        (Workbench.ask, CardLetter, [WORKER_DIED, NEVER_ARRIVED], [A_REPEATED_CARD]),
        (_denied, ReplyTo, [NEVER_ARRIVED], [A_REPLY]),
        (_denied, ReplyTo, [ANSWER_LOST, NEVER_ARRIVED], [A_REPEATED_REPLY]),
        (_denied, ReplyTo, [WORKER_DIED, NEVER_ARRIVED], [A_REPEATED_REPLY]),
        (_a_reply_without_a_card, ReplyTo, [ANSWER_LOST, NEVER_ARRIVED], [A_REPEATED_CARD, A_REPLY]),
        (_a_reply_without_a_card, ReplyTo, [WORKER_DIED], [A_REPEATED_CARD, A_REPLY]),
    ],
    ids=[
        "a card that cannot have arrived",
        "a card whose answer was lost",
        "a card whose worker died",
        "a reply that cannot have arrived",
        "a reply whose answer was lost",
        "a reply whose worker died",
        "the card that a reply posts, its answer lost",
        "the card that a reply posts, its worker dead",
    ],
)
async def test_what_may_have_arrived_is_a_repeat_and_stays_one(
    bench: Workbench,
    given: Callable[[Workbench], Awaitable[object]],
    kind: type[Work],
    mishaps: list[NotDelivered | None],
    told: list[tuple[str, bool]],
) -> None:
    await given(bench)
    for mishap in mishaps:
        if mishap is WORKER_DIED:
            await bench.claim(kind)
        else:
            await fails(bench, kind, mishap)
        bench.clock.advance(LEASE)
    await bench.deliver()
    assert [(sent.how, sent.is_repeat) for sent in bench.messenger.sent if sent.how != "rewrite_card"] == told
