"""A process that dies anywhere between the click on Approve and the last delivery: bought once or not at all."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.sandbox.slack import Done, Outcome
from bot.sandbox.slack.example import MEERA, NUMBERS
from bot.sandbox.vobiz import Mood
from tests.faults.lives import Keep, Story, lives, most_died, wrong
from tests.faults.processes import a_process
from tests.faults.scenes import Scene, a_moment, a_scene
from tests.harness.office import buttons
from tests.harness.timeline import TimedOffice

THE_RECORD = "before the commit of record"
"""Before it nothing depends on what the provider will do."""


async def a_card_stands(timed: TimedOffice) -> None:
    await timed.office.a_card()


async def approve(scene: Scene) -> Outcome:
    """Unless the card shows that the click was kept."""
    (card,) = scene.slack.messages(NUMBERS)
    return await scene.office.approve(card) if "approve" in buttons(card) else Done()


A_LOOK_OR_TWO = timedelta(seconds=10)
"""After the call; later looks are like them."""


async def an_approval(folder: Path, mood: Mood) -> Story:
    moment = await a_moment(folder / "moment", a_card_stands)
    return Story(
        moment=moment, by=MEERA, act=approve, prepare=lambda scene: scene.vobiz.next_purchase(mood), lives=A_LOOK_OR_TWO
    )


async def test_anywhere_on_the_way_to_a_number_that_is_sold(tmp_path: Path, keep: Keep) -> None:
    found = await lives(tmp_path, await an_approval(tmp_path, Mood.NORMAL))
    keep(found)
    assert wrong(found) == []
    assert [life for life in found if life.ended_as != ("purchased" if life.calls else "failed")] == []
    assert found[0].ended_as == "purchased"
    assert most_died(found)


async def test_around_a_sale_whose_answer_is_lost(tmp_path: Path, keep: Keep) -> None:
    story = await an_approval(tmp_path, Mood.SOLD_ANSWER_LOST)
    found = await lives(tmp_path, story, since=THE_RECORD)
    keep(found)
    assert wrong(found) == []
    assert [life for life in found if life.ended_as != ("purchased" if life.calls else "failed")] == []
    assert found[0].ended_as == "purchased"
    assert most_died(found)


@pytest.mark.parametrize("mood", [Mood.REFUSED_422, Mood.OWN_500])
async def test_around_a_call_that_sells_nothing(tmp_path: Path, keep: Keep, mood: Mood) -> None:
    found = await lives(tmp_path, await an_approval(tmp_path, mood), since=THE_RECORD)
    keep(found)
    assert wrong(found) == []
    assert {(life.ended_as, life.sales) for life in found} == {("failed", 0)}
    assert most_died(found)


@pytest.mark.parametrize("sold_after", [None, 0, 3, 600])
async def test_while_the_call_is_out(tmp_path: Path, sold_after: float | None) -> None:
    """The provider goes on alone: it sells so many seconds after the bot is back, or never."""
    story = await an_approval(tmp_path, Mood.SOLD_WHEN_RELEASED)
    async with a_scene(tmp_path / "life", story.moment) as scene:
        story.prepare(scene)
        async with a_process(scene.office.environment, tmp_path, now=scene.clock.now(), lives=100) as process:
            scene.slack.events_url = process.events_url
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
