"""The demo as a process: it needs nothing, takes nothing from where it is started, and leaves nothing behind."""

import re
import signal
import socket
from pathlib import Path

import aiohttp
import pytest

from bot.__main__ import main
from tests.harness.process import a_bot

FOREIGN = {
    "SLACK_BOT_TOKEN": "xoxb-of-a-real-workspace",
    "SLACK_APP_TOKEN": "xapp-of-a-real-workspace",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "VOBIZ_AUTH_ID": "MA_REAL",
    "VOBIZ_AUTH_TOKEN": "of-a-real-account",
    "VOBIZ_BASE_URL": "http://127.0.0.1:9/api",
    "DATABASE_URL": "sqlite:///real.db",
    "APPROVERS": "nonsense",
}
"""A real bot's settings, none of which may reach the demo."""


@pytest.mark.parametrize("reason", [signal.SIGINT, signal.SIGTERM])
async def test_it_shows_a_page_until_stopped_takes_and_leaves_nothing(tmp_path: Path, reason: signal.Signals) -> None:
    here, temporary = tmp_path / "here", tmp_path / "temporary"
    here.mkdir()
    temporary.mkdir()
    (here / ".env").write_text("\n".join(f"{name}={value}" for name, value in FOREIGN.items()), "utf-8")
    env = {**FOREIGN, "HTTPS_PROXY": "http://127.0.0.1:9", "TMPDIR": str(temporary)}
    async with a_bot("demo", "--port", "0", folder=here, env=env) as demo, aiohttp.ClientSession() as session:
        url = re.search(r"http://127\.0\.0\.1:\d+/", await demo.writes("The demo is at"))
        assert url is not None
        async with session.get(url[0]) as page:
            assert page.status == 200
        assert len(list(temporary.iterdir())) == 1
        demo.tell(reason)
        ended = await demo.ends()
    assert (ended.code, ended.err) == (0, "")
    assert [found.name for found in (*here.iterdir(), *temporary.iterdir())] == [".env"]


def test_a_taken_port_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["demo", "--port", str(port)]) == 2
    written = capsys.readouterr()
    assert (written.out, written.err) == ("", f"buynumber: port {port} is taken: try another one with --port\n")
