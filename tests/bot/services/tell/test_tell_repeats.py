"""What may have been delivered already is marked as a repeat, and what certainly was is not delivered again."""

import pytest

from bot.domain.request import PurchaseRequest
from bot.services.letters import CardLetter, ReplyTo
from bot.services.ports import NotDelivered
from bot.store import cards
from bot.work.queue import Work
from bot.work.retry import TryLater
from tests.harness.bench import Bench
from tests.harness.worker import LEASE

pytestmark = pytest.mark.sqlite_only("it is about Slack; the store's own tests move cards on both")

ANSWER_LOST = NotDelivered("timeout", may_have_arrived=True)
NEVER_ARRIVED = NotDelivered("ratelimited", retry_after=1)


async def _a_first_card(bench: Bench) -> PurchaseRequest:
    """A card that is to be posted."""
    await bench.ask()
    (request,) = await bench.requests()
    return request


async def _a_reply(bench: Bench) -> PurchaseRequest:
    """A reply that is to be told under a card that stands."""
    request = await bench.a_request()
    await bench.deny(request)
    await bench.run(CardLetter)
    return request


async def _a_reply_without_a_card(bench: Bench) -> PurchaseRequest:
    request = await _a_reply(bench)
    await bench.store.write(lambda connection: cards.lost(connection, request.card))
    return request


async def _fails(bench: Bench, kind: type[Work], reason: NotDelivered) -> None:
    bench.messenger.failures = [reason]
    with pytest.raises(TryLater):
        await bench.run(kind)
    bench.clock.advance(60)


async def _dies(bench: Bench, kind: type[Work]) -> None:
    """A worker claims it, and nobody hears of it again."""
    await bench.claim(kind)
    bench.clock.advance(LEASE)


async def _posts_the_card(bench: Bench) -> None:
    """A reply posts its card first, and goes back to wait for itself."""
    with pytest.raises(TryLater):
        await bench.run(ReplyTo)


def _repeats(bench: Bench, how: str) -> list[bool]:
    return [sent.is_repeat for sent in bench.messenger.took(how)]


async def test_a_card_is_a_repeat_once_the_answer_to_it_was_lost_and_stays_one(bench: Bench) -> None:
    await _a_first_card(bench)
    await _fails(bench, CardLetter, ANSWER_LOST)
    await _fails(bench, CardLetter, NEVER_ARRIVED)
    await bench.run(CardLetter)
    assert _repeats(bench, "post_card") == [True]


async def test_a_card_that_cannot_have_arrived_is_no_repeat(bench: Bench) -> None:
    await _a_first_card(bench)
    await _fails(bench, CardLetter, NEVER_ARRIVED)
    await bench.run(CardLetter)
    assert _repeats(bench, "post_card") == [False]


async def test_a_card_whose_worker_died_is_a_repeat_and_stays_one(bench: Bench) -> None:
    await _a_first_card(bench)
    await _dies(bench, CardLetter)
    await _fails(bench, CardLetter, NEVER_ARRIVED)
    await bench.run(CardLetter)
    assert _repeats(bench, "post_card") == [True]


async def test_a_reply_is_a_repeat_once_the_answer_to_it_was_lost_and_stays_one(bench: Bench) -> None:
    await _a_reply(bench)
    await _fails(bench, ReplyTo, ANSWER_LOST)
    await _fails(bench, ReplyTo, NEVER_ARRIVED)
    await bench.run(ReplyTo)
    assert _repeats(bench, "reply") == [True]


async def test_a_reply_whose_worker_died_is_a_repeat(bench: Bench) -> None:
    await _a_reply(bench)
    await _dies(bench, ReplyTo)
    await bench.run(ReplyTo)
    assert _repeats(bench, "reply") == [True]


async def test_a_card_that_a_reply_has_to_post_is_a_repeat_once_the_answer_to_it_was_lost_and_the_reply_is_none(
    bench: Bench,
) -> None:
    await _a_reply_without_a_card(bench)
    await _fails(bench, ReplyTo, ANSWER_LOST)
    await _fails(bench, ReplyTo, NEVER_ARRIVED)
    await _posts_the_card(bench)
    await bench.run(ReplyTo)
    assert (_repeats(bench, "post_card"), _repeats(bench, "reply")) == ([True], [False])


async def test_a_card_that_a_reply_has_to_post_is_a_repeat_when_its_worker_died(bench: Bench) -> None:
    await _a_reply_without_a_card(bench)
    await _dies(bench, ReplyTo)
    await _posts_the_card(bench)
    await bench.run(ReplyTo)
    assert (_repeats(bench, "post_card"), _repeats(bench, "reply")) == ([True], [False])
