"""Requests in every state, and every entry that a thread or the channel is told, as the services leave them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.domain import trail
from bot.domain.alert import Alert
from bot.domain.audit import BOT, OPERATOR, Entry
from bot.domain.facts import ChargeTold, Debit, MonthTold, OneOf, ProviderSaid, Seen, TermsTold
from bot.domain.ledger import LedgerEntry
from bot.domain.looks import Look
from bot.domain.money import Money
from bot.domain.numbers import OwnedNumber
from bot.domain.request import Failure, PurchaseRequest, Status
from bot.domain.shown import Asked, Shown, ShownAttempt
from bot.domain.similar import similar
from bot.domain.terms import IMPOSSIBLE_FEES
from bot.domain.trail import AnyTold, WhyAgain
from tests.harness.builders import (
    ASKER,
    BOSS,
    CHIEF,
    NOON,
    NUMBER,
    a_listing,
    a_request,
    a_shown,
    a_vote,
    an_attempt,
    an_entry,
    an_owned_number,
    asked_for,
    some_terms,
)
from tests.harness.ledger import a_row, a_row_that_tells_nothing

ID = "5e" * 16
GROUP = "S_MANAGERS"

REFUSED = ProviderSaid(message="complete your KYC first", code="forbidden", provider_request_id="req_7")
BOUND = some_terms("500+750 INR", months=6, identity_check=True, left_out=("trial",))
AN_HOUR_LATER = NOON + timedelta(hours=1)


def a_case(
    status: Status = Status.PENDING,
    told: AnyTold | None = None,
    *,
    actor: str = ASKER,
    request: PurchaseRequest | None = None,
    voters: tuple[str, ...] = (),
    needed: int = 1,
    attempt: ShownAttempt | None = None,
) -> Shown:
    """A request of known id in this state, moved there by this entry, number 7; without `told` as it was asked for."""
    moved = replace(request or a_request(id=ID), status=status)
    entry = an_entry(told or asked_for(moved), seq=7, actor=actor, request=moved)
    offered = told.similar if isinstance(told, trail.Failed | trail.Offered) else ()
    return a_shown(moved, entry=entry, voters=voters, votes_needed=needed, attempt=attempt, offered=offered)


def since(shown: Shown, told: AnyTold, *, actor: str = BOT) -> Shown:
    """The same with a further entry, number 8, that left its state as it was."""
    return replace(shown, entry=an_entry(told, seq=8, actor=actor, request=shown.request))


TERMS = TermsTold.of(some_terms())
ATTEMPT = "aa" * 16
AUTOMATIC = trail.Approved(terms=TERMS, automatic=True, limit=Money.of("200 INR"))


def paid(charged: str | None = "101 INR") -> ChargeTold:
    return ChargeTold.of(Money.of("101 INR"), None if charged is None else Money.of(charged))


def stood(spent: str, budget: str | None = "500", *, reserved: str = "0", currency: str = "INR") -> MonthTold:
    """How the month stood."""
    return MonthTold(
        month="2026-11",
        currency=currency,
        spent=Money.of(f"{spent} {currency}"),
        reserved=Money.of(f"{reserved} {currency}"),
        budget=None if budget is None else Money.of(f"{budget} {currency}"),
    )


sold = partial(trail.Purchased, attempt=ATTEMPT, number="{}", provider_request_id=None, paid=paid())
asked = partial(asked_for, a_request())
asked_again = partial(trail.AskedAgain, terms=TERMS)

CHANGED = asked_again(why=WhyAgain.TERMS_CHANGED, before=TermsTold.of(some_terms("90+1 INR", months=6)))
INCOMPLETE = some_terms(left_out=("minimum commitment", "trial"))
LEFT_OUT = asked_again(why=WhyAgain.TERMS_LEFT_OUT, terms=TermsTold.of(INCOMPLETE))
TOO_LOW = asked_again(why=WhyAgain.BALANCE_TOO_LOW, required=Money.of("101 INR"), available=Money.of("12.5 INR"))
TOO_LOW_UNKNOWN = asked_again(why=WhyAgain.BALANCE_TOO_LOW, said=REFUSED)

BOUGHT = replace(an_owned_number(), next_billing_at=NOON + timedelta(days=30))
HARDLY_KNOWN = OwnedNumber(e164=BOUGHT.e164)


def a_debit(id: str = "txn_000001", amount: str | None = "101 INR") -> LedgerEntry:
    """As the ledger shows what a purchase left behind; without an amount, as when it cannot be read."""
    return a_row(amount, id=id, description=None, at=None if amount is None else NOON)


DEBIT = a_debit()

LOOKS: Mapping[str, Look] = {
    "nothing readable": Look(is_owned_read=False),
    "clean": Look(is_owned_read=True, on_sale=True, debits=()),
    "gone": Look(is_owned_read=True, on_sale=False, debits=()),
    "ours": Look(is_owned_read=True, owned=BOUGHT, on_sale=False, debits=(DEBIT,)),
    "ours, under way": Look(is_owned_read=True, owned=replace(BOUGHT, status="pending_purchase"), on_sale=False),
    "ours, older form": Look(is_owned_read=True, owned=HARDLY_KNOWN, on_sale=False, debits=()),
    "charged": Look(is_owned_read=True, on_sale=True, debits=(DEBIT,)),
    "charged in two rows": Look(
        is_owned_read=True, on_sale=False, debits=(a_debit("txn_1", "100 INR"), a_debit("txn_2", None))
    ),
    "inventory unreadable": Look(is_owned_read=True, debits=()),
    "ledger unreadable": Look(is_owned_read=True, on_sale=True),
    "rows unreadable": Look(is_owned_read=True, on_sale=True, debits=(), unread=(a_row_that_tells_nothing(),) * 2),
    "ledger closed": Look(is_owned_read=True, on_sale=True, is_ledger_closed=True),
    "another account's": Look(is_owned_read=True, owned_by="SA_OTHER", on_sale=False, debits=()),
}

SEEN: Mapping[str, Seen] = {name: Seen.of(look) for name, look in LOOKS.items()}

MAY_BE_CHARGED = Seen(what=Alert.MAY_BE_CHARGED, owned=False, debits=(Debit(id="no-id~5f1c"),))
NOT_USABLE = Seen(what=Alert.NOT_USABLE, owned=True, owned_status="blocked", debits=())
BESIDE_SALE = SEEN["charged"].model_copy(update={"what": Alert.CHARGED_BESIDE_SALE})


def looked(
    seen: str | Seen | None,
    *,
    asks_people: bool = False,
    is_alerted: bool = False,
    settles_at: datetime | None = None,
    number: OwnedNumber | None = None,
) -> ShownAttempt:
    """The newest attempt, and what its last look showed, which may be one of `SEEN` by its name."""
    attempt = an_attempt(number=number, asks_people=asks_people, is_alerted=is_alerted, settles_at=settles_at)
    return replace(attempt, seen=SEEN[seen] if isinstance(seen, str) else seen)


SIMILAR = tuple(
    similar(
        [
            a_listing(number="+918069000187"),
            a_listing("100+1.50 INR", number="+918069000203"),
            a_listing("0+350 INR", number="+914469000133", region=None),
        ],
        a_request(),
    )
)
OFFERED = trail.Failed(error=Failure.NOT_IN_INVENTORY, similar=SIMILAR)


def checking(told: AnyTold | None = None, *, actor: str = BOT, attempt: ShownAttempt | None = None) -> Shown:
    """The outcome is unknown; a further entry tells what was found out since."""
    lost = trail.Checking(attempt=ATTEMPT, said=ProviderSaid(code="x"))
    began = a_case(Status.CHECKING, lost, actor=BOT, voters=(BOSS,), attempt=attempt or an_attempt())
    return began if told is None else since(began, told, actor=actor)


def a_failure(told: Failure | trail.Failed, *, actor: str = BOT, attempt: ShownAttempt | None = None) -> Shown:
    failed = trail.Failed(error=told) if isinstance(told, Failure) else told
    return a_case(Status.FAILED, failed, actor=actor, request=a_request(id=ID, error=failed.error), attempt=attempt)


NOT_BOUGHT = trail.Failed(error=Failure.NOT_BOUGHT, seen=SEEN["clean"], settles_at=AN_HOUR_LATER)
UNSETTLED = looked("clean", settles_at=AN_HOUR_LATER)


def pending_again(told: trail.AskedAgain) -> Shown:
    return a_case(told=told, actor=BOT)


def purchased(told: trail.Purchased | None = None, *, actor: str = BOT, attempt: ShownAttempt | None = None) -> Shown:
    return a_case(Status.PURCHASED, told or sold(), actor=actor, voters=(BOSS, CHIEF), attempt=attempt)


def automatic(status: Status, told: AnyTold, attempt: ShownAttempt | None = None) -> Shown:
    return a_case(status, told, actor=BOT, request=replace(a_request(id=ID), is_automatic=True), attempt=attempt)


def anew(shown: Shown, number: str = NUMBER) -> Shown:
    """The same once it, or another number, was asked for again."""
    asked = since(shown, trail.RequestedAnew(request="4d" * 16, e164=number), actor=ASKER)
    return replace(asked, requested_anew=asked.entry)


WHY = "Is one number not enough for both teams?"
QUESTION = trail.ChangesRequested(question=WHY)
ANSWER = trail.Answered(answer="No: each team has its own opening hours", question=WHY, asked_by=BOSS)

CARDS: Mapping[str, Shown] = {
    "pending, balance too low": a_case(told=asked(available=Money.of("50.5 INR"))),
    "pending, balance too low and postpaid": a_case(told=asked(available=Money.of("-3 INR"), may_overdraw=True)),
    "pending, too few can approve it": a_case(needed=2, told=asked(can_approve=1)),
    "pending, asked for while frozen": a_case(told=asked(frozen=True)),
    "pending": a_case(),
    "pending, denied before": replace(
        a_case(), denied_before=an_entry(trail.Denied(reason="too dear"), seq=3, actor=BOSS, request=a_request())
    ),
    "pending, asked about": replace(since(a_case(), QUESTION, actor=BOSS), asked=Asked(question=WHY, by=BOSS)),
    "pending, asked about and answered": replace(
        since(a_case(), ANSWER), asked=Asked(question=WHY, by=BOSS, answer=ANSWER.answer)
    ),
    "pending, bound and dear": a_case(request=a_request(terms=BOUND, id=ID, reason="")),
    "pending, for a sub-account on trial": a_case(
        request=a_request(terms=some_terms(account="SA_SUB1", trial=True, months=1), id=ID)
    ),
    "pending, one of two approvals": a_case(
        told=a_vote(a_request(), BOSS, needed=2, is_enough=False), actor=BOSS, voters=(BOSS,), needed=2
    ),
    "pending, nobody of two yet": a_case(needed=2),
    "pending, within the budget": a_case(told=asked(in_month=stood("200", reserved="101"))),
    "pending, the budget is overrun": a_case(told=asked(in_month=stood("600"))),
    "pending, without a budget in its currency": a_case(told=asked(in_month=stood("0", "0"))),
    "pending again, terms changed": pending_again(CHANGED),
    "pending again, terms left out": replace(pending_again(LEFT_OUT), request=a_request(terms=INCOMPLETE, id=ID)),
    "pending again, limit lowered": pending_again(asked_again(why=WhyAgain.LIMIT_LOWERED)),
    "pending again, balance too low": pending_again(TOO_LOW),
    "pending again, balance unknown": pending_again(TOO_LOW_UNKNOWN),
    "pending again, frozen": pending_again(asked_again(why=WhyAgain.FROZEN)),
    "pending again, approver left": pending_again(asked_again(why=WhyAgain.APPROVER_LEFT)),
    "pending again, lapsed": pending_again(asked_again(why=WhyAgain.LAPSED)),
    "pending again, and voted for since": since(
        pending_again(asked_again(why=WhyAgain.FROZEN)), a_vote(a_request(), BOSS, is_enough=False), actor=BOSS
    ),
    "approved": a_case(
        Status.APPROVED, a_vote(a_request(), BOSS, CHIEF, needed=2), actor=CHIEF, voters=(BOSS, CHIEF), needed=2
    ),
    "approved automatically": automatic(Status.APPROVED, AUTOMATIC),
    "purchasing": a_case(
        Status.PURCHASING, trail.AttemptRecorded(terms=TERMS, attempt=ATTEMPT), actor=BOT, voters=(BOSS,)
    ),
    "checking": checking(),
    "checking, money went": checking(trail.ChargedWithoutNumber(), attempt=looked("charged", is_alerted=True)),
    "checking, people asked": checking(trail.PeopleAsked(), attempt=looked("gone", asks_people=True)),
    "checking, people asked, provider unreadable": checking(
        trail.PeopleAsked(), attempt=looked("nothing readable", asks_people=True)
    ),
    "checking, people asked, money went": checking(
        trail.PeopleAsked(), attempt=looked("charged in two rows", asks_people=True, is_alerted=True)
    ),
    "checking, people asked as no look was made": checking(trail.Parked(), attempt=an_attempt(asks_people=True)),
    "checking, looked at again": checking(trail.LookAsked(), actor=BOSS, attempt=looked("gone")),
    "checking, written off": checking(trail.WrittenOff(), actor=BOSS, attempt=looked("charged")),
    "purchased": purchased(attempt=an_attempt(number=BOUGHT)),
    "purchased automatically": automatic(Status.PURCHASED, sold(), an_attempt(number=BOUGHT)),
    "purchased, said a person": purchased(actor=CHIEF, attempt=an_attempt(number=BOUGHT)),
    "purchased, and the provider shows otherwise": since(
        purchased(attempt=an_attempt(number=BOUGHT, is_alerted=True)), trail.SweepAlert()
    ),
    "failed": a_failure(trail.Failed(error=Failure.REJECTED, said=REFUSED)),
    "failed, not bought": a_failure(NOT_BOUGHT, attempt=UNSETTLED),
    "failed, not bought, settled": since(a_failure(NOT_BOUGHT, attempt=looked("clean")), trail.Settled()),
    "failed, and charged after all": since(
        a_failure(NOT_BOUGHT, attempt=looked("charged", is_alerted=True)), trail.SweepAlert()
    ),
    "failed, and ours without being usable": since(
        a_failure(NOT_BOUGHT, attempt=looked(NOT_USABLE, is_alerted=True)), trail.SweepAlert()
    ),
    "failed, and charged beside another request's sale": since(
        a_failure(Failure.SOLD_TO_ANOTHER_REQUEST, attempt=looked(BESIDE_SALE, is_alerted=True)),
        trail.ChargedWithoutNumber(),
    ),
    "pending again, and charged after all": replace(pending_again(TOO_LOW), attempt=looked("charged", is_alerted=True)),
    "failed, said the operator": a_failure(Failure.NOT_BOUGHT, actor=OPERATOR, attempt=an_attempt()),
    "failed, similar numbers offered": a_failure(OFFERED),
    "denied": a_case(Status.DENIED, trail.Denied(reason="too expensive"), actor=BOSS),
    "denied, and asked for again": anew(a_case(Status.DENIED, trail.Denied(reason="too expensive"), actor=BOSS)),
    "gone, and another one asked for instead": anew(a_failure(OFFERED), SIMILAR[0].e164),
    "withdrawn": a_case(Status.WITHDRAWN, trail.Withdrawn()),
    "withdrawn, as it could not be posted": a_case(
        Status.WITHDRAWN, trail.Withdrawn(why="card_not_posted", code="is_archived"), actor=BOT
    ),
    "expired": a_case(Status.EXPIRED, trail.Expired(), actor=BOT),
}


def gone(missing: str) -> Shown:
    return a_failure(trail.Failed(error=Failure.NOT_IN_INVENTORY, missing=missing))


def refused(error: Failure, code: str, message: str) -> Shown:
    return a_failure(trail.Failed(error=error, said=ProviderSaid(code=code, message=message)))


FAILURES: Mapping[str, Shown] = {
    "already ours": a_failure(Failure.ALREADY_OURS),
    "gone": gone(""),
    "gone, similar numbers offered": a_failure(OFFERED),
    "gone, one similar number offered": a_failure(
        trail.Failed(error=Failure.NOT_IN_INVENTORY, missing="blocked", similar=SIMILAR[:1])
    ),
    "gone, says the purchase": refused(Failure.NOT_IN_INVENTORY, "not_found", "number not found"),
    "blocked meanwhile": gone("blocked"),
    "without a price meanwhile": gone("setup fee"),
    "with impossible fees meanwhile": gone(IMPOSSIBLE_FEES),
    "terms kept changing": a_failure(trail.Failed(error=Failure.TERMS_KEPT_CHANGING, terms=TERMS)),
    "over the most that may be charged": a_failure(trail.Failed(error=Failure.OVER_MAX_CHARGE, terms=TERMS)),
    "not sent": refused(Failure.NOT_SENT, "not_sent", "not sent: connection"),
    "not executed": refused(Failure.NOT_EXECUTED, "rate_limited", "too many requests"),
    "rejected": a_failure(trail.Failed(error=Failure.REJECTED, said=REFUSED)),
    "rejected without words": refused(Failure.REJECTED, "http_403", ""),
    "rejected without anything": a_failure(Failure.REJECTED),
    "not bought, may still settle": a_failure(NOT_BOUGHT, attempt=UNSETTLED),
    "not bought, certain": a_failure(trail.Failed(error=Failure.NOT_BOUGHT, seen=SEEN["clean"])),
    "not bought, said a person": a_failure(NOT_BOUGHT.also(seen=SEEN["gone"]), actor=BOSS, attempt=UNSETTLED),
    "not bought, said a person without the ledger": a_failure(
        NOT_BOUGHT.also(seen=SEEN["ledger unreadable"]), actor=BOSS, attempt=UNSETTLED
    ),
    "not bought, said the operator": a_failure(Failure.NOT_BOUGHT, actor=OPERATOR),
    "sold to another request": a_failure(trail.Failed(error=Failure.SOLD_TO_ANOTHER_REQUEST, seen=SEEN["ours"])),
}

ONE, TWO = (Debit.of(DEBIT),), (Debit.of(DEBIT), Debit.of(a_debit("txn_000002")))

swept = partial(trail.SweepAlert, attempt=ATTEMPT, debits=(), called_at=NOON, provider_request_id="req_9")
charged = partial(trail.ChargedWithoutNumber, called_at=NOON, provider_request_id="req_9")

ON_CARDS_TOO = (
    *("approved automatically", "denied", "withdrawn", "expired"),
    *("pending again, terms changed", "pending again, balance too low", "pending again, balance unknown"),
    *("pending, asked about", "pending, asked about and answered"),
    *("pending again, frozen", "purchased", "purchased automatically", "purchased, said a person"),
)

REPLIES: Mapping[str, Shown] = {
    **{name: CARDS[name] for name in ON_CARDS_TOO},
    "voted": a_case(told=a_vote(a_request(), BOSS, needed=2, is_enough=False), actor=BOSS, voters=(BOSS,)),
    "approved": a_case(Status.APPROVED, a_vote(a_request(), CHIEF), actor=CHIEF, voters=(CHIEF,)),
    "reminded": replace(a_case(told=trail.Reminded(), actor=BOT), approvers=(BOSS, GROUP)),
    "reminded of an outcome": checking(trail.Reminded(about="outcome")),
    "asked again, terms left out": pending_again(LEFT_OUT),
    "not executed": a_case(Status.APPROVED, trail.NotExecuted(said=ProviderSaid(code="rate_limited")), actor=BOT),
    "checking, lost": a_case(
        Status.CHECKING, trail.Checking(attempt=ATTEMPT, said=ProviderSaid(code="timeout")), actor=BOT
    ),
    "checking, answered oddly": a_case(Status.CHECKING, trail.Checking(attempt=ATTEMPT, said=REFUSED), actor=BOT),
    "money went": checking(charged(seen=SEEN["charged"])),
    "money went, and nothing more is known": checking(trail.ChargedWithoutNumber(seen=SEEN["charged in two rows"])),
    "people asked": checking(trail.PeopleAsked(seen=SEEN["gone"])),
    "look asked": checking(trail.LookAsked(), actor=BOSS),
    "look asked by an operator": checking(trail.LookAsked(), actor=OPERATOR),
    "written off": checking(trail.WrittenOff(debits=ONE), actor=BOSS),
    "written off, ledger unreadable": checking(trail.WrittenOff(debits=ONE, ledger_unread=True), actor=BOSS),
    "the bot failed": since(a_case(), trail.Parked(kind="decide", work=3, error="OverflowError")),
    "purchased, hardly anything known": a_case(
        Status.PURCHASED,
        sold(paid=paid(None)),
        actor=BOT,
        voters=(BOSS,),
        attempt=an_attempt(number=HARDLY_KNOWN),
        request=a_request(id=ID, reason=""),
    ),
    "purchased, details lost": purchased(),
    "purchased, with an identity check to pass and no monthly fee": a_case(
        Status.PURCHASED,
        sold(),
        actor=BOT,
        voters=(BOSS,),
        request=a_request(terms=some_terms("101+0 INR", identity_check=True), id=ID),
        attempt=an_attempt(number=replace(BOUGHT, monthly_fee=Money.of("0 INR"))),
    ),
    "purchased, charged otherwise": purchased(sold(paid=paid("101.5 INR")), attempt=an_attempt(number=BOUGHT)),
    "purchased, within the budget": purchased(sold(in_month=stood("399", reserved="101"))),
    "purchased, past the budget": purchased(
        sold(paid=paid("201.5 INR"), in_month=stood("400.5", reserved="101")), attempt=an_attempt(number=BOUGHT)
    ),
    "purchased, found late and past the budget": purchased(sold(in_month=stood("601"), late=True, rivals=("4d" * 16,))),
    "purchased in a currency without a budget": purchased(
        sold(paid=paid("3 USD"), in_month=stood("3", "0", currency="USD"))
    ),
    "purchased, found late": purchased(sold(late=True), attempt=an_attempt(number=BOUGHT)),
    "purchased, found without the ledger": purchased(
        sold(seen=SEEN["ours, under way"]), actor=BOSS, attempt=an_attempt(number=BOUGHT)
    ),
    "purchased, with rivals": purchased(sold(rivals=("4d" * 16,)), attempt=an_attempt(number=BOUGHT)),
    "purchased, said the operator": purchased(
        sold(paid=paid(None), without_asking=True), actor=OPERATOR, attempt=an_attempt(number=HARDLY_KNOWN)
    ),
    "swept, money went": since(a_failure(NOT_BOUGHT), swept(what=Alert.CHARGED_WITHOUT_NUMBER, debits=ONE)),
    "swept, money went past the budget": since(
        a_failure(NOT_BOUGHT),
        swept(what=Alert.CHARGED_WITHOUT_NUMBER, debits=ONE, in_month=stood("450", reserved="101")),
    ),
    "swept, it may have been charged": since(
        a_failure(NOT_BOUGHT, attempt=looked(MAY_BE_CHARGED, is_alerted=True)),
        swept(what=Alert.MAY_BE_CHARGED, debits=(Debit(id="no-id~5f1c"),), in_month=stood("450", reserved="101")),
    ),
    "swept, charged otherwise": since(purchased(), swept(what=Alert.CHARGED_OTHERWISE, paid=paid("201.5 INR"))),
    "swept, charged otherwise and past the budget": since(
        purchased(), swept(what=Alert.CHARGED_OTHERWISE, paid=paid("201.5 INR"), in_month=stood("501.5"))
    ),
    "swept, charged twice": since(purchased(), swept(what=Alert.CHARGED_TWICE, debits=TWO)),
    "swept, charged twice, with the sum": since(
        purchased(), swept(what=Alert.CHARGED_TWICE, debits=TWO, paid=paid("202 INR"))
    ),
    "swept, charged as approved after all": since(purchased(), swept(what=Alert.CHARGED_OTHERWISE, paid=paid())),
    "swept, not usable": since(a_failure(NOT_BOUGHT), swept(what=Alert.NOT_USABLE, owned=True, owned_status="blocked")),
    "charged beside another request's sale": since(
        a_failure(Failure.SOLD_TO_ANOTHER_REQUEST), charged(what=Alert.CHARGED_BESIDE_SALE, debits=ONE)
    ),
    "reminded of an alert": since(purchased(), trail.Reminded(about="alert")),
    "swept, not among own numbers": since(purchased(), swept(what=Alert.NOT_AMONG_OWN_NUMBERS)),
    "similar numbers offered": since(a_failure(Failure.NOT_IN_INVENTORY), trail.Offered(similar=SIMILAR)),
    "one similar number offered": since(a_failure(Failure.NOT_IN_INVENTORY), trail.Offered(similar=SIMILAR[:1])),
    **{f"failed, {name}": shown for name, shown in FAILURES.items()},
}


def frozen(actor: str = BOSS, *, out: tuple[str, ...] = (), returned: tuple[str, ...] = ()) -> Entry:
    named = [tuple(OneOf(request=ID, e164=e164) for e164 in numbers) for numbers in (out, returned)]
    return an_entry(trail.Frozen(out=named[0], returned=named[1]), seq=7, actor=actor)


def stray(*debits: str) -> Entry:
    found = tuple(Debit.of(a_debit(debit)) for debit in debits)
    return an_entry(trail.SweepAlert(what=Alert.UNEXPLAINED_DEBITS, debits=found), seq=7, actor=BOT)


ANNOUNCEMENTS: Mapping[str, Entry] = {
    "frozen": frozen(),
    "frozen by an operator": frozen(OPERATOR),
    "frozen while calls are out": frozen(out=("+918069000142", "+918069000187")),
    "frozen, approved ones returned": frozen(returned=("+918069000142",)),
    "frozen, both": frozen(out=("+918069000142",), returned=("+918069000187", "+918069000203")),
    "frozen, for the database is new": an_entry(trail.Frozen(own_numbers=12), seq=7, actor=BOT),
    "frozen, for the database is a copy": an_entry(trail.Frozen(copied_after=NOON), seq=7, actor=BOT),
    "unfrozen": an_entry(trail.Unfrozen(), seq=7, actor=BOSS),
    "unfrozen by an operator": an_entry(trail.Unfrozen(), seq=7, actor=OPERATOR),
    "the sweep failed": an_entry(trail.Parked(kind="sweep", error="KeyError"), seq=7, actor=BOT),
    "sweeps cannot read the ledger": an_entry(
        trail.SweepFailed(unread="ledger", reason="timeout", since=AN_HOUR_LATER, good_at=NOON), seq=7, actor=BOT
    ),
    "no sweep could read own numbers yet": an_entry(
        trail.SweepFailed(unread="own_numbers", reason="denied", since=NOON), seq=7, actor=BOT
    ),
    "something failed": an_entry(trail.Parked(kind="submit", error="KeyError"), seq=7, actor=BOT),
    "a debit that nothing explains": stray(DEBIT.id),
    "more of them than are named": stray(*(f"txn_{no}" for no in range(30))),
}

UNTOLD: tuple[type[AnyTold], ...] = (
    trail.Requested,
    trail.RequestedAnew,
    trail.RequestRefused,
    trail.DecisionRefused,
    trail.AttemptRecorded,
    trail.Settled,
    trail.Frozen,
    trail.Unfrozen,
    trail.SweepFailed,
    trail.TakenUp,
    trail.LetGo,
    trail.Exported,
    trail.Archived,
    trail.Moved,
    trail.Acknowledged,
)
"""What no thread tells: the card does, or words to one person, or the channel."""
