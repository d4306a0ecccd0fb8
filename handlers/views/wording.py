"""Pieces of text as people read them: other people's words made safe, numbers, money, times and mentions.

Knows Slack's mrkdwn and how an amount is written. Knows nothing of blocks, requests or where a text will stand.
Babel and phonenumbers are slow to import and are imported by the first text that needs them.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from bot.domain.money import Money

ELLIPSIS = "…"

REASON_LIMIT = 500
"""Characters of a reason, as stored."""

# Marks that turn the direction of what follows, so that a text reads differently from what is stored; halves of
# surrogate pairs, which no UTF-8 can carry; and what has no width at all. The joiners U+200C and U+200D stay: scripts
# and emoji need them.
_UNSEEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff\u00ad\u180e]")
_HALF_A_PAIR = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")

_ENTITIES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_WORD_JOINER = "\u2060"
_MENTION = re.compile(r"@(?=(?:channel|here|everyone|group)(?![A-Za-z0-9]))|(?<![\w.%+-])@(?=\w)", re.IGNORECASE)
_QUOTE = re.compile(r"^(?=[ \t]*&gt;)", re.MULTILINE)
_MARK = re.compile(r"`|(?<![A-Za-z0-9])[*_~]|[*_~](?![A-Za-z0-9])")
_LOOKS_LIKE = {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"}

_WHOLE = re.compile(r"&(?:amp|lt|gt);|<(?:[@#!]|https?:)[^<>]*>|.[\ufe0e\ufe0f\u0300-\u036f]*", re.DOTALL)
_SLACK_ID = re.compile(r"[A-Z0-9_]+")


def one_line(text: str) -> str:
    """Every run of blanks, newlines and control characters becomes one space; unseen marks go."""
    return " ".join(_seen(text).split())


def reason(text: str) -> str:
    """What somebody gave as a reason, as it is stored: one line, cut to `REASON_LIMIT`, maybe empty."""
    return one_line(text)[:REASON_LIMIT].rstrip()


def escape(text: str) -> str:
    """What a person or the provider wrote, for a mrkdwn place: shown as written, and nothing more than shown.

    No link, mention or formatting comes of it. `&`, `<`, `>` become entities. An `@` that could mention somebody is
    parted from its word by an unseen joiner, since Slack parses bare `@here` in texts that are not `verbatim`; so is a
    `>` from the beginning of its line, where it would quote.
    Formatting marks become look-alikes, because mrkdwn has no escape for them; inside a word (`snake_case`, `3*4`)
    they format nothing and stay. So the result may stand inside `*…*` or `_…_` too, when it has no newline. Emoji stay
    emoji: Slack hands over as `:name:` those that people picked.
    """
    safe = _MENTION.sub("@" + _WORD_JOINER, _seen(text).translate(_ENTITIES))
    safe = _QUOTE.sub(_WORD_JOINER, safe)
    return _MARK.sub(lambda mark: _LOOKS_LIKE[mark[0]], safe)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of an escaped text, ending in an ellipsis if any were left out.

    Entities, mentions and date tokens stay whole or go. Counts UTF-16 units, as Slack's own clients do, so the
    result is within the limit by every way of counting.
    """
    if _units(text) <= limit:
        return text
    room = limit - len(ELLIPSIS)
    if room < 0:
        return ""
    end = 0
    for piece in _WHOLE.finditer(text):
        room -= _units(piece[0])
        if room < 0:
            break
        end = piece.end()
    return text[:end].rstrip(" \n\t\u200d") + ELLIPSIS


