"""Slack's signature: good for its own bytes, for five minutes, and for nothing else."""

import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from handlers.http_events import is_slacks

FIVE_MINUTES = 5 * 60
SECRET = SecretStr("letmesign")
NOW = 1_793_620_800

quick = settings(derandomize=True, deadline=None, max_examples=150)


def stamped(body: bytes, stamp: str) -> dict[str, str]:
    signed_bytes = b"v0:" + stamp.encode() + b":" + body
    digest = hmac.new(SECRET.get_secret_value().encode(), signed_bytes, "sha256").hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


@quick
@given(body=st.binary(max_size=200), apart=st.integers(min_value=-2 * FIVE_MINUTES, max_value=2 * FIVE_MINUTES))
def test_a_right_signature_is_good_for_five_minutes_either_way(body: bytes, apart: int) -> None:
    is_good = is_slacks(stamped(body, str(NOW + apart)), body, SECRET, now=NOW)
    assert is_good == (abs(apart) <= FIVE_MINUTES)


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "1.5", "\uff11\uff17\uff19\uff13", "\u00b2", "9" * 400])
def test_a_stamp_that_is_no_number_of_seconds_is_not_good(stamp: str) -> None:
    assert not is_slacks(stamped(b"", stamp), b"", SECRET, now=float(NOW))


@pytest.mark.parametrize("signature", ["", "v0=", "v0=" + "0" * 64, "v1=" + "0" * 64, "v0=żółw", "v0=" + "a" * 100_000])
def test_a_garbled_signature_is_not_good(signature: str) -> None:
    assert not is_slacks({**stamped(b"", str(NOW)), "X-Slack-Signature": signature}, b"", SECRET, now=NOW)


@quick
@given(stamp=st.one_of(st.just(str(NOW)), st.text(max_size=20)), signature=st.text(max_size=80), body=st.binary())
def test_no_guessed_signature_is_good(stamp: str, signature: str, body: bytes) -> None:
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
    assert not is_slacks(headers, body, SECRET, now=NOW)


@quick
@given(body=st.binary(max_size=50), other=st.binary(max_size=50))
def test_a_signature_is_good_for_its_own_bytes_alone(body: bytes, other: bytes) -> None:
    assert is_slacks(stamped(body, str(NOW)), other, SECRET, now=NOW) == (body == other)
