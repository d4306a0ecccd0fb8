"""Asking again after a request ended without a purchase: the same number, or one like it."""

from collections.abc import Sequence

from bot.domain import trail
from bot.domain.request import Failure, Status
from bot.domain.shown import Shown
from bot.domain.similar import Similar
from handlers.views.blocks import LABEL, Element, button
from handlers.views.request import a_month, button_value, title
from handlers.views.wording import cut, escape, money, number, one_line

ASK_AGAIN, SIMILAR = "ask_again", "ask_similar"
"""Action ids; those of similar numbers are numbered, as ids are unique in a block."""

_ENDED = (Status.EXPIRED, Status.DENIED, Status.FAILED)

_FOR_GOOD = (Failure.ALREADY_OURS, Failure.SOLD_TO_ANOTHER_REQUEST, Failure.NOT_IN_INVENTORY)
"""Errors after which the same number is ours already, or not on sale."""

ABOVE = "on the message above"
"""Where the buttons of a card stand, seen from its thread."""

WHERE = 60
"""Characters of a place, as shown."""


def again_buttons(shown: Shown) -> list[Element]:
    """One click, freshly priced, a new request by whoever clicks; none while it is open, or bought after all."""
    if shown.request.status not in _ENDED:
        return []
    if shown.offered:
        return [
            button(
                f"Ask for {number(other.e164)}",
                f"{SIMILAR}_{place}",
                f"{shown.request.id}.{other.digest}",
                cut(f"Ask for {number(other.e164)} instead{_where(other)}", LABEL),
            )
            for place, other in enumerate(shown.offered, start=1)
        ]
    if _would_be_refused(shown):
        return []
    return [button("Ask again", ASK_AGAIN, button_value(shown), f"Ask again for {title(shown)}")]


def _would_be_refused(shown: Shown) -> bool:
    """Is it plain that the same number cannot be requested now?"""
    attempt = shown.attempt
    is_unsettled = attempt is not None and (attempt.is_alerted or attempt.settles_at is not None)
    return is_unsettled or shown.request.error in _FOR_GOOD


def can_be_asked_again(told: trail.Failed) -> bool:
    """Does the card get **Ask again** with this failure? What became of the request since is not asked."""
    return told.settles_at is None and told.error not in _FOR_GOOD


def instead(offered: Sequence[Similar]) -> str:
    """The numbers that are offered instead, with their prices; empty without any."""
    return f"On sale instead: {'; '.join(map(_described, offered))}." if offered else ""


def similar_words(offered: Sequence[Similar]) -> str:
    """The same with where their buttons stand; a blank before it."""
    if not offered:
        return ""
    by = "one of them with the buttons" if len(offered) > 1 else "it with the button"
    return f" {instead(offered)} Ask for {by} {ABOVE}, or pick another one with `/buynumber`."


def _described(other: Similar) -> str:
    setup = f"{money(other.setup_fee)} setup" if other.setup_fee.amount else "no setup fee"
    fees = f"{setup}, {a_month(other.monthly_fee)}"
    return f"{number(other.e164)}{cut(escape(_where(other)), WHERE)} ({fees})"


def _where(other: Similar) -> str:
    return f" in {one_line(other.region)}" if other.region else ""
