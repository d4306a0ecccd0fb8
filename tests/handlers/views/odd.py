"""Anything that people and the provider could write, in requests of every state: what property tests draw from."""

from dataclasses import replace
from decimal import Decimal
from typing import get_args

from hypothesis import strategies as st
from pydantic import JsonValue

from bot.domain.alert import Alert
from bot.domain.audit import BOT, OPERATOR
from bot.domain.facts import Debit, Facts, Seen, TermsTold
from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber
from bot.domain.request import Failure, PurchaseRequest, Status
from bot.domain.shown import Asked, Shown, ShownAttempt
from bot.domain.terms import Terms
from bot.domain.trail import AnyTold
from handlers.views.wording import REASON_LIMIT
from tests.handlers.views.cases import AN_HOUR_LATER, DEBIT, ID, SEEN, SIMILAR, looked, paid, sold, stood
from tests.harness.builders import BOSS, NOON, a_request, a_shown, a_vote, an_entry, asked_for, some_terms

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


@st.composite
def odd_terms(draw: st.DrawFn) -> Terms:
    fees = [Money(draw(AMOUNT), "INR") for _ in range(2)]
    terms = some_terms(account=draw(st.sampled_from(["MA_1", f"SA_{'x' * 60}"])), months=draw(st.integers(0, 12)))
    return replace(terms, setup_fee=fees[0], monthly_fee=fees[1], identity_check=draw(st.booleans()))


@st.composite
def odd_requests(draw: st.DrawFn) -> PurchaseRequest:
    errors = st.sampled_from([*Failure, None])
    return replace(
        a_request(terms=draw(odd_terms()), reason=draw(ODD), id=ID, error=draw(errors)),
        status=draw(st.sampled_from(Status)),
        is_automatic=draw(st.booleans()),
        region=draw(ODD),
        country=draw(st.sampled_from(["IN", None, "x" * 8])),
        capabilities=draw(st.sampled_from([None, (), ("voice", "sms", "mms", "fax")])),
    )


def anything(kind: type[AnyTold], request: PurchaseRequest, facts: Facts) -> AnyTold:
    """An entry of this kind that tells what every version told of it, and of these facts those that it may hold."""
    least: Facts = {**asked_for(request).facts(), **sold().facts(), "why": "lapsed", "error": "rejected", "similar": []}
    least = {**least, "unread": "ledger", "since": AN_HOUR_LATER.isoformat()}
    least = {**least, "question": "why?", "answer": "as we need it", "asked_by": BOSS, "request": ID}
    least = {**least, "first": 1, "up_to": 2, "hash": "5e" * 32, "sha256": "5e" * 32}
    return kind.model_validate({**least, **facts})


def debits_of(terms: Terms, words: str) -> tuple[Debit, ...]:
    """One of the charge's size, one whose size cannot be read."""
    return tuple(Debit.of(replace(DEBIT, id=words, amount=fee)) for fee in (terms.charge, None))


@st.composite
def odd_looks(draw: st.DrawFn, terms: Terms, words: str) -> Seen | None:
    """What was seen at the provider, with however many debits."""
    seen = draw(st.sampled_from([None, *SEEN.values()]))
    if seen is None:
        return None
    debits, owned_by = debits_of(terms, words), draw(st.sampled_from([None, words]))
    found = draw(st.sampled_from([None, (), debits, debits * 40]))
    return seen.model_copy(update={"owned_status": words, "owned_by": owned_by, "debits": found})


@st.composite
def odd_facts(draw: st.DrawFn, request: PurchaseRequest, words: str) -> Facts:
    """Whatever an entry of any kind may hold."""
    terms, seen = request.terms, draw(odd_looks(request.terms, words))
    charged = draw(st.sampled_from([None, "1 INR", "700000000000.999999 INR"]))
    budget = draw(st.sampled_from([None, "0", "1"]))
    debits: list[JsonValue] = [debit.facts() for debit in debits_of(terms, words)]
    rivals = ("4d" * 16,) if draw(st.booleans()) else ()
    told: dict[str, JsonValue] = {
        **a_vote(request, BOSS).facts(),
        **sold(paid=paid(charged), rivals=rivals).facts(),
        **stood(terms.charge.plain(), budget, reserved=terms.setup_fee.plain()).facts(),
        "why": draw(st.sampled_from(["terms_changed", "balance_too_low", "frozen"])),
        "called_at": NOON.isoformat(),
        "before": TermsTold.of(some_terms("1+1 INR")).facts(),
        "required": terms.charge.plain(),
        "available": "0.000001",
        "seen": None if seen is None else seen.facts(),
        "debits": debits,
        "similar": [other.model_copy(update={"region": words}).facts() for other in SIMILAR[: draw(st.integers(0, 3))]],
        "what": draw(st.sampled_from(Alert)),
        "settles_at": draw(st.sampled_from([None, AN_HOUR_LATER.isoformat()])),
        "about": draw(st.sampled_from(["outcome", None])),
        "automatic": draw(st.booleans()),
        "limit": terms.charge.plain(),
        "late": draw(st.booleans()),
    }
    written = ("reason", "message", "code", "provider_request_id", "question", "answer")
    return told | {name: words for name in written if draw(st.booleans())}


@st.composite
def odd_attempts(draw: st.DrawFn, terms: Terms, words: str) -> ShownAttempt:
    number = OwnedNumber(
        e164=terms.e164, id=words, owner=words, status=words, region=words, country=words, purchased_at=NOON
    )
    return looked(
        draw(odd_looks(terms, words)),
        number=number,
        asks_people=draw(st.booleans()),
        is_alerted=draw(st.booleans()),
        settles_at=draw(st.sampled_from([None, AN_HOUR_LATER])),
    )


@st.composite
def odd_cases(draw: st.DrawFn) -> Shown:
    """Any state and entry, with whatever words and amounts."""
    request, words = draw(odd_requests()), draw(ODD)
    actor, kind = draw(st.sampled_from([BOSS, BOT, OPERATOR])), draw(st.sampled_from(get_args(AnyTold)))
    entry = an_entry(anything(kind, request, draw(odd_facts(request, words))), actor=actor, request=request)
    many = tuple(f"U{number:010d}" for number in range(draw(st.sampled_from([1, 300]))))
    shown = a_shown(
        request,
        entry=entry,
        offered=tuple(other.model_copy(update={"region": words}) for other in SIMILAR),
        voters=many[:2],
        votes_needed=draw(st.integers(1, 2)),
        attempt=draw(st.one_of(st.none(), odd_attempts(request.terms, words))),
    )
    asked = Asked(question=words, by=BOSS, answer=draw(st.sampled_from([None, words])))
    return replace(shown, approvers=many, asked=draw(st.sampled_from([None, asked])))
