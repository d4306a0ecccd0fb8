"""What somebody typed, as plain text: Slack's links and entities undone, marks around it gone, every digit as ASCII.

Knows nothing of numbers and commands.
"""

import re
import unicodedata
from urllib.parse import unquote

from handlers.views.wording import one_line

UNSEEN = "\u200b"
"""What stands for whatever is unseen in a folded line."""

_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
CLOSING = {
    **{mark: mark for mark in "\"'*_~`\u2019\u201d"},
    "\u201c": "\u201d",
    "\u2018": "\u2019",
    "\u201e": "\u201c\u201d",
    "\u201a": "\u2018\u2019",
    "\u00ab": "\u00bb",
    "\u00bb": "\u00ab",
    "\u2039": "\u203a",
    "\u203a": "\u2039",
}
"""Quotes and formatting, and what closes each."""

_OPENING = re.compile(rf"[->\u2022\s\u200c\u200d\ufe0e\ufe0f{''.join(CLOSING)}]{{0,16}}")
_JOINS = re.compile(r"\b(?:tel|and|plus)\b", re.IGNORECASE)
_FOR = re.compile(r"\bfor\b", re.IGNORECASE)
_TEL = re.compile(r"\btel:[+%(0-9]\S*", re.IGNORECASE)
_LINK = re.compile(r"<(?P<scheme>tel|mailto|https?):(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>", re.IGNORECASE)


def as_typed(line: str) -> str:
    """Slack's own links and entities as text again. Mentions and channels stay as they are."""
    reason = _FOR.search(line)
    text = _LINK.sub(lambda link: _link_text(link, is_reason=reason is not None and reason.end() <= link.start()), line)
    text = _TEL.sub(lambda bare: _decoded(bare[0]), text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _link_text(link: re.Match[str], *, is_reason: bool) -> str:
    """Of a number what is dialled; in a reason what is shown."""
    scheme, target, label = link["scheme"].casefold(), link["target"], link["label"]
    if scheme in ("http", "https"):
        return f"{scheme}:{target}"
    if scheme == "mailto":
        return label or target
    dialled = _decoded(target.partition(";")[0])
    if label and (is_reason or ("+" in folded_line(label) and "+" not in dialled)):
        return label
    return dialled or label or ""


def _decoded(target: str) -> str:
    """What a link writes as `%20`, `%2B` …"""
    return one_line(unquote(target))


def unwrapped(line: str) -> str:
    """Without quotes and formatting around the line or the number, as they come along when people copy."""
    opening = _OPENING.match(line)
    marks = opening[0] if opening else ""
    rest = line[len(marks) :]
    for mark in reversed(marks):
        rest = _closed(rest, CLOSING.get(mark, "")).strip()
    return rest


def folded(text: str) -> str:
    """All of it as plain as `folded_line` makes it, in one line, without what is unseen."""
    return folded_line(unwrapped(as_typed(one_line(text)))).replace(UNSEEN, "")


def _closed(rest: str, closing: str) -> str:
    """Without the mark behind the number, or all of them, or else the one that ends the line: what is between is the
    reason's own.
    """
    at = next((at for at, character in enumerate(rest) if character in closing), None)
    if at is None:
        return rest
    if not any(map(str.isalpha, _JOINS.sub("", rest[:at]))):
        return rest[:at] + rest[at + 1 :]
    return rest[:-1] if rest[-1] in closing else rest


def folded_line(line: str) -> str:
    """The line with every script's digits, full-width signs and dashes as ASCII, and one sign for all that is unseen,
    character for character.
    """
    return line if line.isascii() else "".join(map(_folded_character, line))


def _folded_character(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    category = unicodedata.category(character)
    if category == "Pd" or character in "\u2212\u30fc":
        return "-"
    if category in ("Cf", "Mn", "Me") or character in _FILLERS:
        return UNSEEN
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 and not folded.isdigit() else character
