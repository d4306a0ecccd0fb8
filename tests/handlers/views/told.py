"""Every entry that a thread tells and every one that the channel is told, as the services leave them."""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import JsonValue

from bot.domain.audit import BOT, OPERATOR, Entry, Event, Facts
from bot.domain.request import Status
from bot.domain.shown import Shown
from bot.domain.terms import IMPOSSIBLE_FEES
from bot.services.reconcile.look import debit_facts
from bot.services.transitions import terms_facts
from tests.handlers.views.cases import (
    AUTOMATIC,
    BOUGHT,
    CALLED,
    CERTAIN,
    CHANGED,
    DEBIT,
    GONE_MONEY,
    GROUP,
    HARDLY_KNOWN,
    ID,
    LEFT_OUT,
    NOT_BOUGHT,
    NOT_USABLE,
    OFFERED,
    REFUSED,
    SEEN,
    SIMILAR,
    TOO_LOW,
    TOO_LOW_UNKNOWN,
    UNSETTLED,
    a_case,
    a_debit,
    a_failure,
    approval,
    asked_again,
    automatic,
    charge,
    checking,
    pending_again,
    purchased,
    since,
    stood,
)
from tests.harness.builders import BOSS, CHIEF, a_request, an_attempt, an_entry, some_terms

FAILURES: Mapping[str, Shown] = {
    "already ours": a_failure("already_ours"),
    "gone": a_failure("not_in_inventory", facts={"missing": ""}),
    "gone, similar numbers offered": a_failure("not_in_inventory", facts=OFFERED),
    "gone, one similar number offered": a_failure(
        "not_in_inventory", facts={"missing": "blocked", "similar": [SIMILAR[0].facts()]}
    ),
    "gone, says the purchase": a_failure(
        "not_in_inventory", facts={"message": "number not found", "code": "not_found"}
    ),
    "blocked meanwhile": a_failure("not_in_inventory", facts={"missing": "blocked"}),
    "without a price meanwhile": a_failure("not_in_inventory", facts={"missing": "setup fee"}),
    "with impossible fees meanwhile": a_failure("not_in_inventory", facts={"missing": IMPOSSIBLE_FEES}),
    "terms kept changing": a_failure("terms_kept_changing", facts=terms_facts(some_terms())),
    "not sent": a_failure("not_sent", facts={"message": "not sent: connection", "code": "not_sent"}),
    "not executed": a_failure("not_executed", facts={"message": "too many requests", "code": "rate_limited"}),
    "rejected": a_failure("rejected", facts=REFUSED),
    "rejected without words": a_failure("rejected", facts={"code": "http_403", "message": ""}),
    "rejected without anything": a_failure("rejected"),
    "not bought, may still settle": a_failure("not_bought", attempt=UNSETTLED, facts=NOT_BOUGHT),
    "not bought, certain": a_failure("not_bought", facts=CERTAIN),
    "not bought, said a person": a_failure(
        "not_bought", actor=BOSS, attempt=UNSETTLED, facts={**NOT_BOUGHT, "seen": dict(SEEN["gone"])}
    ),
    "not bought, said the operator": a_failure("not_bought", actor=OPERATOR, facts={"seen": None, "settles_at": None}),
    "sold to another request": a_failure("sold_to_another_request", facts={"seen": dict(SEEN["ours"])}),
    "a code of a later version": a_failure("not_heard_of_yet", facts={"code": "x"}),
}


def swept(what: str, *debits: JsonValue) -> Facts:
    return {"what": what, "attempt": "aa" * 16, "debits": list(debits), **CALLED}


CHARGED_TWICE = swept("charged_twice", debit_facts(DEBIT), debit_facts(a_debit("txn_000002")))

OTHERWISE: Facts = {"what": "charged_otherwise", **charge("201.5")}

