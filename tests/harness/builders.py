"""Shared builders: domain values from one short line.

Defaults are one team `T1`, requester `U_ASKER`, approvers `U_BOSS` and `U_CHIEF`, one Indian number for 100 + 1 INR.
"""

import secrets
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.domain import trail
from bot.domain.audit import Entry, canonical
from bot.domain.facts import MonthTold, TermsTold
from bot.domain.money import Money
from bot.domain.numbers import Listing, OwnedNumber, e164
from bot.domain.policy import Approvers, Person
from bot.domain.request import Failure, PurchaseRequest, RequestId, Status
from bot.domain.rules import Rules
from bot.domain.shown import MonthSoFar, Shown, ShownAttempt
from bot.domain.similar import Similar
from bot.domain.terms import Terms
from bot.domain.trail import AnyTold
from bot.services.acts import Address

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

TEAM = "T1"
ASKER = "U_ASKER"
BOSS = "U_BOSS"
CHIEF = "U_CHIEF"
CHANNEL = "C_TEAM"
ACCOUNT = "MA_STANDIN"

NUMBER = e164("+918069000142")


def some_fees(fees: str) -> tuple[Money, Money]:
    """Reads `"100+1 INR"`: setup fee, monthly fee, currency."""
    amounts, currency = fees.split()
    setup, monthly = amounts.split("+")
    return Money(Decimal(setup), currency), Money(Decimal(monthly), currency)


def some_terms(
    fees: str = "100+1 INR",
    *,
    number: str = NUMBER,
    account: str = ACCOUNT,
    months: int = 0,
    identity_check: bool = False,
    trial: bool = False,
    left_out: tuple[str, ...] = (),
) -> Terms:
    setup, monthly = some_fees(fees)
    return Terms(
        e164=e164(number),
        account=account,
        setup_fee=setup,
        monthly_fee=monthly,
        minimum_commitment_months=months,
        identity_check=identity_check,
        trial=trial,
        left_out=left_out,
    )


def a_listing(
    fees: str | None = "100+1 INR",
    *,
    number: str = NUMBER,
    id: str | None = "num_1",
    country: str | None = "IN",
    region: str | None = "Bengaluru",
    capabilities: tuple[str, ...] | None = ("voice",),
    months: int | None = 0,
    identity_check: bool | None = False,
    trial: bool | None = False,
    blocked: bool = False,
) -> Listing:
    """One number of the inventory; with `fees=None` the provider left its prices out."""
    setup, monthly = (None, None) if fees is None else some_fees(fees)
    return Listing(
        e164=e164(number),
        id=id,
        country=country,
        region=region,
        capabilities=capabilities,
        setup_fee=setup,
        monthly_fee=monthly,
        minimum_commitment_months=months,
        identity_check=identity_check,
        trial=trial,
        blocked=blocked,
    )


def an_owned_number(
    fees: str | None = "100+1 INR",
    *,
    number: str = NUMBER,
    id: str | None = "num_1",
    owner: str | None = ACCOUNT,
    status: str | None = "active",
    purchased_at: datetime | None = NOON,
) -> OwnedNumber:
    setup, monthly = (None, None) if fees is None else some_fees(fees)
    return OwnedNumber(
        e164=e164(number),
        id=id,
        owner=owner,
        status=status,
        country="IN",
        region="Bengaluru",
        capabilities=("voice",),
        setup_fee=setup,
        monthly_fee=monthly,
        purchased_at=purchased_at,
    )


def a_request(
    fees: str = "100+1 INR",
    *,
    number: str = NUMBER,
    terms: Terms | None = None,
    status: Status = Status.PENDING,
    id: str | None = None,
    requester: str = ASKER,
    reason: str = "for the support line",
    channel: str = CHANNEL,
    created_at: datetime = NOON,
    expires_after: timedelta = timedelta(hours=72),
    decided_at: datetime | None = None,
    purchased_at: datetime | None = None,
    error: str | None = None,
    terms_changes: int = 0,
    attempts: int = 0,
    card: str | None = None,
    entry: int = 0,
    basket: str | None = None,
) -> PurchaseRequest:
    """A request for one number; id and card are random unless given."""
    return PurchaseRequest(
        id=RequestId(id or secrets.token_hex(16)),
        team=TEAM,
        channel=channel,
        requester=requester,
        reason=reason,
        terms=terms or some_terms(fees, number=number),
        country="IN",
        region="Bengaluru",
        capabilities=("voice",),
        status=status,
        created_at=created_at,
        expires_at=created_at + expires_after,
        decided_at=decided_at,
        purchased_at=purchased_at,
        error=None if error is None else Failure(error),
        terms_changes=terms_changes,
        attempts=attempts,
        card=card or secrets.token_hex(16),
        entry=entry,
        basket=basket,
    )


