"""`freeze` and `unfreeze`: the kill switch for when Slack cannot be used.

Works at once, whether a process serves or not.
"""

from typing import TextIO

from bot.clock import SystemClock
from bot.domain.audit import OPERATOR
from bot.domain.refusals import NotAllowed, NotReconciled
from bot.domain.request import PurchaseRequest
from bot.domain.rules import Rules
from bot.invocation import typed
from bot.services.judge.freeze import OUT, Audience, switch
from bot.services.unit import Unit, Units
from bot.store import requests
from bot.store.store import Store


async def set_freeze(store: Store, out: TextIO, rules: Rules, *, freezes: bool, without_asking: bool = False) -> bool:
    """Says what became of it, with the calls that may have left; False when it was so already, or has to stay."""

    def change(unit: Unit) -> tuple[NotAllowed | None, list[PurchaseRequest]]:
        refusal = switch(unit, OPERATOR, [Audience()], freezes=freezes, without_asking=without_asking)
        return refusal, requests.in_state(unit.connection, OUT)

    refusal, left = await Units(store=store, clock=SystemClock(), rules=rules).by_hand(change)
    if isinstance(refusal, NotReconciled):
        out.write(
            f"Buying stays frozen: this database is a copy, and {typed('serve')} has not compared it with the provider "
            f"yet; {typed('check')} says what keeps it from that. On your word alone: "
            f"{typed('unfreeze --without-asking')}.\n"
        )
        return False
    if refusal is not None:
        out.write("Buying is frozen already.\n" if freezes else "Buying is not frozen.\n")
        return False
    if not freezes:
        out.write("Buying is possible again.\n")
        return True
    out.write(f"Buying is frozen. Nothing is approved or bought until {typed('unfreeze')}.\n")
    out.writelines(f"This call may have left already: {request.terms.e164}, request {request.id}\n" for request in left)
    return True