REPLIES: Mapping[str, Shown] = {
    "voted": a_case(event=Event.VOTED, actor=BOSS, voters=(BOSS,), facts=approval(some_terms(), BOSS, needed=2)),
    "approved": a_case(
        Status.APPROVED, Event.APPROVED, actor=CHIEF, voters=(CHIEF,), facts=approval(some_terms(), CHIEF)
    ),
    "approved automatically": automatic(Status.APPROVED, Event.APPROVED, AUTOMATIC),
    "denied": a_case(Status.DENIED, Event.DENIED, actor=BOSS, facts={"reason": "too expensive"}),
    "withdrawn": a_case(Status.WITHDRAWN, Event.WITHDRAWN),
    "expired": a_case(Status.EXPIRED, Event.EXPIRED, actor=BOT),
    "reminded": replace(a_case(event=Event.REMINDED, actor=BOT), approvers=(BOSS, GROUP)),
    "reminded of an outcome": since(checking(), Event.REMINDED, facts={"about": "outcome"}),
    "asked again, terms changed": pending_again(CHANGED),
    "asked again, terms left out": pending_again(LEFT_OUT),
    "asked again, balance too low": pending_again(TOO_LOW),
    "asked again, balance unknown": pending_again(TOO_LOW_UNKNOWN),
    "asked again, frozen": pending_again(asked_again("frozen")),
    "not executed": a_case(Status.APPROVED, Event.NOT_EXECUTED, actor=BOT, facts={"code": "rate_limited"}),
    "checking, lost": a_case(
        Status.CHECKING, Event.CHECKING, actor=BOT, facts={"attempt": "aa" * 16, "code": "timeout", "message": ""}
    ),
    "checking, answered oddly": a_case(Status.CHECKING, Event.CHECKING, actor=BOT, facts=REFUSED),
    "money went": since(checking(), Event.CHARGED_WITHOUT_NUMBER, facts=GONE_MONEY),
    "money went, and nothing more is known": since(
        checking(), Event.CHARGED_WITHOUT_NUMBER, facts={"seen": dict(SEEN["charged in two rows"])}
    ),
    "people asked": since(checking(), Event.PEOPLE_ASKED, facts={"seen": dict(SEEN["gone"])}),
    "look asked": since(checking(), Event.LOOK_ASKED, actor=BOSS),
    "look asked by an operator": since(checking(), Event.LOOK_ASKED, actor=OPERATOR),
    "written off": since(checking(), Event.WRITTEN_OFF, actor=BOSS, facts={"debits": [debit_facts(DEBIT)]}),
    "the bot failed": since(a_case(), Event.PARKED, facts={"kind": "decide", "work": 3, "error": "OverflowError"}),
    "purchased": purchased(attempt=an_attempt(number=BOUGHT)),
    "purchased automatically": automatic(Status.PURCHASED, Event.PURCHASED, charge("101"), an_attempt(number=BOUGHT)),
    "purchased, hardly anything known": a_case(
        Status.PURCHASED,
        Event.PURCHASED,
        actor=BOT,
        voters=(BOSS,),
        facts=charge(None),
        attempt=an_attempt(number=HARDLY_KNOWN),
        request=a_request(id=ID, reason=""),
    ),
    "purchased, details lost": purchased(),
    "purchased, charged otherwise": purchased(attempt=an_attempt(number=BOUGHT), facts=charge("101.5")),
    "purchased, within the budget": purchased(facts={**charge("101"), **stood("399", reserved="101")}),
    "purchased, past the budget": purchased(
        attempt=an_attempt(number=BOUGHT), facts={**charge("201.5"), **stood("400.5", reserved="101")}
    ),
    "purchased, found late and past the budget": purchased(
        facts={**charge("101"), **stood("601"), "late": True, "rivals": ["4d" * 16]}
    ),
    "purchased in a currency without a budget": purchased(
        facts={**charge("3"), "charged_currency": "USD", **stood("3", "0", currency="USD")}
    ),
    "purchased, found late": purchased(attempt=an_attempt(number=BOUGHT), facts={**charge("101"), "late": True}),
    "purchased, with rivals": purchased(
        attempt=an_attempt(number=BOUGHT), facts={**charge("101"), "rivals": ["4d" * 16]}
    ),
    "purchased, said a person": purchased(actor=CHIEF, attempt=an_attempt(number=BOUGHT)),
    "purchased, said the operator": purchased(
        actor=OPERATOR, attempt=an_attempt(number=HARDLY_KNOWN), facts={**charge(None), "without_asking": True}
    ),
    "swept, money went": since(
        a_failure("not_bought", facts=NOT_BOUGHT),
        Event.SWEEP_ALERT,
        facts=swept("charged_without_number", debit_facts(DEBIT)),
    ),
    "swept, money went past the budget": since(
        a_failure("not_bought", facts=NOT_BOUGHT),
        Event.SWEEP_ALERT,
        facts={**swept("charged_without_number", debit_facts(DEBIT)), **stood("450", reserved="101")},
    ),
    "swept, charged otherwise": since(purchased(), Event.SWEEP_ALERT, facts=OTHERWISE),
    "swept, charged otherwise and past the budget": since(
        purchased(), Event.SWEEP_ALERT, facts={**OTHERWISE, **stood("501.5")}
    ),
    "swept, charged twice": since(purchased(), Event.SWEEP_ALERT, facts=CHARGED_TWICE),
    "swept, charged twice, with the sum": since(
        purchased(), Event.SWEEP_ALERT, facts={**CHARGED_TWICE, **charge("202")}
    ),
    "swept, charged as approved after all": since(
        purchased(), Event.SWEEP_ALERT, facts={"what": "charged_otherwise", **charge("101")}
    ),
    "swept, not usable": since(
        a_failure("not_bought", facts=NOT_BOUGHT), Event.SWEEP_ALERT, facts={**swept("not_usable"), **NOT_USABLE}
    ),
    "charged beside another request's sale": since(
        a_failure("sold_to_another_request"),
        Event.CHARGED_WITHOUT_NUMBER,
        facts=swept("charged_beside_sale", debit_facts(DEBIT)),
    ),
    "reminded of an alert": since(purchased(), Event.REMINDED, facts={"about": "alert"}),
    "swept, not among own numbers": since(purchased(), Event.SWEEP_ALERT, facts=swept("not_among_own_numbers")),
    **{f"failed, {name}": shown for name, shown in FAILURES.items()},
}


