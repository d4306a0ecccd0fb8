"""`audit verify --slack`: the trail against what the channels still show of it."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

from sqlalchemy import Connection

from bot.asking import shown_in_slack
from bot.commands import sealed
from bot.domain.audit import BEGINNING
from bot.problems import Problem
from bot.settings import Settings
from bot.store import audit, cards
from bot.store.store import Store


async def compare_with_slack(store: Store, out: TextIO, settings: Settings, archives: Sequence[Path] = ()) -> bool:
    """Says whether all that the channels still show of the trail is in it. Raises `StoreError` and `Problem`.

    Finds what the chain alone cannot: a tail that was cut off, an old backup, a history that was written anew. What
    was archived is looked up in the files that are named.
    """
    files = await sealed.archives(store, archives)
    up_to = sealed.beginning(await store.read_at_length(sealed.told_of)) or BEGINNING
    elsewhere: dict[int, list[tuple[str, str]]] = {}
    known = await store.read_at_length(cards.channels)
    channels = sorted({*known, *filter(None, [settings.approval_channel])})
    compared = 0
    async for number, mark, channel in shown_in_slack(settings, channels):
        head, found = await store.read(partial(_at, number=number))
        compared += 1
        if found is None and number <= up_to.seq:
            elsewhere.setdefault(number, []).append((mark, channel))
        elif found is None or not found.startswith(mark):
            _say_other(out, number, mark, channel, head)
            return False
    for file in files:
        for entry in file.entries():
            for mark, channel in elsewhere.pop(entry.seq, ()):
                if not entry.hash.startswith(mark):
                    _say_other(out, entry.seq, mark, channel, up_to.seq)
                    return False
    if elsewhere:
        shown = f"#{min(elsewhere)}" if len(elsewhere) == 1 else f"#{min(elsewhere)} to #{max(elsewhere)}"
        raise Problem(f"Slack shows entries that were archived, {shown}: name the file with --archive FILE")
    entries = "1 entry" if compared == 1 else f"{compared:,} entries"
    out.write(f"Slack still shows {entries} in {', '.join(channels) or 'no channel'}, and the trail has them all.\n")
    return True


def _say_other(out: TextIO, number: int, mark: str, channel: str, head: int) -> None:
    ends = f"the trail ends at #{head}" if number > head else "the trail has another entry of that number"
    out.write(f"The trail is not what Slack saw: channel {channel} shows entry #{number} {mark}, and {ends}.\n")


def _at(connection: Connection, *, number: int) -> tuple[int, str | None]:
    """The number of the last entry, and the hash of this one."""
    found = audit.stretch(connection, number - 1, 1)
    return audit.head(connection).seq, found[0].hash if found and found[0].seq == number else None
