"""Faults on order: what the stand-in does with the next purchase or read instead of the normal thing.

A mood is a name for a script; a script says whether the call sells and how it is answered. Pure data: `purchases.py`
and `reads.py` act on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto


class Sells(Enum):
    """What a purchase call does to the provider's world."""

    NOT = auto()
    NOW = auto()
    BEFORE_A_LATE_ANSWER = auto()
    """When released; the answer waits for it."""
    AFTER_THE_ANSWER = auto()
    """When released; the answer does not wait."""
    DEBIT_ONLY = auto()
    """Charged without a number; the number stays on sale."""
    DEBIT_ONLY_AND_GONE = auto()
    """Charged without a number; somebody else gets it."""


class Says(Enum):
    """How a call is answered."""

    THE_TRUTH = auto()
    """The receipt of a sale, the page of a read."""
    ERROR = auto()
    """The provider's own error form, with the script's status, code and message."""
    BODY = auto()
    """The script's status, headers and body as they are."""
    NOTHING = auto()
    """The connection is dropped."""
    SILENCE = auto()
    """The connection stays open and nothing comes."""
    HUGE = auto()
    """50 MB of JSON."""
    DRIP = auto()
    """A byte at a time, for ever."""
    OTHER_NUMBER = auto()
    NO_OWNER = auto()
    PENDING = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One call's fate. `status`, `code`, `message`, `body` and `headers` are used where `says` needs them."""

    sells: Sells = Sells.NOT
    says: Says = Says.THE_TRUTH
    status: int = 200
    code: str = ""
    message: str = ""
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    states_balance: bool = False
    """The error's details give what was required and what was available."""


class Mood(StrEnum):
    """The scripts that have a name."""

    NORMAL = "normal"
    SOLD_ANSWER_LOST = "sold_answer_lost"
    SOLD_NEVER_ANSWERED = "sold_never_answered"
    SOLD_WHEN_RELEASED = "sold_when_released"
    COMMITS_LATE = "commits_late"
    COMMITS_LATE_AFTER_500 = "commits_late_after_500"
    NEVER_ANSWERED = "never_answered"
    DROPPED = "dropped"
    REFUSED_400 = "refused_400"
    REFUSED_401 = "refused_401"
    REFUSED_403 = "refused_403"
    REFUSED_422 = "refused_422"
    BALANCE_402 = "balance_402"
    BALANCE_400 = "balance_400"
    BALANCE_500 = "balance_500"
    GONE_404 = "gone_404"
    TOO_MANY_429 = "too_many_429"
    OWN_500 = "own_500"
    OWN_500_SOLD = "own_500_sold"
    HTML_502 = "html_502"
    HTML_502_SOLD = "html_502_sold"
    GARBAGE = "garbage"
    GARBAGE_SOLD = "garbage_sold"
    EMPTY = "empty"
    EMPTY_SOLD = "empty_sold"
    OTHER_NUMBER = "other_number"
    NO_OWNER = "no_owner"
    PENDING = "pending"
    HUGE = "huge"
    HUGE_SOLD = "huge_sold"
    DRIP = "drip"
    DRIP_SOLD = "drip_sold"
    ROUTER_404 = "router_404"
    ROUTER_401 = "router_401"
    DEBIT_ONLY = "debit_only"
    DEBIT_ONLY_AND_GONE = "debit_only_and_gone"


class ReadMood(StrEnum):
    """What goes wrong with a read."""

    TOO_MANY_429 = "too_many_429"
    UNAVAILABLE_503 = "unavailable_503"
    NEVER_ANSWERED = "never_answered"
    DROPPED = "dropped"
    GARBAGE = "garbage"
    EMPTY = "empty"
    HUGE = "huge"
    DRIP = "drip"
    REPEATS_PAGES = "repeats_pages"
    """Every page is the first one."""
    LIES_ABOUT_TOTALS = "lies_about_totals"
    """The total is larger than what the pages hold."""


HTML_502 = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
GARBAGE = '{"message": "Number purchased succ'
ROUTER = "404 page not found\n"

_HTML = {"Content-Type": "text/html"}
_TEXT = {"Content-Type": "text/plain"}
_OWN_500 = Script(says=Says.ERROR, status=500, code="internal_error", message="failed to purchase number")


def _error(status: int, code: str, message: str) -> Script:
    return Script(says=Says.ERROR, status=status, code=code, message=message)


def _balance(status: int) -> Script:
    return Script(
        says=Says.ERROR,
        status=status,
        code="INSUFFICIENT_BALANCE",
        message="insufficient balance for this purchase",
        states_balance=True,
    )


