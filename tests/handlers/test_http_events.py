"""The HTTP door, over real HTTP: who is let in, and what is said to everybody else."""

import asyncio
import gzip
import json
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import pytest
from pydantic import SecretStr

from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS
from bot.services.acts import Ask
from handlers.http_events import LARGEST_BODY, Front
from tests.handlers.door import Door, listening
from tests.harness.office import BENGALURU, Office

FIVE_MINUTES = 5 * 60
SECRET = SecretStr("letmesign")


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


def now(door: Door) -> int:
    return int(door.clock.now().timestamp())


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


async def test_what_slack_signed_is_let_in(door: Door) -> None:
    assert await door.post_signed(a_command(door)) == 200
    [act] = await door.acts()
    assert isinstance(act, Ask)
    assert (act.user, act.e164, act.reason) == (ASHA, BENGALURU, "support")


@pytest.mark.parametrize("apart", [-FIVE_MINUTES, FIVE_MINUTES])
async def test_a_stamp_five_minutes_away_is_still_good(door: Door, apart: int) -> None:
    body = a_command(door)
    assert await door.post(body, door.slack.sign(body, now(door) + apart)) == 200


@pytest.mark.parametrize("apart", [-FIVE_MINUTES - 1, FIVE_MINUTES + 1, -86_400, 10**9])
async def test_an_older_stamp_or_one_from_the_future_is_refused_though_rightly_signed(door: Door, apart: int) -> None:
    body = a_command(door)
    assert await door.post(body, door.slack.sign(body, now(door) + apart)) == 401
    assert await door.acts() == []


async def test_bytes_recorded_earlier_are_refused_once_their_five_minutes_are_over(door: Door) -> None:
    await door.slack.command(ASHA, NUMBERS, BENGALURU)
    door.clock.advance(FIVE_MINUTES + 1)
    await door.slack.http.replay()
    assert len(await door.acts()) == 1


@pytest.mark.parametrize(
    "stamp", ["", "soon", "-5", "1.5", "\uff11\uff17\uff19\uff13\uff16\uff12\uff10\uff18\uff10\uff10", "9" * 400]
)
async def test_a_stamp_that_is_no_number_of_seconds_is_refused(door: Door, stamp: str) -> None:
    body = a_command(door)
    headers = {**door.slack.sign(body), "X-Slack-Request-Timestamp": stamp}
    assert await door.post(body, headers) == 401


@pytest.mark.parametrize("signature", ["", "v0=", "v0=" + "0" * 64, "v1=" + "0" * 64, "v0=żółw", "v0=" + "a" * 100_000])
async def test_a_garbled_signature_is_refused(door: Door, signature: str) -> None:
    body = a_command(door)
    head = {**door.slack.sign(body), "X-Slack-Signature": signature, "Content-Length": str(len(body))}
    answer = await raw(door.url, head, body)
    assert answer.split()[1] in (b"400", b"401")
    assert await door.acts() == []


@pytest.mark.parametrize("left_out", ["X-Slack-Request-Timestamp", "X-Slack-Signature"])
async def test_a_request_without_its_stamp_or_its_signature_is_refused(door: Door, left_out: str) -> None:
    body = a_command(door)
    headers = {name: value for name, value in door.slack.sign(body).items() if name != left_out}
    assert await door.post(body, headers) == 401
    assert await door.acts() == []


async def test_a_signature_made_with_another_secret_is_refused(door: Door) -> None:
    body = a_command(door)
    assert await door.post(body, door.slack.workspace.sign(body, secret="somebody else's")) == 401
    assert await door.acts() == []


async def test_more_than_slack_ever_sends_is_refused_before_it_is_read(door: Door) -> None:
    answer = await raw(door.url, {"Content-Length": str(LARGEST_BODY + 1)})
    assert answer.split()[1] == b"413"


async def test_a_body_that_does_not_say_its_length_is_refused_once_it_is_too_long(door: Door) -> None:
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    answer = await raw(door.url, {"Transfer-Encoding": "chunked"}, *[piece] * (LARGEST_BODY // 0x10000), b"1\r\nx\r\n")
    assert answer.split()[1] == b"413"


async def test_the_largest_body_is_let_in(door: Door) -> None:
    body = a_command(door, "help")
    body += b"&padding=" + b"x" * (LARGEST_BODY - len(body) - len(b"&padding="))
    assert await door.post_signed(body) == 200


async def test_bytes_that_are_no_text_are_refused_though_rightly_signed(door: Door) -> None:
    assert await door.post_signed(b"text=\xff\xfe") == 400


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("form", b"payload=%7Bhalf"),
        ("form", b"payload=5"),
        ("form", b"payload=%5B%5D"),
        ("json", b"{half"),
        ("json", b"[]"),
        ("json", b'"text"'),
        ("json", b"nonsense"),
    ],
)
async def test_a_payload_that_is_no_json_object_is_refused_though_rightly_signed(
    door: Door, kind: str, body: bytes
) -> None:
    assert await door.post_signed(body, kind=kind) == 400


