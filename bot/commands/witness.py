"""`audit verify --slack`: the trail against what the channels still show of it."""

from functools import partial
from typing import TextIO

from sqlalchemy import Connection

from bot.app import shown_in_slack
from bot.settings import Settings
from bot.store import audit, cards
from bot.store.store import Store


async def compare_with_slack(store: Store, out: TextIO, settings: Settings) -> bool:
    """Says whether all that the channels still show of the trail is in it. Raises `StoreError` and `Problem`.

    Finds what the chain alone cannot: a tail that was cut off, an old backup, a history that was written anew.
    """
    known = await store.read_at_length(cards.channels)
    channels = sorted({*known, *filter(None, [settings.approval_channel])})
    compared = 0
    async for number, mark, channel in shown_in_slack(settings, channels):
        head, found = await store.read(partial(_at, number=number))
        if found is None or not found.startswith(mark):
            ends = f"the trail ends at #{head}" if number > head else "the trail has another entry of that number"
            out.write(f"The trail is not what Slack saw: channel {channel} shows entry #{number} {mark}, and {ends}.\n")
            return False
        compared += 1
    entries = "1 entry" if compared == 1 else f"{compared:,} entries"
    out.write(f"Slack still shows {entries} in {', '.join(channels) or 'no channel'}, and the trail has them all.\n")
    return True


def _at(connection: Connection, *, number: int) -> tuple[int, str | None]:
    """The number of the last entry, and the hash of this one."""
    found = audit.stretch(connection, number - 1, 1)
    return audit.head(connection).seq, found[0].hash if found and found[0].seq == number else None
