"""What visitors of the demo arrange, met by the real bot: one purchase takes it, and the next one is sold again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.backstage import AWAY_SECONDS, LATE_SECONDS, Backstage, Next
from bot.sandbox.slack import Failed, ImpossibleError, SlackStandIn, Workspace
from bot.sandbox.slack.shapes import JsonObject
from bot.sandbox.vobiz import Mood, VobizStandIn
from tests.harness.office import Office, Transport, an_office

OUTCOMES = {
    Next.ANSWER_LOST: ("+91 80 6900 0142", "Bought +91 80 6900 0142", "was sold, and the answer was lost."),
    Next.REFUSES: ("+91 80 6900 0187", "complete your KYC first", "was refused."),
    Next.SOLD_MEANWHILE: ("+91 80 6900 0231", "is not on sale any more", "went to somebody else right before."),
    Next.PRICE_MOVED: ("+91 80 6900 0264", "₹102 now, then ₹2 a month", "costs 1 more a month now."),
    Next.BALANCE_LOW: ("+91 80 6900 0318", "balance is too low", "was refused: the balance was too low."),
    Next.CHARGED_ONLY: ("+91 80 6900 0377", "Charged without the number", "was charged and not handed over"),
}
"""By what is arranged: whose number it meets, what its card comes to say, and what the control says."""


class Waiting:
    """Sleeps until it is woken; `seconds` are what it was told to sleep."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.woken = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await self.woken.wait()


@asynccontextmanager
async def an_office_with_a_backstage(
    folder: Path, sleep: Waiting, *, transport: Transport = "http"
) -> AsyncIterator[tuple[Office, Backstage]]:
    async with an_office(folder, transport=transport) as office:
        backstage = Backstage(office.slack, office.vobiz, sleep=sleep)
        yield office, backstage
        await backstage.stop()


async def test_each_meets_the_next_purchase_alone_and_says_so(tmp_path: Path) -> None:
    async with an_office_with_a_backstage(tmp_path, Waiting()) as (office, backstage):
        for wish, (number, words, happened) in OUTCOMES.items():
            card = await office.a_card(f"{number} for the desk")
            await backstage.arrange({"vobiz": wish})
            assert (backstage.shown()["next"], backstage.shown()["happened"]) == (wish, "")
            await office.approve(card)
            await office.shows(card, words)
            assert str(backstage.shown()["happened"]).startswith(f"{number} {happened}")
            assert backstage.shown()["next"] == Next.SELLS
        card = await office.a_card("+91 22 6900 0119 for the desk")
        await office.approve(card)
        await office.shows(card, "Bought +91 22 6900 0119")


async def test_a_sale_a_minute_late_happens_after_its_answer_was_lost(tmp_path: Path) -> None:
    sleep = Waiting()
    async with an_office_with_a_backstage(tmp_path, sleep) as (office, backstage):
        card = await office.a_card()
        await backstage.arrange({"vobiz": "sells_late"})
        await office.approve(card)
        await office.shows(card, "Outcome unknown")
        assert (sleep.seconds, office.vobiz.sales) == ([LATE_SECONDS], [])
        sleep.woken.set()
        await office.shows(card, "Bought")


async def test_slack_is_away_for_a_while_and_what_the_bot_had_to_say_comes_then(tmp_path: Path) -> None:
    sleep = Waiting()
    async with an_office_with_a_backstage(tmp_path, sleep, transport="socket mode") as (office, backstage):
        card = await office.a_card()
        office.vobiz.next_purchase(Mood.SOLD_WHEN_RELEASED)
        await office.approve(card)
        await office.vobiz.purchase_call()
        await backstage.arrange({"slack": "away"})
        await backstage.arrange({"slack": "away"})
        await office.vobiz.release()
        assert isinstance(await office.ask("status"), Failed)
        assert backstage.shown()["is_away"]
        sleep.woken.set()
        await office.shows(card, "Bought")
        assert (sleep.seconds, backstage.shown()["is_away"]) == ([AWAY_SECONDS], False)


@pytest.mark.parametrize("wish", [{}, {"vobiz": "explodes"}, {"slack": "gone"}])
async def test_nothing_else_can_be_arranged(wish: JsonObject) -> None:
    with pytest.raises(ImpossibleError):
        await Backstage(SlackStandIn(workspace=Workspace()), VobizStandIn()).arrange(wish)
