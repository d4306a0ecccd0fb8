"""Every reason for which something changed nothing, with the evidence that the services give."""

from collections.abc import Mapping

from pydantic import JsonValue

from bot.domain.policy import Reason
from bot.domain.terms import IMPOSSIBLE_FEES
from tests.handlers.views.cases import AN_HOUR_LATER, SEEN
from tests.harness.builders import ASKER, BOSS, CHANNEL, NUMBER

Evidence = Mapping[str, JsonValue]

UNTIL = AN_HOUR_LATER.isoformat()

EVIDENCE: Mapping[Reason, Evidence] = {
    Reason.NOT_A_FULL_MEMBER: {"why": "guest"},
    Reason.PEOPLE_UNREADABLE: {"why": "internal_error"},
    Reason.NOT_AN_APPROVER: {"list": f"{BOSS}, S_MANAGERS", "size": 1, "age_seconds": 3},
    Reason.NO_APPROVERS: {"list": "S1", "size": 0, "age_seconds": 3},
    Reason.OWN_REQUEST: {"requester": ASKER},
    Reason.NOT_THE_REQUESTER: {"requester": ASKER},
    Reason.NO_SUCH_REQUEST: {"request": "5e" * 16},
    Reason.OTHER_CARD: {"request": "5e" * 16, "channel": "C_NUMBERS", "ts": "2.000001"},
    Reason.ALREADY_VOTED: {"terms_version": 1},
    Reason.TERMS_CHANGED: {"shown": "aa" * 16, "present": "bb" * 16},
    Reason.NO_LONGER_POSSIBLE: {"status": "denied", "last_event": "denied", "last_actor": BOSS},
    Reason.EXPIRED: {"last_event": "requested", "last_actor": ASKER},
    Reason.FROZEN: {
        "last_event": "requested",
        "last_actor": ASKER,
        "frozen_at": UNTIL,
        "frozen_by": BOSS,
    },
    Reason.OVER_BUDGET: {"charge": "101", "currency": "INR", "budget": "500", "used": "450", "month": "2026-11"},
    Reason.NOT_TO_BE_ASKED_AGAIN: {"status": "purchased"},
    Reason.CHANNEL_NOT_ALLOWED: {"channel": "C_OTHER", "allowed": ["C_NUMBERS", "C_TEAM"]},
    Reason.NO_APPROVAL_CHANNEL: {"channel": "D_ASKER"},
    Reason.NOT_IN_INVENTORY: {"e164": NUMBER},
    Reason.NOT_FOR_SALE: {"e164": NUMBER, "missing": "monthly fee"},
    Reason.ALREADY_OURS: {"e164": NUMBER},
    Reason.ALREADY_REQUESTED: {"e164": NUMBER, "request": "5e" * 16, "requester": ASKER, "channel": CHANNEL},
    Reason.UNSETTLED: {"e164": NUMBER, "until": UNTIL, "is_alerted": False},
    Reason.PROVIDER_UNREADABLE: {"e164": NUMBER, "why": "timeout"},
    Reason.STILL_FINDING_OUT: {"attempt": "5e" * 16, "called_at": UNTIL, "resolution": "resolve_bought"},
    Reason.LOOK_DISAGREES: {"seen": dict(SEEN["charged"]), "said": "not_bought"},
    Reason.NOTHING_TO_WRITE_OFF: {"status": "checking", "seen": dict(SEEN["clean"])},
    Reason.ALREADY_KNOWN: {"status": "purchased"},
    Reason.ALREADY_FROZEN: {"frozen_at": UNTIL, "frozen_by": BOSS},
    Reason.NOT_FROZEN: {},
    Reason.CARD_NOT_POSTED: {"why": "card_not_posted", "code": "not_in_channel"},
    Reason.BOT_FAILED: {"kind": "decide", "work": 3, "error": "OverflowError"},
}

REFUSALS: Mapping[str, tuple[Reason, Evidence]] = {
    **{reason.value: (reason, evidence) for reason, evidence in EVIDENCE.items()},
    "already requested in private": (Reason.ALREADY_REQUESTED, {"e164": NUMBER, "request": "5e" * 16}),
    "not an approver of an unknown list": (Reason.NOT_AN_APPROVER, {"list": "", "size": 0, "age_seconds": 3}),
    "a group that is unreadable": (
        Reason.PEOPLE_UNREADABLE,
        {"why": "internal_error", "list": f"{BOSS},S_MANAGERS", "group": "S_MANAGERS"},
    ),
    "over a budget there is not": (
        Reason.OVER_BUDGET,
        {"charge": "5", "currency": "USD", "budget": "0", "used": "0", "month": "2026-11"},
    ),
    "asked for in a direct message where channels are named": (
        Reason.CHANNEL_NOT_ALLOWED,
        {"channel": "D_ASKER", "allowed": ["C_NUMBERS"]},
    ),
    "impossible fees": (Reason.NOT_FOR_SALE, {"e164": NUMBER, "missing": IMPOSSIBLE_FEES}),
    "unsettled, money went": (Reason.UNSETTLED, {"e164": NUMBER, "until": UNTIL, "is_alerted": True}),
    "not bought after all": (Reason.LOOK_DISAGREES, {"seen": dict(SEEN["gone"]), "said": "bought"}),
    "nothing readable": (Reason.LOOK_DISAGREES, {"seen": dict(SEEN["nothing readable"]), "said": "bought"}),
    "nothing to write off, as it is ours": (Reason.NOTHING_TO_WRITE_OFF, {"seen": dict(SEEN["ours"])}),
    "nothing to write off, as nothing was called": (Reason.NOTHING_TO_WRITE_OFF, {"seen": None}),
    "known not to be bought": (Reason.ALREADY_KNOWN, {"status": "failed"}),
    "still open": (Reason.NOT_TO_BE_ASKED_AGAIN, {"status": "pending"}),
}