@lru_cache(maxsize=512)
def number(e164: str) -> str:
    """`+91 98765 43210`; the text itself when it cannot be written so without changing a digit."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    shown = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return shown if re.sub(r"\D", "", shown) == e164.removeprefix("+") else e164


@lru_cache(maxsize=512)
def money(amount: Money) -> str:
    """`₹1,234.50`, `US$12`, `KWD 1.500`: never rounded; a whole amount without decimals, any other with at least the
    currency's usual ones, and with every further digit that the provider states.

    One way for everybody who reads a message: the symbols of world English (CLDR `en_001`), which tell dollars apart,
    and groups of three digits for rupees too, since a reader of lakhs takes ₹100,000 right, and others not ₹1,00,000.
    """
    from babel.numbers import get_currency_precision, get_currency_symbol

    size = abs(amount.amount)
    counting = len(f"{size:f}".partition(".")[2].rstrip("0"))
    digits = max(counting, get_currency_precision(amount.currency)) if counting else 0
    symbol = _SYMBOLS.get(amount.currency) or str(get_currency_symbol(amount.currency, "en_001"))
    blank = "\u00a0" if symbol[-1].isalpha() else ""
    sign = "-" if amount.amount < 0 else ""
    return f"{sign}{symbol}{blank}{size:,.{digits}f}"


_SYMBOLS = {"SGD": "S$"}
"""Where CLDR has none that people know."""


@lru_cache(maxsize=64)
def month_name(month: str, now: datetime | None = None) -> str:
    """`November` for `2026-11`; `November 2026` when it is not in the year of `now`."""
    from babel.dates import get_month_names

    year, _, number = month.partition("-")
    name = str(get_month_names("wide", locale="en")[int(number)])
    return name if now is None or str(now.year) == year else f"{name} {year}"


@lru_cache(maxsize=512)
def country(code: str) -> str:
    """`India` for `IN` (ISO 3166 alpha-2); the code itself when it names no country."""
    from babel import Locale

    return str(Locale("en").territories.get(code.upper(), code))


def flag(code: str) -> str:
    """The flag of a country (ISO 3166 alpha-2); empty for what is no code."""
    if not re.fullmatch(r"[A-Za-z]{2}", code):
        return ""
    return "".join(chr(_FLAG_A + ord(letter) - ord("A")) for letter in code.upper())


_FLAG_A = 0x1F1E6
"""The letter A, as flags are spelled."""


def when(moment: datetime) -> str:
    """A mrkdwn date that each reader sees in their own time zone; UTC where Slack cannot. `moment` must be aware."""
    fallback = when_plain(moment)
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} at {{time}}|{fallback}>"


@lru_cache(maxsize=256)
def when_plain(moment: datetime) -> str:
    """`24 Nov 2026, 10:30 UTC`. `moment` must be aware."""
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    from babel.dates import format_datetime

    return format_datetime(moment.astimezone(UTC), "d MMM y, HH:mm 'UTC'", locale="en")


def mention(user: str) -> str:
    """A mention of a person (`U…`, `W…`) in mrkdwn. What is no id at all is shown, escaped."""
    return f"<@{user}>" if _SLACK_ID.fullmatch(user) else escape(user)


def actor(name: str) -> str:
    """Who did something, as the trail names them: a person, an operator on the command line, or the bot itself."""
    return {"bot": "the bot", "operator": "an operator"}.get(name) or mention(name)


def begun(words: str) -> str:
    """The words as a sentence begins."""
    return words[:1].upper() + words[1:]


def ended(words: str) -> str:
    """The words as a sentence ends: with a full stop, unless they bring an end of their own."""
    return words if words.endswith((".", "!", "?", ELLIPSIS)) else f"{words}."


def mention_approver(approver: str) -> str:
    """A mention of one entry of the approver list: a person or a user group."""
    if not approver.startswith("S"):
        return mention(approver)
    return f"<!subteam^{approver}>" if _SLACK_ID.fullmatch(approver) else escape(approver)


def mention_channel(channel: str) -> str:
    """A link to a channel (`C…`, `G…`) in mrkdwn, which shows no name to who may not read it."""
    return f"<#{channel}>" if _SLACK_ID.fullmatch(channel) else escape(channel)


def join(parts: Sequence[str], word: str = "and") -> str:
    """`a, b and c`."""
    *most, last = parts or ("",)
    return f"{', '.join(most)} {word} {last}" if most else last


def _seen(text: str) -> str:
    return _CONTROL.sub(" ", _HALF_A_PAIR.sub("\ufffd", _UNSEEN.sub("", text)))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
