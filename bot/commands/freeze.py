"""`freeze` and `unfreeze`: the kill switch for when Slack cannot be used.

Works at once, whether a process serves or not.
"""

from datetime import UTC, datetime
from typing import TextIO

from sqlalchemy import Connection

from bot.domain.audit import OPERATOR
from bot.domain.policy import NotAllowed
from bot.domain.request import PurchaseRequest
from bot.services.judge.freeze import OUT, Place, switch
from bot.services.rules import Times
from bot.store import requests
from bot.store.store import Store


async def set_freeze(store: Store, out: TextIO, *, freezes: bool, times: Times) -> bool:
    """Says what became of it, with the calls that may have left; False when it was so already."""
    now = datetime.now(UTC)

    def change(connection: Connection) -> tuple[NotAllowed | None, list[PurchaseRequest]]:
        refusal = switch(connection, freezes=freezes, by=OPERATOR, where=[Place()], times=times, now=now)
        return refusal, requests.in_state(connection, OUT)

    refusal, left = await store.write(change)
    if refusal is not None:
        out.write("Buying is frozen already.\n" if freezes else "Buying is not frozen.\n")
        return False
    if not freezes:
        out.write("Buying is possible again.\n")
        return True
    out.write("Buying is frozen. Nothing is approved or bought until `unfreeze`.\n")
    out.writelines(f"This call may have left already: {request.terms.e164}, request {request.id}\n" for request in left)
    return True
