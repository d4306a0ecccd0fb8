"""A process that dies while an outcome is found out: by a person's word, a write-off, or the sweep."""

from datetime import timedelta
from pathlib import Path

from bot.sandbox.slack import Done, Outcome
from bot.sandbox.slack.example import MEERA, NUMBERS
from bot.sandbox.vobiz import Mood, ReadMood
from tests.faults.lives import Keep, Story, lives, most_died, wrong
from tests.faults.scenes import Scene, a_moment
from tests.harness.office import buttons
from tests.harness.timeline import TimedOffice


async def bought(timed: TimedOffice, mood: Mood) -> None:
    """A purchase was made, and its answer did not say what came of it."""
    card = await timed.office.a_card()
    timed.office.vobiz.next_purchase(mood)
    await timed.office.approve(card)
    await timed.office.vobiz.purchase_call()


async def people_are_asked(timed: TimedOffice) -> None:
    """It was sold, and own numbers could not be read for an hour; now they can."""
    await bought(timed, Mood.SOLD_ANSWER_LOST)
    timed.office.vobiz.every_read(ReadMood.UNAVAILABLE_503, route="own_numbers")
    await timed.rest()
    await timed.live(timedelta(minutes=45))
    timed.office.vobiz.reads_recover()


async def money_is_gone(timed: TimedOffice) -> None:
    """It was charged without a number, and approvers know."""
    await bought(timed, Mood.DEBIT_ONLY)
    await timed.rest()
    await timed.live(10)


async def it_is_sold_late(timed: TimedOffice) -> None:
    """The provider acts on the call when the bot has long said that nothing was bought."""
    await bought(timed, Mood.COMMITS_LATE)
    await timed.rest()
    await timed.live(timedelta(minutes=58))
    await timed.office.vobiz.release()


async def say_it_was_bought(scene: Scene) -> Outcome:
    return await click(scene, "resolve_bought")


async def write_it_off(scene: Scene) -> Outcome:
    return await click(scene, "write_off")


async def click(scene: Scene, action: str) -> Outcome:
    """Unless the card shows that it was clicked."""
    (card,) = scene.slack.messages(NUMBERS)
    return await scene.slack.click(MEERA, card.ts, action) if action in buttons(card) else Done()


async def wait(_: Scene) -> Outcome:
    return Done()


async def test_after_a_person_said_it_was_bought(tmp_path: Path, keep: Keep) -> None:
    moment = await a_moment(tmp_path / "moment", people_are_asked)
    found = await lives(tmp_path, Story(moment=moment, by=MEERA, act=say_it_was_bought))
    keep(found)
    assert wrong(found) == []
    assert {life.ended_as for life in found} == {"purchased"}
    assert most_died(found)


async def test_after_a_person_wrote_the_charge_off(tmp_path: Path, keep: Keep) -> None:
    moment = await a_moment(tmp_path / "moment", money_is_gone)
    story = Story(moment=moment, by=MEERA, act=write_it_off, lives=timedelta(seconds=8), then=timedelta(hours=3))
    found = await lives(tmp_path, story)
    keep(found)
    assert wrong(found) == []
    assert {life.ended_as for life in found} == {"failed"}
    assert most_died(found)


async def test_while_the_sweep_finds_a_late_sale(tmp_path: Path, keep: Keep) -> None:
    moment = await a_moment(tmp_path / "moment", it_is_sold_late)
    story = Story(moment=moment, by=MEERA, act=wait, acts=0, lives=timedelta(minutes=3), then=timedelta(hours=2))
    found = await lives(tmp_path, story)
    keep(found)
    assert wrong(found) == []
    assert {life.ended_as for life in found} == {"purchased"}
    assert most_died(found)
