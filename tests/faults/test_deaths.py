"""A process that dies anywhere between what somebody does and the last word of it: the next one keeps the promise."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.sandbox.slack import Done, Outcome
from bot.sandbox.slack.example import ASHA, FINANCE, MEERA, NUMBERS
from bot.sandbox.vobiz import Mood, ReadMood
from tests.faults.lives import Story, a_process, lives
from tests.faults.scenes import Scene, a_moment, a_scene
from tests.harness.office import BENGALURU, buttons
from tests.harness.timeline import TimedOffice

# how everything stands before


async def nothing_was_asked(timed: TimedOffice) -> None:
    """The trail has entries: the database is not one that begins."""
    await timed.office.ask("freeze", by=MEERA, channel=FINANCE)
    await timed.rest()
    await timed.office.ask("unfreeze", by=MEERA, channel=FINANCE)


async def a_card_stands(timed: TimedOffice) -> None:
    await timed.office.a_card()


async def it_was_called(timed: TimedOffice, mood: Mood) -> None:
    """A purchase was made, and its answer did not say what came of it."""
    card = await timed.office.a_card()
    timed.office.vobiz.next_purchase(mood)
    await timed.office.approve(card)
    await timed.office.vobiz.purchase_call()


async def people_are_asked(timed: TimedOffice) -> None:
    """It was sold, and own numbers could not be read for an hour; now they can."""
    await it_was_called(timed, Mood.SOLD_ANSWER_LOST)
    timed.office.vobiz.every_read(ReadMood.UNAVAILABLE_503, route="own_numbers")
    await timed.rest()
    await timed.live(timedelta(minutes=45))
    timed.office.vobiz.reads_recover()


async def money_is_gone(timed: TimedOffice) -> None:
    """It was charged without a number, and approvers know."""
    await it_was_called(timed, Mood.DEBIT_ONLY)
    await timed.rest()
    await timed.live(10)


async def it_is_sold_late(timed: TimedOffice) -> None:
    """The provider acts on the call when the bot has long said that nothing was bought."""
    await it_was_called(timed, Mood.COMMITS_LATE)
    await timed.rest()
    await timed.live(timedelta(minutes=58))
    await timed.office.vobiz.release()


# what somebody does then


async def ask(scene: Scene) -> Outcome:
    return await scene.office.ask(f"{BENGALURU} for the support line")


async def click(scene: Scene, action: str) -> Outcome:
    """Unless the card shows that the click was kept."""
    (card,) = scene.slack.messages(NUMBERS)
    return await scene.slack.click(MEERA, card.ts, action) if action in buttons(card) else Done()


async def wait(_: Scene) -> Outcome:
    return Done()


approve = partial(click, action="approve")

THE_RECORD = "before the commit of record"  # before it nothing depends on what the provider will do

A_LOOK_OR_TWO = timedelta(seconds=10)  # after the call; later looks are like them


def an_approval(mood: Mood, *, ends: str, since: str = THE_RECORD) -> Story:
    return Story(
        until=a_card_stands,
        by=MEERA,
        act=approve,
        ends=ends,
        prepare=lambda scene: scene.vobiz.next_purchase(mood),
        since=since,
        needs_a_call=True,
        lives=A_LOOK_OR_TWO,
    )


STORIES = {
    "on the way to a card": Story(until=nothing_was_asked, by=ASHA, act=ask, ends="pending"),
    "on the way to words": Story(until=a_card_stands, by=ASHA, act=ask, ends="pending"),
    "anywhere on the way to a number that is sold": an_approval(Mood.NORMAL, ends="purchased", since=""),
    "around a sale whose answer is lost": an_approval(Mood.SOLD_ANSWER_LOST, ends="purchased"),
    "around a call that is refused": an_approval(Mood.REFUSED_422, ends="failed"),
    "around a call that the provider fails at": an_approval(Mood.OWN_500, ends="failed"),
    "after a person said that it was bought": Story(
        until=people_are_asked, by=MEERA, act=partial(click, action="resolve_bought"), ends="purchased"
    ),
    "after a person wrote the charge off": Story(
        until=money_is_gone,
        by=MEERA,
        act=partial(click, action="write_off"),
        ends="failed",
        lives=timedelta(seconds=8),
        then=timedelta(hours=3),
    ),
    "while the sweep finds a late sale": Story(
        until=it_is_sold_late,
        by=MEERA,
        act=wait,
        acts=0,
        ends="purchased",
        lives=timedelta(minutes=3),
        then=timedelta(hours=2),
    ),
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
async def test_whoever_takes_over_from_the_dead_keeps_the_promise(tmp_path: Path, story: Story) -> None:
    found = await lives(tmp_path, story)
    assert [life for life in found if life.complaints] == []
    assert found[0].ended_as == story.ends
    ends_uncalled = "failed" if story.needs_a_call else story.ends
    assert [life for life in found if life.ended_as != (story.ends if life.calls else ends_uncalled)] == []
    assert [life for life in found if life.sales != (life.ended_as == "purchased")] == []
    assert [life.dies_at for life in found if life.cards > 1 and "chat.postMessage" not in life.dies_at] == []
    # a death at nearly every point: what two lanes say at one moment may be said as one
    points = {life.dies_at for life in found if life.dies_at}
    assert len({life.dies_at for life in found if life.has_died}) >= 0.8 * len(points) - 1


async def a_basket_stands(timed: TimedOffice) -> None:
    await timed.office.a_card(f"{BENGALURU}, +91 80 6900 0187, +91 80 6900 0231 for the office")


async def test_whoever_takes_over_a_basket_keeps_the_promise_for_each_of_it(tmp_path: Path) -> None:
    story = Story(
        until=a_basket_stands,
        by=MEERA,
        act=approve,
        ends="purchased",
        prepare=lambda scene: scene.vobiz.next_purchase(Mood.REFUSED_422),
        since="before the commit of record (2)",
        lives=A_LOOK_OR_TWO,
    )
    found = await lives(tmp_path, story)
    assert [life for life in found if life.complaints or life.cards > 1] == []
    assert (found[0].calls, found[0].sales) == (3, 2)


@pytest.mark.parametrize("sold_after", [None, 0, 3, 600])
async def test_what_the_provider_sells_so_long_after_a_process_died_with_its_call_out_is_found_out(
    tmp_path: Path, sold_after: float | None
) -> None:
    moment = await a_moment(tmp_path / "moment", a_card_stands)
    async with a_scene(tmp_path / "life", moment) as scene:
        scene.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
        async with a_process(scene, lives=timedelta(seconds=100)) as process:
            assert await approve(scene) == Done()
            await scene.vobiz.purchase_call()
            await process.kill()
        await scene.restart(scene.clock.now())
        if sold_after is not None:
            await scene.live(sold_after)
            await scene.vobiz.release()
        await scene.live(timedelta(hours=3))
        assert await scene.complaints(acknowledged={MEERA: 1}, done={MEERA: 1}) == []
        request = await scene.request()
        assert request is not None
        assert request.status == ("failed" if sold_after is None else "purchased")
        assert len(scene.vobiz.purchase_calls) == 1
