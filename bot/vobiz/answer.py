"""One answer of the provider, read once: its status, its JSON, its request id, how long it asks to wait.

Knows nothing of what an answer means; `errors.py`, `models.py` and `outcomes.py` do.
"""

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime

from bot.redaction import Redactor

JsonObject = Mapping[str, object]

_KNOWS_NONE = Redactor()
_REQUEST_ID_KEYS = ("requestId", "request_id", "api_id")
_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-api-id")
_LONGEST_REQUEST_ID = 128
_LONGEST_WAIT = 3600.0
_MOST_DIGITS = 100
"""Of a whole number: Python turns more than 4300 into none."""
_HIDES = re.compile(rb"\\u|\0")
"""Escaped letters, or another encoding than UTF-8: what is read is not what is written."""
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`content` is the body's JSON, numbers exact; `None` when it was empty, too big or no JSON."""

    status: int
    content: object
    is_too_big: bool
    request_id: str | None
    """The provider's own id for the call, from the body or a header: its support asks for it."""
    retry_after: float | None
    """Seconds, from the header `Retry-After` or the body's `details.retryAfter`; an hour at most."""

    @classmethod
    def of(
        cls, status: int, headers: Mapping[str, str], body: bytes | None, redact: Redactor = _KNOWS_NONE
    ) -> "Answer":
        """`body` is `None` when it was longer than the bound. What repeats a secret of ours is kept without it."""
        content = None if body is None else _json(body)
        if body is not None and (_HIDES.search(body) or redact.finds_any(body.decode(errors="replace"))):
            content = redact.everywhere(content)
        return cls(
            status=status,
            content=content,
            is_too_big=body is None,
            request_id=_request_id(content, headers, redact),
            retry_after=_bounded(_retry_after(content, headers)),
        )


def inflated(body: bytes, encoding: str, limit: int) -> bytes | None:
    """The body without its content encoding, `None` when longer than `limit` bytes.

    The client asks for none; a proxy may compress all the same. An encoding other than gzip or deflate, or a damaged
    one, gives the bytes as they came, which then are no JSON.
    """
    if encoding not in ("gzip", "x-gzip", "deflate"):
        return body
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        plain = inflater.decompress(body, limit + 1)
    except zlib.error:
        return body
    return None if len(plain) > limit else plain


def _json(body: bytes) -> object:
    """Numbers are exact. One that no arithmetic holds, such as NaN, stays text and spoils nothing beside it."""
    try:
        return json.loads(body, parse_int=_whole, parse_float=_exact, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def _whole(written: str) -> int | str:
    return int(written) if len(written) <= _MOST_DIGITS else written


def _exact(written: str) -> Decimal | str:
    try:
        return Decimal(written)
    except InvalidOperation:
        return written


def _request_id(content: object, headers: Mapping[str, str], redact: Redactor) -> str | None:
    stated = [content.get(key) for key in _REQUEST_ID_KEYS] if isinstance(content, dict) else []
    stated += [headers.get(name) for name in _REQUEST_ID_HEADERS]
    for value in stated:
        if isinstance(value, str) and value.isprintable() and value.strip():
            return redact(value.strip())[:_LONGEST_REQUEST_ID]
    return None


def _retry_after(content: object, headers: Mapping[str, str]) -> float | None:
    header = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(header):
        return float(header)
    if header:
        return _seconds_until(header)
    asked = str(_details(content).get("retryAfter", ""))
    return float(asked) if _SECONDS.fullmatch(asked) else None


def _seconds_until(http_date: str) -> float | None:
    """`None` for a moment that is none, or that no clock can reach."""
    try:
        moment = parsedate_to_datetime(http_date)
        return max((moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, OverflowError, TypeError):
        return None


def _bounded(seconds: float | None) -> float | None:
    return None if seconds is None else min(seconds, _LONGEST_WAIT)


def _details(content: object) -> JsonObject:
    """`details` beside the error or inside it, by edition."""
    if not isinstance(content, dict):
        return {}
    error = content.get("error")
    details = error.get("details") if isinstance(error, dict) else content.get("details")
    return details if isinstance(details, dict) else {}
