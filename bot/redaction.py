"""Takes secrets out of text, for every door that words leave by: log lines, Slack, the database, the command line."""

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from decimal import Decimal

from pydantic import SecretStr

REDACTED = "[redacted]"

_LOOKS_SECRET = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|xwfp-[\w-]+"  # Slack's tokens
    r"|https?://[^\s\"']*/(?:commands|actions|services|workflows|response)/[^\s\"']+"  # response URLs
    r"|wss://[^\s\"']+"  # a Socket Mode URL holds its ticket
    r"|(?<=://)(?!user:password@host)[^/\s:@]*:[^\s/]+(?=@)"  # the password in a URL, up to the last @; not in examples
    r"|(?i:(?<=\bpassword=))(?:'(?:[^'\\]|\\.)*'|[^\s&'\"]+)"  # and among its parameters, also the driver's way
)

_PARTS = ("xox", "xapp-", "xwfp-", "://", "=")
"""Whatever looks like a secret holds one of these."""

_LONG = 8
"""Characters from which on a secret is looked for inside of words too."""

_SHORT = 3
"""Below which it is none: it would stand everywhere."""


class Redactor:
    """Knows these secrets in every way that they get written: escaped, percent-encoded, or as base64.

    A short one counts only as a word of its own, and never when it is a number: amounts have to stay readable.
    """

    def __init__(self, secrets: Iterable[SecretStr] = ()) -> None:
        known = sorted({secret.get_secret_value() for secret in secrets}, key=len, reverse=True)
        patterns = {pattern: written for secret in known for pattern, written in _patterns(secret)}
        self._known = re.compile("|".join(patterns))
        self._parts = {max(re.findall("[A-Za-z0-9_]+", written), key=len, default="") for written in patterns.values()}

    def __call__(self, text: str) -> str:
        """Long texts cost little when they hold no part of any secret."""
        if any(map(text.__contains__, self._parts)):
            text = self._known.sub(REDACTED, text)
        return _LOOKS_SECRET.sub(REDACTED, text) if any(map(text.__contains__, _PARTS)) else text

    def finds_any(self, text: str) -> bool:
        return self(text) != text

    def everywhere(self, value: object) -> object:
        """The same in whatever JSON is made of; anything else counts as what it prints."""
        if isinstance(value, dict | list | tuple) and self._is_far_from(value):
            return value
        match value:
            case str():
                return self(value)
            case dict():
                return {self.everywhere(name): self.everywhere(item) for name, item in value.items()}
            case list() | tuple():
                return [self.everywhere(item) for item in value]
            case bool() | int() | float() | Decimal() | None:
                return value
            case _:
                return self(str(value))

    def _is_far_from(self, value: object) -> bool:
        """Does it hold no part of any secret, as JSON? That leaves the letters and digits of its texts side by side."""
        try:
            written = json.dumps(value, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError):
            return False
        return not any(map(written.__contains__, (*self._parts, *_PARTS)))


def _patterns(secret: str) -> Iterator[tuple[str, str]]:
    """Each with what it is made from, whose letters and digits are written in one way alone."""
    written = "".join(map(_written, secret))
    if len(secret) >= _LONG:
        yield written, secret
        for before in range(3):
            coded = _base64(before, secret.encode("utf-8", "surrogatepass"))
            yield re.escape(coded).replace(r"\+", "[+-]").replace("/", "[/_]"), coded
    elif len(secret) >= _SHORT and not secret.isdigit():
        yield rf"(?<!\w){written}(?!\w)", secret


def _written(character: str) -> str:
    """One character in every way that it gets written, also escaped several times over."""
    if character.isascii() and (character.isalnum() or character in "_.~-"):
        return character if character != "." else r"\."
    octets = character.encode("utf-8", "surrogatepass")
    ways = {
        character,
        character.encode("unicode_escape").decode(),
        json.dumps(character)[1:-1],
        html.escape(character),
        "".join(f"\\x{octet:02x}" for octet in octets),
    }
    again = {r"\\": r"\\+", r"\&": "&(?:amp;)*"}
    patterns = []
    for way in sorted(ways, key=len, reverse=True):
        pattern = re.escape(way)
        for once, often in again.items():
            pattern = pattern.replace(once, often)
        patterns.append(pattern)
    patterns.append("".join(f"%(?:25)*{octet:02x}" for octet in octets))
    if character == " ":
        patterns.append(r"\+")
    return rf"\\*(?i:{'|'.join(patterns)})"


def _base64(before: int, secret: bytes) -> str:
    """What does not change, whatever stands around the secret, with so many bytes before it in the same group."""
    coded = b64encode(bytes(before) + secret).decode()
    left = (before + len(secret)) % 3
    return coded[(0, 2, 3)[before] : len(coded) - (4 - left if left else 0)]