def some_rules(
    *,
    approval_channel: str | None = None,
    allowed_channels: frozenset[str] | None = None,
    allow_self_approval: bool = False,
    second_approval_above: str | None = None,
    auto_approve_up_to: str | None = None,
    monthly_budget: str | None = None,
    max_charge: str | None = None,
    max_purchases_per_day: int | None = None,
    request_expires_after: timedelta = timedelta(hours=72),
    remind_after: timedelta | None = timedelta(hours=24),
    time_zone: str = "UTC",
    vobiz_timeout: timedelta = timedelta(seconds=20),
) -> Rules:
    """The limits on amounts name one currency: `"100 INR"`."""
    second, automatic, budget, most = (
        None if limit is None else {Money.of(limit).currency: Money.of(limit)}
        for limit in (second_approval_above, auto_approve_up_to, monthly_budget, max_charge)
    )
    return Rules(
        approvers=(BOSS, CHIEF),
        approval_channel=approval_channel,
        allowed_channels=allowed_channels,
        allow_self_approval=allow_self_approval,
        second_approval_above=second,
        auto_approve_up_to=automatic,
        monthly_budget=budget,
        max_charge=most,
        max_purchases_per_day=max_purchases_per_day,
        time_zone=ZoneInfo(time_zone),
        request_expires_after=request_expires_after,
        remind_after=remind_after,
        vobiz_timeout=vobiz_timeout,
    )


def a_person(user: str = ASKER, *, team: str = TEAM, why_not: str | None = None, read_at: datetime = NOON) -> Person:
    return Person(team=team, user=user, read_at=read_at, why_not=why_not)


def some_approvers(*users: str, read_at: datetime = NOON) -> Approvers:
    return Approvers(users=frozenset(users), source=",".join(users), read_at=read_at)


def an_address(
    user: str = ASKER, *, channel: str | None = CHANNEL, at: datetime = NOON, response_url: str | None = None
) -> Address:
    return Address.model_validate({"user": user, "channel": channel, "at": at, "response_url": response_url})


def an_entry(told: AnyTold, *, seq: int = 1, actor: str = ASKER, request: PurchaseRequest | None = None) -> Entry:
    """An entry whose hash is shaped right and covers nothing; `bot.domain.audit.entry` makes real ones."""
    return Entry(
        seq=seq,
        at=NOON,
        actor=actor,
        event=told.event,
        request=None if request is None else request.id,
        data=canonical(told.facts()),
        before="0" * 64,
        hash="ab" * 32,
    )


def asked_for(
    request: PurchaseRequest,
    *,
    available: Money | None = None,
    may_overdraw: bool = False,
    can_approve: int | None = None,
    frozen: bool = False,
    in_month: MonthTold | None = None,
) -> trail.Requested:
    """What the trail tells of a request when it was made."""
    return trail.Requested(
        terms=TermsTold.of(request.terms),
        reason=request.reason,
        team=request.team,
        channel=request.channel,
        country=request.country,
        region=request.region,
        expires_at=request.expires_at,
        frozen=frozen,
        available=available,
        may_overdraw=may_overdraw,
        can_approve=can_approve,
        in_month=in_month,
    )


def a_vote(request: PurchaseRequest, *voters: str, needed: int = 1, is_enough: bool = True) -> AnyTold:
    """What the trail tells of a vote, and of whose were counted with it."""
    vote = trail.Approved if is_enough else trail.Voted
    terms, version = TermsTold.of(request.terms), request.terms_version
    return vote(terms=terms, terms_version=version, needed=needed, voters=voters)


def a_shown(
    request: PurchaseRequest | None = None,
    *,
    entry: Entry | None = None,
    voters: tuple[str, ...] = (),
    votes_needed: int = 1,
    attempt: ShownAttempt | None = None,
    offered: tuple[Similar, ...] = (),
) -> Shown:
    """The entry is what brought the request into its state."""
    shown = request or a_request()
    told = entry or an_entry(asked_for(shown), request=shown)
    return Shown(
        request=shown,
        entry=told,
        cause=told,
        voters=voters,
        votes_needed=votes_needed,
        approvers=(BOSS, CHIEF),
        attempt=attempt,
        offered=offered,
    )


def an_attempt(
    *,
    number: OwnedNumber | None = None,
    charged: str | None = None,
    asks_people: bool = False,
    is_alerted: bool = False,
    settles_at: datetime | None = None,
) -> ShownAttempt:
    """The newest purchase attempt as people are told of it; `charged` reads like `"101 INR"`."""
    return ShownAttempt(
        id="aa" * 16,
        code=None,
        message=None,
        provider_request_id="req_9",
        charged=None if charged is None else Money.of(charged),
        number=number,
        asks_people=asks_people,
        is_alerted=is_alerted,
        seen=None,
        settles_at=settles_at,
    )


def a_month(spent: str = "0 INR", *, reserved: str | None = None, budget: str | None = None) -> MonthSoFar:
    """Amounts read like `"100 INR"`; no budget unless given."""
    paid = Money.of(spent)
    return MonthSoFar(
        month="2026-11",
        spent=paid,
        reserved=Money.of(reserved or f"0 {paid.currency}"),
        budget=None if budget is None else Money.of(budget),
    )
