"""What may have been delivered already is marked as a repeat, and what certainly was is not delivered again."""

from collections.abc import Awaitable, Callable

import pytest

from bot.services.letters import CardLetter, ReplyTo
from bot.services.ports import NotDelivered
from bot.store import cards
from bot.work.queue import Lane, Work
from tests.bot.services.tell.failing import fails
from tests.harness.bench import Bench
from tests.harness.worker import LEASE

pytestmark = pytest.mark.sqlite_only("it is about Slack; the store's own tests move cards on both")

ANSWER_LOST = NotDelivered("timeout", may_have_arrived=True)
NEVER_ARRIVED = NotDelivered("ratelimited", retry_after=1)
WORKER_DIED = None


async def _a_reply(bench: Bench) -> None:
    """A reply that is to be told under a card that stands."""
    await bench.deny(await bench.a_request())
    await bench.run(CardLetter)


async def _a_reply_without_a_card(bench: Bench) -> None:
    """The reply posts the card first, and goes back to wait for itself."""
    await _a_reply(bench)
    (request,) = await bench.requests()
    await bench.store.write(lambda connection: cards.lost(connection, request.card))


A_CARD, A_REPEATED_CARD = ("post_card", False), ("post_card", True)
A_REPLY, A_REPEATED_REPLY = ("reply", False), ("reply", True)


@pytest.mark.parametrize(
    ("given", "kind", "mishaps", "told"),
    [
        (Bench.ask, CardLetter, [NEVER_ARRIVED], [A_CARD]),
        (Bench.ask, CardLetter, [ANSWER_LOST, NEVER_ARRIVED], [A_REPEATED_CARD]),
        (Bench.ask, CardLetter, [WORKER_DIED, NEVER_ARRIVED], [A_REPEATED_CARD]),
        (_a_reply, ReplyTo, [NEVER_ARRIVED], [A_REPLY]),
        (_a_reply, ReplyTo, [ANSWER_LOST, NEVER_ARRIVED], [A_REPEATED_REPLY]),
        (_a_reply, ReplyTo, [WORKER_DIED], [A_REPEATED_REPLY]),
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
    bench: Bench,
    given: Callable[[Bench], Awaitable[None]],
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
    await bench.run_due(Lane.TELL)
    assert [(sent.how, sent.is_repeat) for sent in bench.messenger.sent if sent.how != "rewrite_card"] == told
