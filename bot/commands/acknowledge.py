"""`acknowledge`: an operator knows about something that a sweep found, so that `check` lists it no more."""

from typing import TextIO

from bot.clock import SystemClock
from bot.domain import trail
from bot.domain.audit import OPERATOR
from bot.domain.rules import Rules
from bot.invocation import typed
from bot.services.unit import Unit, Units
from bot.store import audit, findings
from bot.store.store import Store


async def acknowledge(store: Store, out: TextIO, subject: str) -> bool:
    """Says what became of it; False when nothing of that name is listed. Whatever sweeps do about it goes on."""

    def change(unit: Unit) -> bool:
        found = next((one for one in findings.listed(unit.connection) if one.subject == subject), None)
        if found is None:
            return False
        told = trail.Acknowledged(kind=found.kind.value, subject=subject)
        audit.append(unit.connection, at=unit.now, actor=OPERATOR, request=None, told=told)
        findings.acknowledge(unit.connection, found, at=unit.now)
        return True

    if not await Units(store=store, clock=SystemClock(), rules=Rules()).by_hand(change):
        out.write(f"There is nothing to acknowledge that is called {subject}: {typed('check')} lists what there is.\n")
        return False
    out.write(f"{subject} is listed no more.\n")
    return True
