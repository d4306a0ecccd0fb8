"""What is known of a number, for whoever asked `/buynumber why`."""

from collections.abc import Mapping
from typing import assert_never

from bot.domain import trail
from bot.domain.known import Asked, Known
from bot.domain.request import PurchaseRequest, Status
from bot.domain.shown import Shown
from handlers.views.blocks import paragraph
from handlers.views.card import approved_by
from handlers.views.message import Message, message
from handlers.views.request import binds, payer
from handlers.views.wording import actor, begun, ended, escape, mention, money, number, when

PRIVATE = "It was asked for in a private place too, of which only whoever asked and the approvers are told."

ARCHIVED = "Old requests that ended without a purchase were archived: an operator can look there with `buynumber why`."


def why(known: Known, links: Mapping[str, str]) -> Message:
    """Who asked for it, what for, who approved it and what it costs; `links` are those of the cards, by request."""
    parts = [_first(known), *(_told(asked, links.get(asked.shown.request.id)) for asked in known.asked)]
    if known.asked and known.outside is not None:
        parts.append(f"No request bought it, and it is ours all the same: {_outside(known)}")
    if known.is_hidden and known.asked:
        parts.append(PRIVATE)
    if known.is_archived and not known.asked:
        parts.append(ARCHIVED)
    return message("\n".join(parts), [paragraph(part) for part in parts])


def _first(known: Known) -> str:
    what = number(known.e164)
    if known.asked:
        return f"*{what}* {_stands(known.asked[0].shown.request)}"
    if known.is_hidden:
        return f"*{what}* was asked for in a private place: only whoever asked and the approvers are told more."
    if known.outside is not None:
        return f"*{what}* is ours, but not through this bot: nobody asked for it here. {_outside(known)}"
    swept = "No sweep has looked at our numbers yet."
    if known.swept_at is not None:
        swept = f"The last sweep, {when(known.swept_at)}, did not see it among our numbers either."
    return f"*{what}* was not bought through this bot: nobody asked for it here. {swept}"


def _stands(request: PurchaseRequest) -> str:
    match request.status:
        case Status.PENDING:
            return "is asked for and waits for a decision."
        case Status.APPROVED:
            return "is approved, and the purchase has not left yet."
        case Status.PURCHASING:
            return "is being bought right now."
        case Status.CHECKING:
            return "may have been bought: the outcome of its purchase is not known yet."
        case Status.PURCHASED:
            return "was bought through this bot" + (f", {when(request.purchased_at)}." if request.purchased_at else ".")
        case Status.FAILED:
            return "was approved, and nothing was bought."
        case Status.DENIED:
            return "was asked for and denied."
        case Status.WITHDRAWN:
            return "was asked for and withdrawn."
        case Status.EXPIRED:
            return "was asked for, and nobody decided in time."
        case _:
            assert_never(request.status)


def _told(asked: Asked, link: str | None) -> str:
    """One request, as mrkdwn lines."""
    shown, request = asked.shown, asked.shown.request
    why = f": {escape(request.reason)}" if request.reason else ", no reason given"
    lines = [ended(f"Asked for by {mention(request.requester)}, {when(request.created_at)}{why}"), _decided(shown)]
    if request.status is Status.PURCHASED:
        charged = shown.attempt and shown.attempt.charged
        paid = f"{money(charged)} was charged" if charged else f"{money(request.terms.charge)} was approved"
        lines.append(f"{paid}; it costs {money(request.terms.monthly_fee)} a month, taxes not included.")
    else:
        lines.append(f"{money(request.terms.charge)} now, then {money(request.terms.monthly_fee)} a month.")
    lines += [*binds(request.terms), payer(request.terms.account) or ""]
    lines.append(f"<{link}|The message, with its thread>" if link else "")
    return "\n".join(filter(None, lines))


def _decided(shown: Shown) -> str:
    """Who decided what, and when; empty while nobody did."""
    request, told = shown.request, shown.cause.told
    at = f" Decided {when(request.decided_at)}." if request.decided_at else ""
    match request.status:
        case Status.PENDING:
            return f"{begun(approved_by(shown))}; it needs {shown.votes_needed}." if shown.voters else ""
        case Status.DENIED:
            reason = escape(told.reason) if isinstance(told, trail.Denied) and told.reason else "no reason given"
            return f"{ended(f'Denied by {actor(shown.cause.actor)}: {reason}')}{at}"
        case Status.WITHDRAWN:
            return f"Withdrawn by {actor(shown.cause.actor)}.{at}"
        case Status.EXPIRED:
            return ""
        case _:
            return f"{begun(approved_by(shown))}.{at}"


def _outside(known: Known) -> str:
    outside = known.outside
    if outside is None:
        return ""
    facts = [f"status {escape(outside.status)}"] if outside.status else []
    facts += [f"account {escape(outside.owner)}"] if outside.owner else []
    return f"The sweep has seen it since {when(outside.found_at)}{''.join(f', {fact}' for fact in facts)}."
