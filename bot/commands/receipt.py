"""`receipt`: one purchase as one JSON with its part of the chain, and `receipt --verify`, which needs no database."""

from functools import partial
from pathlib import Path
from typing import TextIO

from sqlalchemy import Connection

from bot.domain.audit import Written
from bot.domain.receipt import Checked, NoReceipt, check, receipt
from bot.domain.request import RequestId
from bot.invocation import typed
from bot.problems import Problem
from bot.store import audit
from bot.store.store import Store


async def print_receipt(store: Store, out: TextIO, request: RequestId) -> bool:
    """False when there is no such purchase, which is said instead. Raises `StoreError`."""
    chain = await store.read_at_length(partial(_chain, request=request))
    if not chain:
        out.write(f"There is no request {request}: {typed('requests')} lists them.\n")
        return False
    try:
        out.write(receipt(request, chain))
    except NoReceipt as reason:
        out.write(f"There is no receipt for request {request}: {reason}.\n")
        return False
    return True


def _chain(connection: Connection, *, request: RequestId) -> list[Written]:
    """From the request's first entry to its last; nothing for one that has none."""
    own = audit.of_request(connection, request)
    return audit.stretch(connection, own[0].seq - 1, own[-1].seq - own[0].seq + 1) if own else []


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
