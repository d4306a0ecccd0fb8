"""The HTTP door, over real HTTP: who is let in, whose signature is good, and what is said to everybody else."""

import asyncio
import gzip
import hmac
import json
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.domain import refusals
from bot.sandbox.slack.example import ASHA, NUMBERS
from bot.services.acts import Ask
from handlers.http_events import FORM, LARGEST_BODY, SMALL_BODY, Front, is_slacks
from tests.handlers.door import Door, a_front
from tests.harness.office import BENGALURU, Office
from tests.harness.patience import PATIENCE

FIVE_MINUTES = 5 * 60
SECRET = SecretStr("letmesign")
NOW = 1_793_620_800

quick = settings(derandomize=True, deadline=None, max_examples=150)


def a_command(door: Door, text: str = f"{BENGALURU} for support", *, command: str = "/buynumber") -> bytes:
    """A command as Slack posts it."""
    return urlencode(
        {
            "team_id": door.slack.workspace.team.id,
            "channel_id": NUMBERS,
            "user_id": ASHA,
            "command": command,
            "text": text,
            "trigger_id": "1000001.42.cafe",
            "response_url": f"{door.slack.origin}/commands/T0DEMO001/1/letmein",
        }
    ).encode()


def an_interaction(**fields: object) -> bytes:
    return urlencode({"payload": json.dumps(fields)}).encode()


def an_action(action_id: str) -> bytes:
    """A click by nobody."""
    return an_interaction(type="block_actions", actions=[{"action_id": action_id, "type": "button"}])


def an_event(**fields: object) -> bytes:
    return json.dumps({"type": "event_callback", **fields}).encode()


