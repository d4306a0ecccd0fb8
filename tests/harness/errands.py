"""Work of every name and lane that carries nothing: for queues and loops, which do not look at what a row is for."""

from collections.abc import Iterable

from bot.services import acts, letters, plans
from bot.work.queue import Claim, Work

REAL: list[type[Work]] = [
    found
    for module in (acts, plans, letters)
    for found in vars(module).values()
    if isinstance(found, type) and issubclass(found, Work) and "kind" in vars(found)
]

KINDS = frozenset(work.kind for work in REAL)
"""All that the bot knows."""


class Errand:
    """By the names of real work, so that rows look as they do."""

    SUBMIT = acts.Ask.kind
    DECIDE = acts.Decide.kind
    RESOLVE = acts.Resolve.kind
    FREEZE = acts.Freeze.kind
    EXPIRE = plans.Expire.kind
    PURCHASE = plans.Purchase.kind
    LOOK = plans.NextLook.kind
    CARD = letters.CardLetter.kind
    REPLY = letters.ReplyTo.kind
    WORDS = letters.Words.kind


class _Errand(Work):
    note: str = ""


ERRANDS: dict[str, type[_Errand]] = {
    real.kind: type(f"Errand_{real.kind}", (_Errand,), {"kind": real.kind, "lane": real.lane, "__module__": __name__})
    for real in REAL
}


def an_errand(kind: str, note: str = "") -> Work:
    """Such work; its row carries the note and nothing else."""
    return ERRANDS[kind](note=note)


def notes_of(claims: Iterable[Claim]) -> list[str]:
    """What each of them carries."""
    return [_Errand.model_validate_json(claim.payload).note for claim in claims]