def _body(body: str, status: int = 200, headers: Mapping[str, str] = _TEXT, sells: Sells = Sells.NOT) -> Script:
    return Script(sells=sells, says=Says.BODY, status=status, body=body, headers=headers)


SCRIPTS: Mapping[Mood, Script] = {
    Mood.NORMAL: Script(sells=Sells.NOW),
    Mood.SOLD_ANSWER_LOST: Script(sells=Sells.NOW, says=Says.NOTHING),
    Mood.SOLD_NEVER_ANSWERED: Script(sells=Sells.NOW, says=Says.SILENCE),
    Mood.SOLD_WHEN_RELEASED: Script(sells=Sells.BEFORE_A_LATE_ANSWER),
    Mood.COMMITS_LATE: Script(sells=Sells.AFTER_THE_ANSWER, says=Says.NOTHING),
    Mood.COMMITS_LATE_AFTER_500: _body(HTML_502, 500, _HTML, Sells.AFTER_THE_ANSWER),
    Mood.NEVER_ANSWERED: Script(says=Says.SILENCE),
    Mood.DROPPED: Script(says=Says.NOTHING),
    Mood.REFUSED_400: _error(400, "bad_request", "number cannot be purchased"),
    Mood.REFUSED_401: _error(401, "unauthorized", "Invalid token"),
    Mood.REFUSED_403: _error(403, "forbidden", "complete your KYC first"),
    Mood.REFUSED_422: _error(422, "unprocessable", "currency not supported"),
    Mood.BALANCE_402: _balance(402),
    Mood.BALANCE_400: _balance(400),
    Mood.BALANCE_500: _balance(500),
    Mood.GONE_404: _error(404, "not_found", "number not found in inventory"),
    Mood.TOO_MANY_429: Script(
        says=Says.ERROR, status=429, code="rate_limited", message="too many requests", headers={"Retry-After": "2"}
    ),
    Mood.OWN_500: _OWN_500,
    Mood.OWN_500_SOLD: Script(
        sells=Sells.NOW, says=Says.ERROR, status=500, code=_OWN_500.code, message=_OWN_500.message
    ),
    Mood.HTML_502: _body(HTML_502, 502, _HTML),
    Mood.HTML_502_SOLD: _body(HTML_502, 502, _HTML, Sells.NOW),
    Mood.GARBAGE: _body(GARBAGE),
    Mood.GARBAGE_SOLD: _body(GARBAGE, sells=Sells.NOW),
    Mood.EMPTY: _body(""),
    Mood.EMPTY_SOLD: _body("", sells=Sells.NOW),
    Mood.OTHER_NUMBER: Script(says=Says.OTHER_NUMBER),
    Mood.NO_OWNER: Script(sells=Sells.NOW, says=Says.NO_OWNER),
    Mood.PENDING: Script(sells=Sells.NOW, says=Says.PENDING),
    Mood.HUGE: Script(says=Says.HUGE),
    Mood.HUGE_SOLD: Script(sells=Sells.NOW, says=Says.HUGE),
    Mood.DRIP: Script(says=Says.DRIP),
    Mood.DRIP_SOLD: Script(sells=Sells.NOW, says=Says.DRIP),
    Mood.ROUTER_404: _body(ROUTER, 404),
    Mood.ROUTER_401: _body("", 401),
    Mood.DEBIT_ONLY: Script(sells=Sells.DEBIT_ONLY, says=Says.NOTHING),
    Mood.DEBIT_ONLY_AND_GONE: Script(sells=Sells.DEBIT_ONLY_AND_GONE, says=Says.NOTHING),
}

READ_SCRIPTS: Mapping[ReadMood, Script] = {
    ReadMood.TOO_MANY_429: Script(
        says=Says.ERROR, status=429, code="rate_limited", message="too many requests", headers={"Retry-After": "0"}
    ),
    ReadMood.UNAVAILABLE_503: _body("upstream unavailable", 503),
    ReadMood.NEVER_ANSWERED: Script(says=Says.SILENCE),
    ReadMood.DROPPED: Script(says=Says.NOTHING),
    ReadMood.GARBAGE: _body(GARBAGE),
    ReadMood.EMPTY: _body(""),
    ReadMood.HUGE: Script(says=Says.HUGE),
    ReadMood.DRIP: Script(says=Says.DRIP),
    ReadMood.REPEATS_PAGES: Script(),
    ReadMood.LIES_ABOUT_TOTALS: Script(),
}
