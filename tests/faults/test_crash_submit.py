"""A process that dies anywhere between the command and the card: one request, one card, or words to the caller."""

from pathlib import Path

from bot.sandbox.slack import Outcome
from bot.sandbox.slack.example import ASHA
from tests.faults.lives import Keep, Story, lives, most_died, wrong
from tests.faults.scenes import Scene, a_moment
from tests.harness.office import BENGALURU
from tests.harness.timeline import TimedOffice

TAKEN = "+918069000187"


async def nothing_yet(timed: TimedOffice) -> None:
    await timed.rest()


async def one_is_asked_for(timed: TimedOffice) -> None:
    await timed.office.a_card(TAKEN)


async def ask(scene: Scene) -> Outcome:
    return await scene.office.ask(f"{BENGALURU} for the support line")


async def ask_for_the_same(scene: Scene) -> Outcome:
    return await scene.office.ask(TAKEN)


async def test_on_the_way_to_a_card(tmp_path: Path, keep: Keep) -> None:
    moment = await a_moment(tmp_path / "moment", nothing_yet)
    found = await lives(tmp_path, Story(moment=moment, by=ASHA, act=ask))
    keep(found)
    assert wrong(found) == []
    assert {life.ended_as for life in found} == {"pending"}
    assert {life.cards for life in found} == {1, 2}
    assert [life.dies_at for life in found if life.cards == 2 and "chat.postMessage" not in life.dies_at] == []
    assert most_died(found)


async def test_on_the_way_to_words(tmp_path: Path, keep: Keep) -> None:
    moment = await a_moment(tmp_path / "moment", one_is_asked_for)
    found = await lives(tmp_path, Story(moment=moment, by=ASHA, act=ask_for_the_same))
    keep(found)
    assert wrong(found) == []
    assert {life.cards for life in found} == {1}
    assert most_died(found)