def frozen(actor: str = BOSS, *, out: tuple[str, ...] = (), returned: tuple[str, ...] = ()) -> Entry:
    return an_entry(Event.FROZEN, seq=7, actor=actor, facts={"out": _named(out), "returned": _named(returned)})


def stray(*debits: str) -> Entry:
    listed: list[JsonValue] = [debit_facts(a_debit(debit)) for debit in debits]
    return an_entry(Event.SWEEP_ALERT, seq=7, actor=BOT, facts={"what": "unexplained_debits", "debits": listed})


def _named(numbers: tuple[str, ...]) -> list[JsonValue]:
    return [{"request": ID, "e164": e164} for e164 in numbers]


ANNOUNCEMENTS: Mapping[str, Entry] = {
    "frozen": frozen(),
    "frozen by an operator": frozen(OPERATOR),
    "frozen while calls are out": frozen(out=("+918069000142", "+918069000187")),
    "frozen, approved ones returned": frozen(returned=("+918069000142",)),
    "frozen, both": frozen(out=("+918069000142",), returned=("+918069000187", "+918069000203")),
    "unfrozen": an_entry(Event.UNFROZEN, seq=7, actor=BOSS),
    "unfrozen by an operator": an_entry(Event.UNFROZEN, seq=7, actor=OPERATOR),
    "the sweep failed": an_entry(Event.PARKED, seq=7, actor=BOT, facts={"kind": "sweep", "error": "KeyError"}),
    "something failed": an_entry(Event.PARKED, seq=7, actor=BOT, facts={"kind": "submit", "error": "KeyError"}),
    "a debit that nothing explains": stray(DEBIT.id),
    "more of them than are named": stray(*(f"txn_{no}" for no in range(30))),
}
