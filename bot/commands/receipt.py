"""`receipt`: one purchase as one JSON with its part of the chain, and `receipt --verify`, which needs no database."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

from bot.commands import sealed
from bot.domain.audit import Written
from bot.domain.receipt import Checked, NoReceipt, check, receipt
from bot.domain.request import RequestId
from bot.invocation import typed
from bot.problems import Problem
from bot.store import audit
from bot.store.store import Store


async def print_receipt(store: Store, out: TextIO, request: RequestId, *, archives: Sequence[Path] = ()) -> bool:
    """False when there is no such purchase, which is said instead. Raises `StoreError` and `Problem`."""
    own = await store.read_at_length(partial(audit.of_request, request=request))
    if not own:
        out.write(f"There is no request {request}: {typed('requests')} lists them.\n")
        return False
    try:
        out.write(receipt(request, await _chain(store, own[0].seq, own[-1].seq, archives)))
    except NoReceipt as reason:
        out.write(f"There is no receipt for request {request}: {reason}.\n")
        return False
    return True


async def _chain(store: Store, first: int, last: int, archives: Sequence[Path]) -> list[Written]:
    """All entries from the request's first to its last; of those that were archived only some are in the database."""
    most = last - first + 1
    stands = await store.read_at_length(partial(audit.stretch, after=first - 1, most=most))
    chain = {entry.seq: entry for entry in stands if entry.seq <= last}
    for archive in await sealed.archives(store, archives) if len(chain) < most else ():
        chain.update((entry.seq, entry) for entry in archive.entries(after=first - 1) if entry.seq <= last)
    if len(chain) < most:
        missing = next(seq for seq in range(first, last + 1) if seq not in chain)
        raise Problem(f"its part of the chain was archived, #{missing} first: name the file with --archive FILE")
    return [chain[seq] for seq in sorted(chain)]


def verify(out: TextIO, file: Path) -> bool:
    """Says whether the receipt is whole. Raises `Problem` for a file that cannot be read."""
    try:
        found = check(file.read_bytes())
    except OSError as reason:
        raise Problem(f"{file} cannot be read: {reason.strerror}") from reason
    if not isinstance(found, Checked):
        out.write(f"The receipt is broken: {found}.\n")
        return False
    shown = f"Slack shows its last entry as {found.last.mark}"
    out.write(f"The receipt is whole: {found.e164}, request {found.request}. {shown}.\n")
    return True
