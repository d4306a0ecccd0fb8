"""The end of a soak: what the bot says against what the stand-ins saw."""

from collections import Counter
from collections.abc import Collection, Iterator

from sqlalchemy import select

from bot.domain.attempt import SALES
from bot.store.tables import reservations
from tests.harness.promise.invariants import MONEY, TOLD, complaints, no_act_is_lost
from tests.harness.promise.money import what_was_charged_is_what_the_ledger_says
from tests.harness.promise.rest import AtRest
from tests.soak.known import Tally

QUESTIONS = tuple(asked for asked in (*MONEY, *TOLD) if asked is not what_was_charged_is_what_the_ledger_says)
"""Here rows of the ledger may not name their number: money is counted by currency."""


def compare(rest: AtRest, tally: Tally, *, not_ours: Collection[str]) -> list[str]:
    """`not_ours` are the ledger's rows that no attempt of the bot made."""
    return [
        *complaints(rest, QUESTIONS),
        *no_act_is_lost(rest, tally.acknowledged, tally.done),
        *nothing_is_open(rest),
        *all_money_is_accounted_for(rest, not_ours),
    ]


def nothing_is_open(rest: AtRest) -> Iterator[str]:
    for request in rest.requests.values():
        if request.is_open:
            yield f"{request.terms.e164} is still {request.status}"
    for row in rest.connection.execute(select(reservations).where(reservations.c.amount != 0)):
        yield f"{rest.requests[row.request].terms.e164} still holds {row.amount}"


def all_money_is_accounted_for(rest: AtRest, not_ours: Collection[str]) -> Iterator[str]:
    """What the ledger debits and has not given back was charged, or else it was given up.

    Of rows that name nobody people cannot know which brought a number: they may have given up more than was lost.
    """
    written_off = frozenset[str]().union(*(attempt.written_off for attempt in rest.attempts))
    debited, charged, given_up = Counter[str](), Counter[str](), Counter[str]()
    for row in rest.vobiz.ledger:
        micros = int(row.amount * 10**6) * (1 if row.kind == "debit" else -1)
        debited[row.currency] += 0 if row.id in not_ours else micros
        given_up[row.currency] += micros if row.id in written_off else 0
    for attempt in rest.attempts:
        if attempt.ending in SALES:
            paid = attempt.charged or rest.requests[attempt.request].terms.charge
            charged[paid.currency] += paid.micros
    for currency in debited.keys() | charged.keys():
        lost = debited[currency] - charged[currency]
        if not 0 <= lost <= given_up[currency]:
            yield f"{currency}: {lost} debited beyond what was charged, {given_up[currency]} given up (millionths)"
