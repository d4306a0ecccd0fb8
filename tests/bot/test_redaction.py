"""What no text holds that leaves through a redactor: secrets, however they were written down on the way."""

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.redaction import REDACTED, Redactor

ODD = "p\\a'ss\"w€rd &<é>/=+ 😀%"

WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "by repr": repr,
    "by ascii": ascii,
    "as bytes": lambda text: repr(text.encode()),
    "by repr twice": lambda text: repr({"error": repr([text])}),
    "as JSON": json.dumps,
    "as JSON with its own letters": lambda text: json.dumps(text, ensure_ascii=False),
    "as JSON in JSON": lambda text: json.dumps({"error": json.dumps({"message": text})}),
    "in an address": lambda text: quote(text, safe=""),
    "in an address, small": lambda text: re.sub("%..", lambda octet: octet[0].lower(), quote(text)),
    "in a form": quote_plus,
    "in an address twice": lambda text: quote(quote(text)),
    "as HTML": html.escape,
    "as base64": lambda text: base64.b64encode(text.encode()).decode(),
    "as basic auth": lambda text: base64.b64encode(f"MA_1:{text}".encode()).decode(),
    "as basic auth of a longer name": lambda text: base64.urlsafe_b64encode(f"MA_TEAM:{text}@".encode()).decode(),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("secret", [ODD, "letmein-token", "pass word", 'quo"ted\\', "über/geheim", "tab\tnew\nline"])
def test_a_secret_is_found_however_it_is_written(secret: str, way: str) -> None:
    written = WAYS[way](secret)
    cleaned = Redactor([SecretStr(secret)])(f"refused: {written} is wrong")
    assert REDACTED in cleaned
    assert len(cleaned) <= len(f"refused: {REDACTED} is wrong") + 60
    for other in WAYS.values():
        assert other(secret) not in cleaned


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.text(min_size=8, max_size=30), st.sampled_from(sorted(WAYS)))
def test_whatever_the_secret_is_no_way_of_writing_hides_it(text: str, way: str) -> None:
    assert REDACTED in Redactor([SecretStr(text)])(WAYS[way](text))


@pytest.mark.parametrize("secret", ["", "a", "91", "98765", "100", "\\", "in"])
def test_a_secret_too_short_to_tell_leaves_the_words_alone(secret: str) -> None:
    words = "+91 98765 43210 is bought in India for INR 100: a \\ b"
    assert Redactor([SecretStr(secret), SecretStr("")])(words) == words


def test_a_short_secret_counts_as_a_word_of_its_own() -> None:
    assert Redactor([SecretStr("t0ken")])("t0ken t0kens (t0ken)") == f"{REDACTED} t0kens ({REDACTED})"


def test_a_password_with_an_at_sign_is_taken_out_of_an_address_whole() -> None:
    words = "cannot reach postgresql://bot:s3@cr:et@db.example/numbers"
    assert Redactor()(words) == f"cannot reach postgresql://{REDACTED}@db.example/numbers"


@pytest.mark.parametrize("odd", [str, Exception])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("secret", [ODD, 'quo"ted\\', "tab\tnew\nline", "xoxb-1-letmein"])
def test_a_secret_is_found_wherever_it_stands_in_json(secret: str, way: str, odd: Callable[[str], object]) -> None:
    written = WAYS[way](secret)
    held = {"blocks": [{"text": f"before\n{written}", "more": (1, None, written)}], written: odd(written)}
    cleaned = Redactor([SecretStr(secret)]).everywhere(held)
    assert written not in repr(cleaned)
    assert str(cleaned).count(REDACTED) == 4


def test_what_holds_no_secret_stays_as_it_is() -> None:
    held = {"blocks": [{"text": "before\nafter", "fields": [1, 2.5, None, True]}]}
    assert Redactor([SecretStr(ODD)]).everywhere(held) == held
