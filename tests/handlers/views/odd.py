"""Anything that people and the provider could write, in requests of every state: what property tests draw from."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st
from pydantic import JsonValue

from bot.domain.alert import Alert
from bot.domain.audit import BOT, OPERATOR, Event
from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber
from bot.domain.request import PurchaseRequest, Status
from bot.domain.shown import MonthSoFar, Shown, ShownAttempt
from bot.domain.terms import Terms
from bot.services.reconcile.look import debit_facts
from handlers.views.wording import REASON_LIMIT
from tests.handlers.views.cases import (
    AN_HOUR_LATER,
    CALLED,
    DEBIT,
    ID,
    SEEN,
    SIMILAR,
    approval,
    asked_again,
    charge,
    stood,
)
from tests.harness.builders import BOSS, NOON, a_request, a_shown, an_attempt, an_entry, some_terms

ODD = st.one_of(
    st.text(max_size=REASON_LIMIT),
    st.sampled_from('&<>*_~`@\n\u202e\u0301👍\ud800"\\').map(lambda character: character * REASON_LIMIT),
    st.sampled_from(["<!channel> ", "<@U0BOSS> ", "<https://x.example|here> ", "&amp; ", "@here ", "&gt; "]).map(
        lambda text: (text * REASON_LIMIT)[:REASON_LIMIT]
    ),
)
"""What anybody could write, or the provider could send, at its longest."""

AMOUNT = st.decimals(min_value=0, max_value=Decimal("700000000000.999999"), places=6)
"""With twelve months of it, nineteen digits of millionths."""

ALERTS = ["charged_otherwise", *Alert]


@st.composite
def odd_terms(draw: st.DrawFn) -> Terms:
    fees = [Money(draw(AMOUNT), "INR") for _ in range(2)]
    terms = some_terms(account=draw(st.sampled_from(["MA_1", f"SA_{'x' * 60}"])), months=draw(st.integers(0, 1200)))
    return replace(terms, setup_fee=fees[0], monthly_fee=fees[1], identity_check=draw(st.booleans()))


budgets = st.one_of(st.none(), AMOUNT.map(lambda amount: Money(amount, "INR")))


@st.composite
def odd_requests(draw: st.DrawFn) -> PurchaseRequest:
    errors = st.sampled_from(["rejected", "not_bought", "not_in_inventory", None, "x" * 64])
    return replace(
        a_request(terms=draw(odd_terms()), reason=draw(ODD), id=ID, error=draw(errors)),
        status=draw(st.sampled_from(Status)),
        is_automatic=draw(st.booleans()),
        region=draw(ODD),
        country=draw(st.sampled_from(["IN", None, "x" * 8])),
        capabilities=draw(st.sampled_from([None, (), ("voice", "sms", "mms", "fax")])),
    )


def debits_of(terms: Terms, words: str) -> list[JsonValue]:
    """One of the charge's size, one whose size cannot be read."""
    return [debit_facts(replace(DEBIT, id=words, amount=fee)) for fee in (terms.charge, None)]


@st.composite
def odd_looks(draw: st.DrawFn, terms: Terms, words: str) -> dict[str, JsonValue] | None:
    """What was seen at the provider, with however many debits."""
    debits = debits_of(terms, words)
    found: st.SearchStrategy[JsonValue] = st.sampled_from([None, [], debits, debits * 40])
    seen = draw(st.sampled_from([None, *SEEN.values()]))
    if seen is None:
        return None
    owned_by = draw(st.sampled_from([None, words]))
    return {**seen, "owned_status": words, "owned_by": owned_by, "debits": draw(found)}


@st.composite
def odd_facts(draw: st.DrawFn, terms: Terms, words: str) -> dict[str, JsonValue]:
    """Whatever an entry of any kind may hold."""
    rivals: list[JsonValue] = ["4d" * 16] if draw(st.booleans()) else []
    told: dict[str, JsonValue] = {
        **asked_again(draw(st.sampled_from(["terms_changed", "balance_too_low", "frozen"]))),
        **approval(terms, BOSS),
        **charge(draw(st.sampled_from([None, "1", "700000000000.999999"]))),
        **CALLED,
        **stood(terms.charge.plain(), draw(st.sampled_from([None, "0", "1"])), reserved=terms.setup_fee.plain()),
        "before": dict(approval(some_terms("1+1 INR"))),
        "required": terms.charge.plain(),
        "available": "0.000001",
        "seen": draw(odd_looks(terms, words)),
        "debits": debits_of(terms, words),
        "similar": [replace(other, region=words).facts() for other in SIMILAR[: draw(st.integers(0, 3))]],
        "what": draw(st.sampled_from(ALERTS)),
        "settles_at": draw(st.sampled_from([None, AN_HOUR_LATER.isoformat()])),
        "about": draw(st.sampled_from(["outcome", None])),
        "automatic": draw(st.booleans()),
        "limit": terms.charge.plain(),
        "late": draw(st.booleans()),
        "rivals": rivals,
    }
    return told | {name: words for name in ("reason", "message", "code", "provider_request_id") if draw(st.booleans())}


@st.composite
def odd_attempts(draw: st.DrawFn, terms: Terms, words: str) -> ShownAttempt:
    number = OwnedNumber(
        e164=terms.e164, id=words, owner=words, status=words, region=words, country=words, purchased_at=NOON
    )
    return an_attempt(
        number=number,
        asks_people=draw(st.booleans()),
        is_alerted=draw(st.booleans()),
        seen=draw(odd_looks(terms, words)),
        settles_at=draw(st.sampled_from([None, AN_HOUR_LATER])),
    )


@st.composite
def odd_cases(draw: st.DrawFn) -> Shown:
    """Any state and entry, with whatever words and amounts."""
    request, words = draw(odd_requests()), draw(ODD)
    terms = request.terms
    actor, event = draw(st.sampled_from([BOSS, BOT, OPERATOR])), draw(st.sampled_from(Event))
    entry = an_entry(event, actor=actor, request=request, facts=draw(odd_facts(terms, words)))
    many = tuple(f"U{number:010d}" for number in range(draw(st.sampled_from([1, 300]))))
    month = MonthSoFar(month="2026-11", spent=terms.charge, reserved=terms.setup_fee, budget=draw(budgets))
    shown = a_shown(
        request,
        entry=entry,
        voters=many[:2],
        votes_needed=draw(st.integers(1, 2)),
        attempt=draw(st.one_of(st.none(), odd_attempts(terms, words))),
        month=month,
    )
    return replace(shown, approvers=many)
