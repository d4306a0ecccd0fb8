"""An unknown outcome in words: what was seen at the provider, what its support needs, and the resolve buttons."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import assert_never

from bot.domain import trail
from bot.domain.alert import Alert
from bot.domain.audit import BOT, Entry
from bot.domain.facts import ChargeTold, Debit, Seen
from bot.domain.looks import COLD_AFTER, LAST_LOOK_AFTER, PAUSES
from bot.domain.policy import Resolution
from bot.domain.request import Status
from bot.domain.shown import Shown, ShownAttempt
from handlers.views.blocks import Element, button, dialog
from handlers.views.request import button_value, overrun, title
from handlers.views.wording import actor, begun, escape, join, money, when

LEDGER_UNREAD = "the ledger could not be read"
SUPPORT = "Give these to the provider's support"


def seen_words(seen: Seen | None) -> str:
    """What one look showed, in one sentence."""
    if seen is None:
        return "nothing could be read at the provider."
    if seen.owned is None:  # the first read of a look: without it no other is made
        return "our own numbers could not be read at the provider."
    parts = [_owned(seen), _on_sale(seen), _ledger(seen)]
    return f"{join(parts)}."


def debits_words(debits: Sequence[Debit] | None) -> str:
    """Each debit with what the provider's support asks for."""
    return join([_debit(debit) for debit in debits or ()]) or "none that can be named"


def finding_out(shown: Shown) -> list[str]:
    """What is done, and by whom, while it is not known what came of a purchase: one truth at a time."""
    attempt = shown.attempt
    asks_people = attempt is not None and attempt.asks_people
    if attempt is not None and attempt.is_alerted:
        return [charged_without_number(shown), "Say what happened once you know." if asks_people else ""]
    if attempt is None or not asks_people:
        return [f"The bot does not buy it again: it is finding out. {FINDING_OUT}"]
    return [f"*The bot could not find out*: {seen_words(attempt.seen)} {LOOK_AT_THE_CONSOLE}, then say what happened."]


LOOK_AT_THE_CONSOLE = "Look at the provider's console"


