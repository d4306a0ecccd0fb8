"""The rules of the machine. Each can be dropped, and then the scenario named beside it shows what it is for."""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple


class Rule(NamedTuple):
    """`shown_by` is the scenario that is violated without it."""

    shown_by: str
    words: str


RULES: Final[Mapping[str, Rule]] = {
    "lease": Rule("minute", "one worker at a time has a request's work, until its lease is over"),
    "lease-arrow": Rule("minute", "every arrow of a worker carries its lease: no lease, no arrow"),
    "sweep-lease": Rule("sweeps", "and each comparison of a sweep, between whose read and write a newer one may come"),
    "status-cas": Rule("votes", "status and terms_version are in the WHERE of every arrow"),
    "terms-version": Rule("freeze", "terms_version is in the WHERE of every arrow (the status still is)"),
    "credit": Rule("lists-lag", "a sale is credited to one attempt, the newest without a definite refusal"),
    "settling": Rule("same-number", "after a lost answer the number cannot be requested for an hour"),
    "settling-budget": Rule("budget", "after a lost answer the reservation stays for an hour"),
    "own-500": Rule("hour", "`failed` is settled at once only after a 500 in the provider's own form"),
    "debit-look": Rule("minute", "no `failed` while there is an unexplained debit"),
    "two-looks": Rule("lists-lag", "two clean looks, not one (not shown: the ledger is so fresh that a minute does)"),
    "minute": Rule("minute", "the later look at least 60 s after the call ended"),
    "digest": Rule("votes", "the digest of the terms is checked at the click"),
    "click-time": Rule("waiting-click", "a click counts for what was asked before it, and not from before a freeze"),
    "re-read": Rule("votes", "the terms are read again before the call"),
    "approver": Rule("votes", "only approvers approve (shows only together with --without recount)"),
    "self": Rule("votes", "the requester does not approve"),
    "recount": Rule("votes", "only votes of people who are approvers now count, also when the attempt is recorded"),
    "unique-index": Rule("same-number", "one open request per number"),
    "freeze-approve": Rule("freeze", "nothing is approved while frozen"),
    "freeze-at-record": Rule("freeze", "no attempt is recorded while frozen (shows only without freeze-to-pending)"),
    "freeze-to-pending": Rule("freeze", "a freeze sends `approved`, and what comes back unexecuted, to `pending`"),
    "clock-look": Rule("same-number", "the bytes leave right after a look at the clocks: lease over, or more than 5 s"),
    "five-seconds": Rule("freeze", "the second half of it: recorded more than 5 s ago"),
    "single-call": Rule("minute", "the call of an attempt is made once"),
    "budget-row": Rule("budget", "approval is a conditional update of reserved + spent"),
    "one-decision": Rule("basket", "the members of a basket are decided in one transaction"),
    "basket-sum": Rule("basket", "votes are needed for the sum of what is decided together"),
    "leaves": Rule("basket", "whoever comes back to `pending` leaves the basket"),
    "free-reservation": Rule("votes", "the way back to `pending` frees the reservation"),
    "renew-expiry": Rule("votes", "the way back to `pending` sets a new expires_at with its work"),
    "expires-where": Rule("votes", "expires_at is in the WHERE of an approval"),
    "lapse": Rule("way-out", "`approved` ends after 15 minutes without a call"),
    "one-transaction": Rule("minute", "a status and the work it causes are committed together"),
    "write-off-hour": Rule("hour", "an attempt whose debit was written off is unsettled for an hour too"),
    "resolve-look": Rule("same-number", "a person's click counts only when a fresh look agrees"),
    "charge": Rule("minute", "the real charge is read on every way into `purchased`"),
    "sweep-ledger": Rule("hour", "the sweep compares the ledger too"),
    "sweep-purchased": Rule("others", "the sweep compares `purchased` ones too"),
    "two-claims": Rule("late-but-told", "two attempts that could claim one sale: approvers are alerted"),
    "told-twice": Rule(
        "sold-twice",
        "what is charged beside a sale is told, by a later attempt that is not refused or else by the sale",
    ),
    "late-truth": Rule("hour", "`failed` becomes `purchased` when the number is found later"),
}


def holding(without: Collection[str] = ()) -> dict[str, bool]:
    """Which rules hold. Two of them are a part of another, and fall with it."""
    holds = {rule: rule not in without for rule in RULES}
    holds["terms-version"] &= holds["status-cas"]
    holds["five-seconds"] &= holds["clock-look"]
    return holds
