"""The main job, from the command to the thread, over both transports."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.request import Status
from bot.sandbox.slack import Done
from bot.sandbox.slack.example import ASHA, MEERA
from tests.office import BENGALURU, Office, Transport, an_office


@pytest.fixture(params=["http", "socket mode"])
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    transport: Transport = request.param
    async with an_office(tmp_path, transport=transport) as opened:
        yield opened


async def test_a_command_becomes_a_card_an_approval_a_purchase_and_a_reply_with_the_details(office: Office) -> None:
    card = await office.a_card(f"{BENGALURU} for the support line")
    assert "INR 101.00" in card.text
    assert "for the support line" not in card.text.splitlines()[0]
    assert await office.approve(card) == Done()
    reply = await office.told(card, "is bought.")
    await office.shows(card, "Bought")
    assert [sale.e164 for sale in office.vobiz.sales] == [BENGALURU]
    assert len(office.vobiz.purchase_calls) == 1
    assert "+918069000142" in reply.text
    assert f"<@{ASHA}>" in reply.text
    assert f"<@{MEERA}>" in reply.text
    [request] = await office.requests()
    assert request.status is Status.PURCHASED