async def raw(url: str, head: Mapping[str, str], *pieces: bytes) -> bytes:
    """Sends a request piece by piece, as no client library would; the status line it is answered with."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    headers = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "x", **head}.items())
    writer.write(f"POST {address.path} HTTP/1.1\r\n{headers}\r\n".encode())
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await reader.readline()
    finally:
        writer.close()


async def test_what_slack_signed_is_let_in_and_is_one_request_however_often_it_comes(door: Door) -> None:
    assert [await door.post_signed(a_command(door)) for _ in range(3)] == [200, 200, 200]
    [act] = await door.acts()
    assert isinstance(act, Ask)
    assert (act.user, act.e164, act.reason) == (ASHA, BENGALURU, "support")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Slack-Request-Timestamp", None),
        ("X-Slack-Signature", None),
        ("X-Slack-Signature", ""),
        ("X-Slack-Signature", "v0=" + "0" * 64),
    ],
)
async def test_what_is_not_signed_rightly_is_refused(door: Door, header: str, value: str | None) -> None:
    body = a_command(door)
    signed = {name: given for name, given in door.slack.sign(body).items() if name != header}
    assert await door.post(body, signed if value is None else {**signed, header: value}) == 401
    assert await door.acts() == []


async def test_what_was_signed_with_another_secret_or_five_minutes_ago_is_refused(door: Door) -> None:
    body = a_command(door)
    assert await door.post(body, door.slack.workspace.sign(body, secret="somebody else's")) == 401
    recorded = door.slack.sign(body)
    door.clock.advance(FIVE_MINUTES + 1)
    assert await door.post(body, recorded) == 401
    assert await door.acts() == []


async def test_the_largest_body_is_let_in_and_a_larger_one_is_refused_before_it_is_read(door: Door) -> None:
    body = a_command(door, "help")
    body += b"&padding=" + b"x" * (LARGEST_BODY - len(body) - len(b"&padding="))
    assert await door.post_signed(body) == 200
    answer = await raw(door.url, {"Content-Length": str(LARGEST_BODY + 1)})
    assert answer.split()[1] == b"413"


async def test_a_body_that_does_not_say_its_length_is_refused_once_it_is_too_long(door: Door) -> None:
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    answer = await raw(door.url, {"Transfer-Encoding": "chunked"}, *[piece] * (LARGEST_BODY // 0x10000), b"1\r\nx\r\n")
    assert answer.split()[1] == b"413"


HOME = {"type": "app_home_opened"}
MODAL = {"type": "modal", "id": "V1"}
SUGGESTION = {"type": "block_suggestion", "block_id": "number", "action_id": "number", "value": "80"}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("form", b"text=\xff\xfe"),
        *(("form", body) for body in (b"payload=%7Bhalf", b"payload=5", b"payload=%5B%5D")),
        *(("json", body) for body in (b"{half", b"[]", b'"text"', b"nonsense")),
        ("form", b"command=%2Fbuynumber&text=status"),
        ("form", b"command=%2Fbuynumber&text=IN&team_id=T1&channel_id=C1&user_id=&trigger_id=1&response_url=http://x"),
        ("form", an_interaction(type="block_actions", actions=[])),
        ("form", an_interaction(type="view_submission", view={"callback_id": "deny_form"})),
        ("form", an_interaction(type="view_submission", view={"type": "modal", "callback_id": "deny_form"})),
        ("form", an_interaction(type="view_submission", view={**MODAL, "callback_id": "picker"})),
        ("form", an_interaction(**SUGGESTION)),
        ("form", an_interaction(**SUGGESTION, view={"id": "V1"})),
        ("json", an_event(event_id="Ev1", event={**HOME, "user": ASHA})),
        ("json", an_event(team_id="T0DEMO001", event={**HOME, "user": ASHA})),
        ("json", an_event(team_id="T0DEMO001", event_id="Ev1", event=HOME)),
    ],
)
async def test_what_is_no_whole_payload_is_refused_though_rightly_signed(door: Door, kind: str, body: bytes) -> None:
    assert await door.post_signed(body, kind=kind) == 400
    assert await door.acts() == []


async def test_a_button_whose_value_is_no_text_is_turned_away(door: Door) -> None:
    action = {"action_id": "approve", "type": "button", "value": ["5e"]}
    where = {"user": {"id": ASHA}, "channel": {"id": NUMBERS}}
    assert await door.post_signed(an_interaction(type="block_actions", actions=[action], **where)) == 200
    assert isinstance(await door.turned_away(), refusals.NotOffered)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("form", urlencode({"command": "/sellnumber", "team_id": "T1"}).encode()),
        *(("form", an_action(action_id)) for action_id in ("approve", "deny", "choose_number_1")),
        ("form", an_interaction(type="view_submission", view={"type": "modal", "callback_id": "unheard_of"})),
        ("json", an_event(event={"type": "unheard_of"})),
        ("json", b"{}"),
        ("form", b""),
    ],
)
async def test_what_no_handler_knows_is_not_found(door: Door, kind: str, body: bytes) -> None:
    assert await door.post_signed(body, kind=kind) == 404


async def test_slacks_question_about_the_address_is_answered(door: Door) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "prove it", "token": "x"}).encode()
    headers = {"Content-Type": "application/json", **door.slack.sign(body)}
    async with door.session.post(door.url, data=body, headers=headers) as answer:
        assert (answer.status, await answer.json()) == (200, {"challenge": "prove it"})


@pytest.mark.parametrize(
    ("encoding", "body"),
    [*((kind, b"garbage") for kind in ("gzip", "deflate", "br")), ("gzip", gzip.compress(b"x" * 50 * LARGEST_BODY))],
    ids=["gzip", "deflate", "brotli", "a bomb"],
)
async def test_a_packed_body_is_not_unpacked_before_its_signature_is_known(
    office: Office, caplog: pytest.LogCaptureFixture, encoding: str, body: bytes
) -> None:
    assert office.slack.events_url is not None
    head = {"Content-Encoding": encoding, "Content-Length": str(len(body))}
    assert (await raw(office.slack.events_url, head, body)).split()[1] == b"401"
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_whoever_hangs_up_midway_leaves_no_stack_trace(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    address = urlsplit(door.url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(f"POST {address.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await door.post_signed(a_command(door)) == 200
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_body_that_does_not_come_is_not_waited_for(door: Door) -> None:
    front = Front(door.app, SECRET, door.clock, body_within=0.02)
    async with a_front(front) as url:
        answer = await raw(url, {"Content-Length": "100"}, b"half")
    assert answer.split()[1] == b"408"


async def test_of_large_bodies_few_are_read_at_once_and_small_ones_do_not_wait_for_them(door: Door) -> None:
    """Anybody may send them: only a whole one shows whose it is."""
    secret = SecretStr(door.slack.workspace.app.signing_secret)
    front = Front(door.app, secret, door.clock, body_within=PATIENCE, large_at_once=1)
    async with a_front(front) as url:
        address = urlsplit(url)
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(f"POST {address.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {LARGEST_BODY}\r\n\r\n".encode())
        writer.write(b"x" * (SMALL_BODY + 1))
        async with asyncio.timeout(PATIENCE):
            while not front.large.locked():  # noqa: ASYNC110 - the server is on this loop, and tells nobody
                await asyncio.sleep(0)
        body = a_command(door, "help") + b"&padding=" + b"x" * SMALL_BODY
        head = {"Content-Type": FORM, "Content-Length": str(len(body)), **door.slack.sign(body)}
        second = asyncio.create_task(raw(url, head, body))
        small = a_command(door, "help")
        head = {"Content-Type": FORM, "Content-Length": str(len(small)), **door.slack.sign(small)}
        assert (await raw(url, head, small)).split()[1] == b"200"
        assert not second.done()
        writer.close()
        assert (await second).split()[1] == b"200"


async def test_what_is_refused_leaves_no_stack_trace_and_nothing_secret_in_the_log(
    door: Door, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    body = a_command(door)
    await door.post(body, {})
    await door.post(body, {**door.slack.sign(body), "X-Slack-Signature": "v0=stolen"})
    await door.post_signed(b"payload=%7Bhalf&response_url=letmein")
    await door.post_signed(b"command=%2Fbuynumber&trigger_id=letmein&response_url=letmein")
    await door.post_signed(an_interaction(type="block_actions", trigger_id="letmein", actions=[]))
    logged = caplog.text + "".join(capsys.readouterr())
    assert "request refused" in logged
    assert "payload refused" in logged
    assert "Traceback" not in logged
    app, signed = door.slack.workspace.app, door.slack.sign(body)
    secrets = ("letmein", "stolen", app.signing_secret, signed["X-Slack-Signature"])
    assert [secret for secret in secrets if secret in logged] == []


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
