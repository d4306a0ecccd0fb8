"""An unknown outcome in words: what was seen at the provider, what its support needs, and the resolve buttons."""

from collections.abc import Mapping
from datetime import datetime

from slack_sdk.models.blocks import ButtonElement, ConfirmObject, PlainTextObject

from bot.domain.alert import Alert
from bot.domain.audit import BOT, Entry, Event, Facts
from bot.domain.money import Money
from bot.domain.policy import Resolution
from bot.domain.request import Status
from bot.domain.shown import Shown, ShownAttempt
from handlers.views.facts import button_value, overrun, title
from handlers.views.wording import actor, begun, escape, join, mention_approver, money, when

SUPPORT = "Give these to the provider's support"


def seen_words(seen: object) -> str:
    """What one look showed, in one sentence."""
    if not isinstance(seen, Mapping):
        return "nothing could be read at the provider."
    if seen.get("owned") is None:  # the first read of a look: without it no other is made
        return "our own numbers could not be read at the provider."
    parts = [_owned(seen), _on_sale(seen), _ledger(seen)]
    return f"{join(parts)}."


def debits_words(debits: object) -> str:
    """Each debit with what the provider's support asks for."""
    found = debits if isinstance(debits, list) else []
    return join([_debit(row) for row in found if isinstance(row, Mapping)]) or "none that can be named"


def outcome_unknown(shown: Shown) -> str:
    """Where a request stands whose outcome is not known."""
    attempt = shown.attempt
    if attempt is None or not attempt.asks_people:
        said = (
            "The provider gave no definite answer, so nobody knows yet whether this number was bought. "
            "The bot does not buy it again; it is finding out, and says in the thread what it finds."
        )
    elif attempt.is_alerted:
        said = "*The bot could not find out whether this number was bought*: say so once you know."
    else:
        said = (
            f"*The bot could not find out whether this number was bought*: {seen_words(attempt.seen)} "
            "Look at the provider's console, then say what happened."
        )
    return f"{said}\n{charged_without_number(shown)}".rstrip()


def charged_without_number(shown: Shown) -> str:
    """Said while money is gone that nothing explains; what the provider's support needs stands in the thread."""
    attempt = shown.attempt
    if attempt is None or not attempt.is_alerted:
        return ""
    seen = attempt.seen or {}
    if is_unusable(attempt):
        said = f"*{begun(_owned(seen))}, and cannot be used*"
        return f"{said}: ask the provider's support. The thread says what they need."
    whose, due = "the number is not ours", "the number or a refund"
    if seen.get("what") == Alert.CHARGED_BESIDE_SALE:
        whose, due = "another request has the number", "a refund"
    debits = "" if attempt.seen is None else f": {debits_words(seen.get('debits'))}"
    return (
        f"*Money was charged, and {whose}*{debits}. "
        f"Ask the provider's support for {due}: the thread says what they need."
    )


def is_unusable(attempt: ShownAttempt | None) -> bool:
    """Were approvers told that the number is ours and cannot be used?"""
    return attempt is not None and attempt.is_alerted and (attempt.seen or {}).get("what") == Alert.NOT_USABLE


def said_by(entry: Entry) -> str:
    """Whose word an outcome is, when it is not the bot's own finding."""
    return "" if entry.actor == BOT else f" {begun(actor(entry.actor))} said so."


def settled_after(until: datetime) -> str:
    """When the number of an attempt can be requested again that the provider may still act on."""
    return f"after the first hourly check past {when(until)}"


def reconciling(shown: Shown) -> str:
    """What is said in the thread on the way to a known outcome."""
    facts, what, by = shown.entry.facts(), title(shown), begun(actor(shown.entry.actor))
    asked = join([mention_approver(approver) for approver in shown.approvers])
    match shown.entry.event:
        case Event.CHARGED_WITHOUT_NUMBER if facts.get("what") == Alert.CHARGED_BESIDE_SALE:
            return f"{asked}: {_swept(facts, what)}"
        case Event.CHARGED_WITHOUT_NUMBER:
            return f"{asked}: *money was charged for {what}, and the number is not ours.* {_for_support(facts)}"
        case Event.PEOPLE_ASKED:
            return (
                f"{asked}: the bot could not find out whether {what} was bought. "
                f"It saw: {seen_words(facts.get('seen'))} "
                "Look at the provider's console, then use the buttons on the message above."
            )
        case Event.LOOK_ASKED:
            return f"{by} asked the bot to look again at {what}."
        case Event.WRITTEN_OFF:
            return _written_off(facts, what, by)
        case Event.SWEEP_ALERT:
            return f"{asked}: {_swept(facts, what)}"
        case event:
            return f"{what}: {event.value.replace('_', ' ')}."


def _written_off(facts: Facts, what: str, by: str) -> str:
    if not facts.get("debits"):
        return f"{by} says that all is right with {what}."
    return f"{by} wrote off the charge for {what}: {debits_words(facts.get('debits'))}."


