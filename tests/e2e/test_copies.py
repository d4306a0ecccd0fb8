"""A bot that is started from a copy of its database: what the original bought since is not bought again."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.commands.backup import backup
from bot.domain.request import Status
from bot.sandbox.slack.example import MEERA, NUMBERS, VIKRAM
from tests.harness.office import BENGALURU, DATABASE
from tests.harness.timeline import a_timed_office

SINCE = "+918069000187"
"""What the original buys after the copy was made."""


def _with_backup(path: Path, copy: Path) -> None:
    backup(f"sqlite:///{path}", io.StringIO(), copy)


def _with_its_log(path: Path, copy: Path) -> None:
    """As `cp` does, and whoever replays the log: nobody writes meanwhile."""
    for part in ("", "-wal"):
        shutil.copy(f"{path}{part}", f"{copy}{part}")


def _restore(path: Path, copy: Path) -> None:
    for part in ("", "-wal", "-shm"):
        Path(f"{path}{part}").unlink(missing_ok=True)
        if Path(f"{copy}{part}").exists():
            shutil.copy(f"{copy}{part}", f"{path}{part}")


@pytest.mark.parametrize("made", [_with_backup, _with_its_log])
async def test_it_begins_frozen_compares_itself_with_the_provider_and_buys_again_once_that_is_lifted(
    tmp_path: Path, made: Callable[[Path, Path], None]
) -> None:
    path, copy = tmp_path / DATABASE, tmp_path / "copy.db"
    async with a_timed_office(tmp_path) as timed:
        office = timed.office
        late = await office.a_card(f"{SINCE} for the sales line")
        await timed.rest()
        made(path, copy)
        await office.approve(late)
        await office.told(late, "is bought.")
        await office.service.stop()
        _restore(path, copy)
        await office.reopen()
        await office.sees(lambda: [it for it in office.slack.messages(NUMBERS) if "from a copy of its" in it.text])
        await timed.rest()
        bought = len(office.vobiz.purchase_calls)
        await office.ask("unfreeze", by=MEERA)
        await timed.rest()
        await office.ask(f"{SINCE} for the sales line", by=VIKRAM)
        await timed.rest()
        [known] = await office.requests()
        assert known.status is Status.PENDING
        assert len(office.vobiz.purchase_calls) == bought
        card = await office.a_card(f"{BENGALURU} for the support line")
        await office.approve(card)
        await office.told(card, "is bought.")
        assert len(office.vobiz.purchase_calls) == bought + 1
