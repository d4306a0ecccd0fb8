"""The words of the model: what its numbers stand for, and what a trace calls them.

Plain integers, because millions of states are compared and hashed. Where the project has a word for something, it is
the project's; `test_names.py` holds that for the states of requests and attempts.
"""

from typing import Final

PENDING, APPROVED, PURCHASING, CHECKING, PURCHASED, FAILED, CLOSED = range(7)
"""A request's status; the open ones come first. `CLOSED`: denied, withdrawn or expired, which are one to the model."""
STATUS: Final = ("pending", "approved", "purchasing", "checking", "purchased", "failed", "closed")
CLOSED_IS: Final = ("denied", "withdrawn", "expired")

OPEN, BOUGHT, FOUND, REFUSED, UNEXECUTED, BY_LOOKS = range(6)
"""An attempt's outcome. `BY_LOOKS`: looks found that nothing was bought, or a person said so and a look agreed."""
OUTCOME: Final = ("open", "bought", "found", "refused", "unexecuted", "by_looks")
BY_LOOKS_IS: Final = ("by_looks", "by_person")
NOT_MODELLED: Final = ("on_word",)
"""An operator's word without any look proves nothing by itself, so there is nothing to explore."""

NEW: Final = "new"  # where a request or an attempt comes from that was not there before

NOBODY, US, OTHERS = range(3)  # who owns a number
CONSOLE = 9  # `Number.by`: our own people bought it, in the provider's console

NOT_SENT, SENT, PASSED, DEBITED, OVER = range(5)
"""A call, as the provider sees it. `PASSED`: it found the number in its inventory, where that is a step of its own."""

NOTHING_YET, OK200, SAYS_NO, LOW, BUSY, GONE, OWN500, LOST = range(8)  # what a call answers
ANSWER: Final = ("-", "200", "a definite refusal", "balance too low", "429", "404", "500 in its own form", "nothing")

BUY, LOOK = 1, 2  # a request's durable work; 0 for none

IDLE, CLAIMED, READ, RECORDED, LOOKED, CALLING, ANSWERED, SAW = range(8)  # how far a worker is
STEP: Final = ("idle", "claimed", "terms read", "recorded", "clocks read", "call out", "answer in hand", "look made")

VALID, ENDED, TAKEN = range(3)
"""A worker's lease. `TAKEN`: another worker has the row now."""
LEASE: Final = ("", " (lease over)", " (lease lost)")

OURS, ENOUGH, CLEAN, DEBIT, UNCLEAR = range(5)
"""What a look showed. `ENOUGH`: clean, late enough, and apart from an earlier clean one."""

NOT_LISTED, SHORT = 2, 3
"""What reading the terms showed, where it was not terms 0 or 1. `SHORT`: the balance is too low."""

FIVE_SECONDS, MINUTE, HOUR, EVER = 1, 2, 3, 99  # time, in ticks of which only the order matters
ANY = 99  # as often as it likes

CHARGE: Final = (1, 2)  # what terms 0 and terms 1 cost
WHO: Final = ("A", "B", "the requester")
REQUESTER = 2

WAITS, STALE = 1, 2
"""A click of A's that is stored and not judged yet; then a freeze, or asking anew, came after it."""

CHANCES = (
    *("crash", "stall", "freeze", "price", "leave", "debit", "others", "console", "busy", "low", "lapse", "expiry"),
    "waits",
)
"""What happens only as often as a scenario allows, `ANY` for no bound."""
PLACE: Final = {name: place for place, name in enumerate(CHANCES)}
