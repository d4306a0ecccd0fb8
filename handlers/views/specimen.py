"""A card of no request at all, for Slack to say whether it would take one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.domain import trail
from bot.domain.audit import Entry, canonical
from bot.domain.facts import TermsTold
from bot.domain.money import Money
from bot.domain.numbers import e164
from bot.domain.request import PurchaseRequest, RequestId, Status
from bot.domain.shown import Shown
from bot.domain.terms import Terms
from handlers.views.card import card
from handlers.views.message import Message

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_ID = RequestId("0" * 32)


def specimen() -> Message:
    """With all that a card may bear while it waits: what binds the buyer, buttons and their dialogs."""
    terms = Terms(
        e164=e164("+918069000142"),
        account="MA_SPECIMEN",
        setup_fee=Money(Decimal(100), "INR"),
        monthly_fee=Money(Decimal(500), "INR"),
        minimum_commitment_months=6,
        identity_check=True,
        trial=True,
    )
    request = PurchaseRequest(
        id=_ID,
        team="T0",
        channel="C0",
        requester="U0",
        reason="to see whether Slack takes it",
        terms=terms,
        country="IN",
        region="Bengaluru",
        capabilities=("voice",),
        status=Status.PENDING,
        created_at=_AT,
        expires_at=_AT + timedelta(hours=72),
        card=_ID,
        entry=1,
    )
    told = trail.Requested(
        terms=TermsTold.of(terms),
        reason=request.reason,
        team=request.team,
        channel=request.channel,
        country=request.country,
        region=request.region,
        expires_at=request.expires_at,
        frozen=False,
        available=None,
        may_overdraw=False,
        can_approve=2,
        in_month=None,
    )
    entry = Entry(
        seq=1,
        at=_AT,
        actor=request.requester,
        event=told.event,
        request=_ID,
        data=canonical(told.facts()),
        before="0" * 64,
        hash="0" * 64,
    )
    return card(
        Shown(
            request=request, entry=entry, cause=entry, voters=(), votes_needed=2, approvers=("S0", "U1"), attempt=None
        )
    )
