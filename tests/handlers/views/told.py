"""Every entry that a thread tells and every one that the channel is told, as the services leave them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from bot.domain import trail
from bot.domain.alert import Alert
from bot.domain.audit import BOT, OPERATOR, Entry
from bot.domain.facts import Debit, OneOf, ProviderSaid
from bot.domain.request import Failure, Status
from bot.domain.shown import Shown
from bot.domain.terms import IMPOSSIBLE_FEES
from bot.domain.trail import AnyTold
from tests.handlers.views.cases import (
    ATTEMPT,
    BOUGHT,
    CARDS,
    DEBIT,
    GROUP,
    HARDLY_KNOWN,
    ID,
    LEFT_OUT,
    NOT_BOUGHT,
    OFFERED,
    REFUSED,
    SEEN,
    SIMILAR,
    TERMS,
    UNSETTLED,
    a_case,
    a_debit,
    a_failure,
    checking,
    paid,
    pending_again,
    purchased,
    since,
    sold,
    stood,
)
from tests.harness.builders import BOSS, CHIEF, NOON, a_request, a_vote, an_attempt, an_entry


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
    "not sent": refused(Failure.NOT_SENT, "not_sent", "not sent: connection"),
    "not executed": refused(Failure.NOT_EXECUTED, "rate_limited", "too many requests"),
    "rejected": a_failure(trail.Failed(error=Failure.REJECTED, said=REFUSED)),
    "rejected without words": refused(Failure.REJECTED, "http_403", ""),
    "rejected without anything": a_failure(Failure.REJECTED),
    "not bought, may still settle": a_failure(NOT_BOUGHT, attempt=UNSETTLED),
    "not bought, certain": a_failure(trail.Failed(error=Failure.NOT_BOUGHT, seen=SEEN["clean"])),
    "not bought, said a person": a_failure(
        NOT_BOUGHT.model_copy(update={"seen": SEEN["gone"]}), actor=BOSS, attempt=UNSETTLED
    ),
    "not bought, said the operator": a_failure(Failure.NOT_BOUGHT, actor=OPERATOR),
    "sold to another request": a_failure(trail.Failed(error=Failure.SOLD_TO_ANOTHER_REQUEST, seen=SEEN["ours"])),
}

ONE, TWO = (Debit.of(DEBIT),), (Debit.of(DEBIT), Debit.of(a_debit("txn_000002")))


swept = partial(trail.SweepAlert, attempt=ATTEMPT, debits=(), called_at=NOON, provider_request_id="req_9")

ON_CARDS_TOO = (
    *("approved automatically", "denied", "withdrawn", "expired"),
    *("pending again, terms changed", "pending again, balance too low", "pending again, balance unknown"),
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
    "money went": checking(
        trail.ChargedWithoutNumber(seen=SEEN["charged"], called_at=NOON, provider_request_id="req_9")
    ),
    "money went, and nothing more is known": checking(trail.ChargedWithoutNumber(seen=SEEN["charged in two rows"])),
    "people asked": checking(trail.PeopleAsked(seen=SEEN["gone"])),
    "look asked": checking(trail.LookAsked(), actor=BOSS),
    "look asked by an operator": checking(trail.LookAsked(), actor=OPERATOR),
    "written off": checking(trail.WrittenOff(debits=ONE), actor=BOSS),
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
    "purchased, with rivals": purchased(sold(rivals=("4d" * 16,)), attempt=an_attempt(number=BOUGHT)),
    "purchased, said the operator": purchased(
        sold(paid=paid(None), without_asking=True), actor=OPERATOR, attempt=an_attempt(number=HARDLY_KNOWN)
    ),
    "swept, money went": since(a_failure(NOT_BOUGHT), swept(what=Alert.CHARGED_WITHOUT_NUMBER, debits=ONE)),
    "swept, money went past the budget": since(
        a_failure(NOT_BOUGHT),
        swept(what=Alert.CHARGED_WITHOUT_NUMBER, debits=ONE, in_month=stood("450", reserved="101")),
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
        a_failure(Failure.SOLD_TO_ANOTHER_REQUEST),
        trail.ChargedWithoutNumber(
            what=Alert.CHARGED_BESIDE_SALE, debits=ONE, called_at=NOON, provider_request_id="req_9"
        ),
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
    "unfrozen": an_entry(trail.Unfrozen(), seq=7, actor=BOSS),
    "unfrozen by an operator": an_entry(trail.Unfrozen(), seq=7, actor=OPERATOR),
    "the sweep failed": an_entry(trail.Parked(kind="sweep", error="KeyError"), seq=7, actor=BOT),
    "something failed": an_entry(trail.Parked(kind="submit", error="KeyError"), seq=7, actor=BOT),
    "a debit that nothing explains": stray(DEBIT.id),
    "more of them than are named": stray(*(f"txn_{no}" for no in range(30))),
}

UNTOLD: tuple[type[AnyTold], ...] = (
    trail.Requested,
    trail.RequestRefused,
    trail.DecisionRefused,
    trail.AttemptRecorded,
    trail.Settled,
    trail.Frozen,
    trail.Unfrozen,
)
"""What no thread tells: the card does, or words to one person, or the channel."""