def _minutes(span: timedelta) -> int:
    """Whole ones, rounded up."""
    return -(-span // timedelta(minutes=1))


_USUALLY = next(after for after in accumulate(PAUSES) if after >= COLD_AFTER)
"""The first look that can be the second clean one."""

FINDING_OUT = (
    f"That usually takes up to {_minutes(_USUALLY)} minutes; "
    f"after {_minutes(LAST_LOOK_AFTER)} minutes people are asked."
)


def charged_without_number(shown: Shown) -> str:
    """Said while money is gone that nothing explains; what the provider's support needs stands in the thread."""
    attempt = shown.attempt
    if attempt is None or not attempt.is_alerted:
        return ""
    seen = attempt.seen or Seen()
    if is_unusable(attempt):
        said = f"*{begun(_owned(seen))}, and cannot be used*"
        return f"{said}: ask the provider's support. The thread says what they need."
    if seen.what is Alert.MAY_BE_CHARGED:
        return (
            f"*It may have been charged*: rows of the provider's ledger cannot be read ({debits_words(seen.debits)}). "
            "Look at its console, and write them off if none is the charge."
        )
    whose, due = "the number is not ours", "the number or a refund"
    if seen.what is Alert.CHARGED_BESIDE_SALE:
        whose, due = "another request has the number", "a refund"
    debits = "" if attempt.seen is None else f": {debits_words(seen.debits)}"
    return (
        f"*Money was charged, and {whose}*{debits}. "
        f"Ask the provider's support for {due}: the thread says what they need."
    )


def is_charged(attempt: ShownAttempt | None) -> bool:
    """Were approvers told that money is gone, for sure, and the number is not ours?"""
    if attempt is None or not attempt.is_alerted:
        return False
    return attempt.seen is None or attempt.seen.what not in (Alert.MAY_BE_CHARGED, Alert.NOT_USABLE)


def is_unusable(attempt: ShownAttempt | None) -> bool:
    """Were approvers told that the number is ours and cannot be used?"""
    if attempt is None or not attempt.is_alerted or attempt.seen is None:
        return False
    return attempt.seen.what is Alert.NOT_USABLE


def said_by(entry: Entry) -> str:
    """Whose word an outcome is, when it is not the bot's own finding."""
    return "" if entry.actor == BOT else f" {begun(actor(entry.actor))} said so."


def settled_after(until: datetime) -> str:
    """When the number of an attempt can be requested again that the provider may still act on."""
    return f"after the first hourly check past {when(until)}"


def written_off(told: trail.WrittenOff, what: str, by: str) -> str:
    """An approver gave up charges, or says that all is right."""
    if not told.debits:
        return f"{begun(actor(by))} says that all is right with {what}."
    unread = f" {begun(LEDGER_UNREAD)}." if told.ledger_unread else ""
    return f"{begun(actor(by))} wrote off the charge for {what}: {debits_words(told.debits)}.{unread}"


def alerted(told: trail.SweepAlert | trail.ChargedWithoutNumber, what: str, at: datetime) -> str:
    """What nobody can explain about a number, and what the provider's support needs; `at` is when it is told."""
    match told.what:
        case Alert.CHARGED_TWICE:
            paid = f" {difference(told.paid)}." if told.paid and told.paid.differs else ""
            return (
                f"*{what} was charged more than once.*{paid} Ask the provider's support for the surplus back. "
                f"{_for_support(told)}{overrun(told.in_month, at)}"
            )
        case Alert.MAY_BE_CHARGED:
            return (
                f"*{what} may have been charged*: the provider's ledger has rows that cannot be read. Look at its "
                f"console, and write them off if none is the charge. {_for_support(told)}{overrun(told.in_month, at)}"
            )
        case Alert.CHARGED_BESIDE_SALE:
            return (
                f"*money was charged for {what} beside what another request bought it for.* Ask the provider's "
                f"support for the surplus back. {_for_support(told)}{overrun(told.in_month, at)}"
            )
        case Alert.NOT_USABLE:
            owned = _owned(told)
            return (
                f"*{what} was bought after all, and cannot be used*: {owned}. Ask the provider's support. "
                f"{_for_support(told)}{overrun(told.in_month, at)}"
            )
        case Alert.NOT_AMONG_OWN_NUMBERS:
            return (
                f"*{what} was said to be bought, but is not among our own numbers.* If nobody released it, ask the "
                f"provider's support. {_for_support(told)}"
            )
        case Alert.CHARGED_OTHERWISE:
            return _charged_otherwise(told, what, at)
        case Alert.CHARGED_WITHOUT_NUMBER:
            return (
                f"*money was charged for {what} after all, and the number is not ours.* {_for_support(told)}"
                f"{overrun(told.in_month, at)}"
            )
        case None:
            return f"*money was charged for {what}, and the number is not ours.* {_for_support(told)}"
        case Alert.UNEXPLAINED_DEBITS:
            return f"*money was charged that nothing explains.* {_for_support(told)}"
        case _:
            assert_never(told.what)


def _charged_otherwise(told: trail.SweepAlert | trail.ChargedWithoutNumber, what: str, at: datetime) -> str:
    if told.paid is None or not told.paid.differs:
        return f"the ledger shows now that {what} was charged as approved."
    return f"*for {what} {difference(told.paid)}*: ask the provider about the difference.{overrun(told.in_month, at)}"


def difference(paid: ChargeTold) -> str:
    charged = "an unknown amount" if paid.charged is None else money(paid.charged)
    return f"{charged} was charged, but {money(paid.approved)} was approved"


def _for_support(told: trail.SweepAlert | trail.ChargedWithoutNumber) -> str:
    seen = told.seen if isinstance(told, trail.ChargedWithoutNumber) else None
    debits = told.debits if seen is None else seen.debits
    parts = [debits_words(debits)] if debits else []
    if told.called_at is not None:
        parts.append(f"purchase call at {when(told.called_at)}")
    if told.provider_request_id:
        parts.append(f"request id `{escape(told.provider_request_id)}`")
    return f"{SUPPORT}: {'; '.join(parts) or 'the number, and when it was approved'}."


def resolve_buttons(shown: Shown) -> list[Element]:
    """For whoever may say what happened; a fresh look has to agree with them."""
    attempt, status = shown.attempt, shown.request.status
    if attempt is None:
        return []
    value, what = button_value(shown), title(shown)
    buttons = []
    if attempt.asks_people and status is Status.CHECKING:
        buttons = [button(words, said.value, value, f"{words}: {what}") for said, words in _RESOLUTIONS.items()]
    if attempt.is_alerted and (status is Status.PURCHASED or is_unusable(attempt)):
        words, text = "It is all right", f"What the thread says about {what} is no longer waited for or listed."
        asks = dialog("Is it all right?", text, yes=words, no="Not yet")
        buttons.append(button(words, Resolution.WRITE_OFF.value, value, f"{words}: {what}", asks=asks))
    elif attempt.is_alerted:
        words, label = "Write the charge off", f"Write off the charge for {what}"
        text = (
            f"The charge for {what} is no longer waited for. Do this only when the provider's support "
            "will not refund it."
        )
        asks = dialog("Give up this money?", text, yes="Write it off", no="Keep waiting")
        buttons.append(button(words, Resolution.WRITE_OFF.value, value, label, "danger", asks))
    return buttons


_RESOLUTIONS = {
    Resolution.BOUGHT: "It was bought",
    Resolution.NOT_BOUGHT: "It was not bought",
    Resolution.LOOK_AGAIN: "Look again",
}


def _owned(seen: Seen | trail.SweepAlert | trail.ChargedWithoutNumber) -> str:
    status, by = seen.owned_status, seen.owned_by if isinstance(seen, Seen) else None
    match seen.owned:
        case None:
            return "our own numbers could not be read"
        case True if status:
            return f"the number is among our own ({_STATUS.get(status) or escape(status)})"
        case True:
            return "the number is among our own"
        case False if by:
            return f"the number belongs to another account (`{escape(by)}`)"
        case False:
            return "the number is not among our own"


_STATUS = {
    "pending_purchase": "still being handed over",
    "pending_release": "being given back",
    "released": "given back",
}
"""The provider's states as people say them; any other is shown as it is."""


def _on_sale(seen: Seen) -> str:
    match seen.on_sale:
        case None:
            return "the inventory could not be read"
        case True:
            return "it is on sale"
        case False:
            return "it is not on sale"


def _ledger(seen: Seen) -> str:
    if seen.ledger_closed and not seen.debits:
        return "this account's ledger does not tell what was paid (look at the master account's)"
    if seen.debits is None:
        return LEDGER_UNREAD
    rows = "1 row" if seen.unread_rows == 1 else f"{seen.unread_rows} rows"
    but = f", but {rows} of the ledger could not be read" if seen.unread_rows else ""
    if not seen.debits:
        return f"nothing was charged{but}"
    what = "a charge for it" if seen.owned else "a charge that nothing explains"
    return f"the ledger shows {what}: {debits_words(seen.debits)}{but}"


def _debit(debit: Debit) -> str:
    said = f"transaction `{escape(debit.id)}`"
    if debit.amount is not None:
        said += f" of {money(debit.amount)}"
    if debit.at is not None:
        said += f", {when(debit.at)}"
    return said
