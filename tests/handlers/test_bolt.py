"""The Bolt app around the handlers: a bug in one is told and answered."""

import pytest

from bot.sandbox.slack import Done
from bot.sandbox.slack.example import ASHA, NUMBERS
from tests.handlers.door import Door
from tests.harness.office import BENGALURU


async def test_what_the_bot_cannot_keep_is_its_fault_and_logged(door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    door.store.close()
    await door.slack.command(ASHA, NUMBERS, BENGALURU)
    assert door.slack.http.last is not None
    answer = await door.session.post(door.url, data=door.slack.http.last.body, headers=door.slack.http.last.headers)
    assert (answer.status, await answer.text()) == (500, "")
    assert "a handler failed" in capsys.readouterr().out


async def test_after_a_bug_the_next_click_is_served(door: Door) -> None:
    assert await door.post_signed(b"command=%2Fbuynumber&text=status") == 400
    assert await door.slack.command(ASHA, NUMBERS, BENGALURU) == Done()
    assert len(await door.acts()) == 1