@pytest.mark.parametrize(
    "body",
    [
        b"command=%2Fbuynumber&text=status",
        b"command=%2Fbuynumber&text=status&team_id=&channel_id=C1&user_id=U1&trigger_id=1&response_url=http://x",
        an_interaction(type="block_actions", actions=[]),
        an_interaction(type="block_actions", actions=[{"action_id": "approve", "type": "button"}]),
        an_interaction(type="block_actions", actions=[{"action_id": "deny", "type": "button"}]),
        an_interaction(type="block_actions", actions=[{"action_id": "choose_number_1", "type": "button"}]),
        an_interaction(type="view_submission", view={"callback_id": "deny_form"}),
        an_interaction(type="view_submission", view={"type": "modal", "callback_id": "deny_form"}),
        an_interaction(type="view_submission", view={"type": "modal", "callback_id": "picker", "id": "V1"}),
        an_interaction(type="block_suggestion", block_id="number", action_id="number", value="80"),
        an_interaction(type="block_suggestion", block_id="number", action_id="number", value="80", view={"id": "V1"}),
    ],
)
async def test_a_payload_that_lacks_what_it_must_hold_is_refused(door: Door, body: bytes) -> None:
    assert await door.post_signed(body) == 400
    assert await door.acts() == []


async def test_a_button_whose_value_is_no_text_is_answered_in_words(door: Door) -> None:
    action = {"action_id": "approve", "type": "button", "value": ["5e"]}
    where = {"user": {"id": ASHA}, "channel": {"id": NUMBERS}}
    assert await door.post_signed(an_interaction(type="block_actions", actions=[action], **where)) == 200
    [answer] = await door.slack.wait_for(lambda _: door.slack.ephemerals_for(ASHA))
    assert answer.text.startswith("Nothing changed")
    assert await door.acts() == []


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_home_opened", "user": ASHA}},
        {"type": "event_callback", "team_id": "T0DEMO001", "event": {"type": "app_home_opened", "user": ASHA}},
        {"type": "event_callback", "team_id": "T0DEMO001", "event_id": "Ev1", "event": {"type": "app_home_opened"}},
    ],
)
async def test_an_event_that_lacks_what_it_must_hold_is_refused(door: Door, payload: dict[str, object]) -> None:
    assert await door.post_signed(json.dumps(payload).encode(), kind="json") == 400
    assert await door.acts() == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("form", urlencode({"command": "/sellnumber", "team_id": "T1", "user_id": ASHA}).encode()),
        ("form", an_interaction(type="view_submission", view={"type": "modal", "callback_id": "unheard_of"})),
        ("json", json.dumps({"type": "event_callback", "event": {"type": "unheard_of"}}).encode()),
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


async def test_the_same_signed_command_twice_is_one_request(door: Door) -> None:
    await door.slack.command(ASHA, NUMBERS, BENGALURU)
    await door.slack.http.replay()
    await door.slack.http.replay()
    assert len(await door.acts()) == 1


async def test_the_same_signed_click_twice_is_one_decision(office: Office) -> None:
    card = await office.a_card()
    office.slack.http.is_twice = True
    await office.approve(card)
    await office.told(card, "is bought.")
    await office.slack.http.replay()
    assert len(office.vobiz.purchase_calls) == 1
    assert office.slack.ephemerals_for(MEERA) == []


async def test_the_same_signed_command_twice_opens_one_form_and_says_nothing_about_the_other(office: Office) -> None:
    await office.ask("IN")
    await office.slack.wait_for(lambda _: office.slack.modal(ASHA))
    await office.slack.http.replay()
    await office.slack.wait_for(lambda workspace: len(workspace.calls_of("views.open")) == 2)
    await office.ask("help")
    assert len(office.slack.ephemerals_for(ASHA)) == 1


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
async def test_unsigned_bytes_that_claim_to_be_packed_cost_a_refusal_and_no_stack_trace(
    office: Office, caplog: pytest.LogCaptureFixture, encoding: str
) -> None:
    assert office.slack.events_url is not None
    head = {"Content-Encoding": encoding, "Content-Length": "7"}
    assert (await raw(office.slack.events_url, head, b"garbage")).split()[1] == b"401"
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_packed_body_is_not_unpacked_before_its_signature_is_known(office: Office) -> None:
    assert office.slack.events_url is not None
    packed = gzip.compress(b"x" * 50 * LARGEST_BODY)
    head = {"Content-Encoding": "gzip", "Content-Length": str(len(packed))}
    assert (await raw(office.slack.events_url, head, packed)).split()[1] == b"401"


async def test_somebody_who_hangs_up_in_the_middle_leaves_no_stack_trace(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
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
    async with listening(front) as url:
        answer = await raw(url, {"Content-Length": "100"}, b"half")
    assert answer.split()[1] == b"408"


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
    for secret in (
        "letmein",
        "stolen",
        door.slack.workspace.app.signing_secret,
        door.slack.sign(body)["X-Slack-Signature"],
    ):
        assert secret not in logged