def _swept(facts: Facts, what: str) -> str:
    match facts.get("what"):
        case Alert.CHARGED_TWICE:
            paid = f" {_difference(facts)}." if facts.get("charged") else ""
            return (
                f"*{what} was charged more than once.*{paid} Ask the provider's support for the surplus back. "
                f"{_for_support(facts)}"
            )
        case Alert.CHARGED_BESIDE_SALE:
            return (
                f"*money was charged for {what} beside what another request bought it for.* Ask the provider's "
                f"support for the surplus back. {_for_support(facts)}"
            )
        case Alert.NOT_USABLE:
            return (
                f"*{what} was bought after all, and cannot be used*: {_owned(facts)}. Ask the provider's support. "
                f"{_for_support(facts)}"
            )
        case Alert.NOT_AMONG_OWN_NUMBERS:
            return (
                f"*{what} was said to be bought, but is not among our own numbers.* If nobody released it, ask the "
                f"provider's support. {_for_support(facts)}"
            )
        case "charged_otherwise" if not facts.get("differs"):
            return f"the ledger shows now that {what} was charged as approved."
        case "charged_otherwise":
            return f"*for {what} {_difference(facts)}*: ask the provider about the difference.{overrun(facts)}"
        case _:
            return (
                f"*money was charged for {what} after all, and the number is not ours.* {_for_support(facts)}"
                f"{overrun(facts)}"
            )


def _difference(facts: Facts) -> str:
    paid, approved = (money(Money.of(f"{facts[name]} {facts[f'{name}_currency']}")) for name in ("charged", "approved"))
    return f"{paid} was charged, but {approved} was approved"


def _for_support(facts: Facts) -> str:
    seen = facts.get("seen")
    debits = seen.get("debits") if isinstance(seen, Mapping) else facts.get("debits")
    parts = [debits_words(debits)] if debits else []
    if facts.get("called_at"):
        parts.append(f"purchase call at {when(datetime.fromisoformat(str(facts['called_at'])))}")
    if facts.get("provider_request_id"):
        parts.append(f"request id `{escape(str(facts['provider_request_id']))}`")
    return f"{SUPPORT}: {'; '.join(parts) or 'the number, and when it was approved'}."


def resolve_buttons(shown: Shown) -> list[ButtonElement]:
    """For whoever may say what happened; a fresh look has to agree with them."""
    attempt, status = shown.attempt, shown.request.status
    if attempt is None:
        return []
    buttons = []
    if attempt.asks_people and status is Status.CHECKING:
        buttons += [
            _button(shown, Resolution.BOUGHT, "It was bought"),
            _button(shown, Resolution.NOT_BOUGHT, "It was not bought"),
            _button(shown, Resolution.LOOK_AGAIN, "Look again"),
        ]
    if attempt.is_alerted:
        is_bought = status is Status.PURCHASED or is_unusable(attempt)
        buttons.append(_all_right_button(shown) if is_bought else _write_off_button(shown))
    return buttons


def _button(shown: Shown, resolution: Resolution, words: str) -> ButtonElement:
    return ButtonElement(
        text=PlainTextObject(text=words),
        action_id=resolution.value,
        value=button_value(shown),
        accessibility_label=f"{words}: {title(shown)}",
    )


def _all_right_button(shown: Shown) -> ButtonElement:
    return ButtonElement(
        text=PlainTextObject(text="It is all right"),
        action_id=Resolution.WRITE_OFF.value,
        value=button_value(shown),
        accessibility_label=f"It is all right: {title(shown)}",
        confirm=ConfirmObject(
            title="Is it all right?",
            text=PlainTextObject(text=f"What the thread says about {title(shown)} is no longer waited for or listed."),
            confirm="It is all right",
            deny="Not yet",
        ),
    )


def _write_off_button(shown: Shown) -> ButtonElement:
    return ButtonElement(
        text=PlainTextObject(text="Write the charge off"),
        action_id=Resolution.WRITE_OFF.value,
        value=button_value(shown),
        style="danger",
        accessibility_label=f"Write off the charge for {title(shown)}",
        confirm=ConfirmObject(
            title="Give up this money?",
            text=PlainTextObject(
                text=f"The charge for {title(shown)} is no longer waited for. Do this only when the provider's support "
                "will not refund it."
            ),
            confirm="Write it off",
            deny="Keep waiting",
        ),
    )


def _owned(seen: Mapping[str, object]) -> str:
    match seen.get("owned"):
        case None:
            return "our own numbers could not be read"
        case True:
            status = seen.get("owned_status")
            return f"the number is among our own ({escape(str(status))})" if status else "the number is among our own"
        case _ if seen.get("owned_by"):
            return f"the number belongs to another account (`{escape(str(seen['owned_by']))}`)"
        case _:
            return "the number is not among our own"


def _on_sale(seen: Mapping[str, object]) -> str:
    match seen.get("on_sale"):
        case None:
            return "the inventory could not be read"
        case True:
            return "it is on sale"
        case _:
            return "it is not on sale"


def _ledger(seen: Mapping[str, object]) -> str:
    debits = seen.get("debits")
    if seen.get("ledger_closed") and not debits:
        return "this account's ledger does not tell what was paid (look at the master account's)"
    if debits is None:
        return "the ledger could not be read"
    if not debits:
        return "nothing was charged"
    what = "a charge for it" if seen.get("owned") else "a charge that nothing explains"
    return f"the ledger shows {what}: {debits_words(debits)}"


def _debit(row: Mapping[str, object]) -> str:
    said = f"transaction `{escape(str(row.get('id')))}`"
    if row.get("amount") is not None:
        amount = money(Money.of(f"{row['amount']} {row['currency']}"))
        said += f" of {amount}"
    if row.get("at") is not None:
        said += f", {when(datetime.fromisoformat(str(row['at'])))}"
    return said
