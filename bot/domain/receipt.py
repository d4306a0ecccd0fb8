"""A receipt: one purchase with its part of the chain, as canonical JSON that can be checked without the database.

All that it says of the purchase follows from the entries in it: whoever checks it makes it anew from them, and compares
every byte. That somebody made the whole of it up, only the marks in Slack can show.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from bot.domain import trail
from bot.domain.audit import Link, Written, canonical, fault
from bot.domain.request import RequestId
from bot.domain.trail import AnyTold, Event


class NoReceipt(ValueError):
    """The entries tell of no purchase by this request, or these bytes are no receipt."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a receipt says, once it is known to be whole: by which request, and how Slack shows its last entry."""

    request: RequestId
    e164: str
    last: Link


def receipt(request: RequestId, chain: Sequence[Written]) -> str:
    """Of the request whose entries are the first and the last of these, with all that were written in between.

    Raises `NoReceipt`.
    """
    if not chain or {chain[0].request, chain[-1].request} != {request}:
        raise NoReceipt("the chain does not begin and end with the request's own entries")
    own = [(entry, _told(entry)) for entry in chain if entry.request == request]
    bought = [(entry, told) for entry, told in own if isinstance(told, trail.Purchased)]
    if not bought:
        raise NoReceipt("it was not purchased")
    (bought_by, purchased), asked = bought[-1], own[0][1]
    calls = [(entry, told) for entry, told in own if isinstance(told, trail.AttemptRecorded)]
    attempts = [(entry, told) for entry, told in calls if told.attempt == purchased.attempt]
    if not isinstance(asked, trail.Requested) or not attempts:
        raise NoReceipt("its entries do not tell how it was asked for and attempted")
    recorded, attempt = attempts[0]
    facts: dict[str, JsonValue] = {
        "receipt": 1,
        "request": request,
        "e164": attempt.terms.e164,
        "requester": chain[0].actor,
        "reason": asked.reason,
        "requested_at": chain[0].stamp,
        "terms": attempt.terms.facts(),
        "approval": _approval([one for one in own if one[0].seq < bought_by.seq]),
        "attempt": {"id": attempt.attempt, "no": attempt.no, "recorded_at": recorded.stamp},
        "provider": {"request_id": purchased.provider_request_id, "number": json.loads(purchased.number)},
        "charge": purchased.paid.facts(),
        "purchased_at": bought_by.stamp,
        "chain": [entry.facts() for entry in chain],
    }
    return f"{canonical(facts)}\n"


def check(written: bytes) -> Checked | str:
    """What it says, or in words what is wrong with it."""
    try:
        text = written.decode()
        read = json.loads(text)
        request, chain = RequestId(read["request"]), [Written.of(entry) for entry in read["chain"]]
        last = Link(chain[0].seq - 1, chain[0].before)
        for entry in chain:
            if (wrong := fault(last, entry)) is not None:
                return wrong
            last = entry.link
        if receipt(request, chain) != text:
            return "what it says is not what its entries tell"
        return Checked(request, read["e164"], last)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
        return "it is no receipt"


Own = Sequence[tuple[Written, AnyTold]]


def _approval(before: Own) -> JsonValue:
    """The last one before the purchase: whose votes it counted and when they were given, or which limit."""
    approvals = [told for _, told in before if isinstance(told, trail.Approved)]
    if not approvals:
        raise NoReceipt("nobody approved it")
    approved = approvals[-1]
    given = {
        entry.actor: entry
        for entry, told in before
        if isinstance(told, trail.Voted | trail.Approved) and told.terms_version == approved.terms_version
    }
    votes: list[JsonValue] = [
        {"approver": voter, "at": given[voter].stamp, "entry": given[voter].seq} for voter in approved.voters
    ]
    limit = None if approved.limit is None else approved.limit.plain()
    return {"digest": approved.terms.digest, "automatic": approved.automatic, "limit": limit, "votes": votes}


def _told(entry: Written) -> AnyTold:
    return trail.read(Event(entry.event), json.loads(entry.data))
