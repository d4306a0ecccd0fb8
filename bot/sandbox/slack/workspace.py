"""One workspace: its people, channels, messages and views, the app installed in it, and what is to go wrong.

Pure state; no sockets, no HTTP. The server serves it, `example.py` fills one, tests fill their own.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from bot.sandbox.slack.changes import Changes, Noted
from bot.sandbox.slack.channels import Channel, Channels
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.files import Files
from bot.sandbox.slack.messages import Messages
from bot.sandbox.slack.people import People, User
from bot.sandbox.slack.rates import Rates
from bot.sandbox.slack.response_urls import ResponseUrls
from bot.sandbox.slack.shapes import JsonObject, text_of
from bot.sandbox.slack.triggers import Triggers
from bot.sandbox.slack.views import Views

DEFAULT_SCOPES = ("commands", "chat:write", "chat:write.public", "users:read", "usergroups:read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """The workspace itself."""

    id: str = "T0DEMO001"
    name: str = "Northwind Telephony"
    domain: str = "northwind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """One that the app's manifest declares: for the whole workspace, or on a message."""

    callback_id: str
    name: str
    note: str
    kind: Literal["global", "message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledApp:
    """The app under test: its manifest, and the secrets it was given, which open nothing but this stand-in."""

    id: str = "A0BUYNUMB"
    bot_id: str = "B0BUYNUMB"
    user: str = "U0BUYNUMB"
    name: str = "Buynumber"
    command: str = "/buynumber"
    command_hint: str = "[+91 98765 43210 for the support line | IN 80 | status | help]"
    command_note: str = "Request a phone number, or see what waits"
    shortcuts: tuple[Shortcut, ...] = (
        Shortcut(
            callback_id="request_number",
            name="Request a number",
            note="Pick a phone number and say what it is for",
            kind="global",
        ),
        Shortcut(
            callback_id="request_number_here",
            name="Request a number",
            note="Pick a phone number, asked for in this channel",
            kind="message",
        ),
    )
    bot_token: str = field(default_factory=lambda: f"xoxb-1000000000-2000000000-{secrets.token_hex(12)}")
    app_token: str = field(default_factory=lambda: f"xapp-1-A0BUYNUMB-3000000000-{secrets.token_hex(12)}")
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    verification_token: str = field(default_factory=lambda: secrets.token_hex(12))
    scopes: tuple[str, ...] = DEFAULT_SCOPES


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One call as it came in, whatever became of it. `at` is the monotonic clock's, in seconds."""

    method: str
    arguments: JsonObject = field(default_factory=dict)
    at: float

    @property
    def channel(self) -> str:
        return text_of(self.arguments, "channel") or text_of(self.arguments, "channel_id")


class Workspace:
    """Everything Slack would know. `monotonic` and `wall` are the clocks, in seconds, so that tests can move time.

    With `tel_links` a phone number in a command arrives as Slack's `<tel:…|…>`; with `realistic_limits` the known rate
    limits hold by themselves.
    """

    def __init__(
        self,
        *,
        team: Team | None = None,
        app: InstalledApp | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        tel_links: bool = False,
        realistic_limits: bool = False,
    ) -> None:
        self.team = team or Team()
        self.app = app or InstalledApp()
        self.monotonic = monotonic
        self.wall = wall
        self.tel_links = tel_links
        self.people = People()
        self.channels = Channels(self.app.user)
        self.messages = Messages(wall)
        self.views = Views()
        self.files = Files()
        self.triggers = Triggers(monotonic)
        self.response_urls = ResponseUrls(monotonic, self.team.id)
        self.faults = Faults()
        self.rates = Rates(monotonic) if realistic_limits else None
        self.changes = Changes()
        self.calls: list[ApiCall] = []
        self.people.add(
            User(
                id=self.app.user,
                name=self.app.name.lower(),
                real_name=self.app.name,
                team=self.team.id,
                role="App",
                is_bot=True,
            )
        )

    def add_user(self, user_id: str, real_name: str, *, role: str = "Member", display_name: str = "") -> User:
        """A full member of this workspace, with a direct conversation with the app; anyone else: `people.add`."""
        name = real_name.lower().replace(" ", ".")
        shown = display_name or real_name.split()[0]
        user = User(id=user_id, name=name, real_name=real_name, team=self.team.id, role=role, display_name=shown)
        self.channels.direct(user_id)
        return self.people.add(user)

    def add_channel(
        self,
        channel_id: str,
        name: str,
        members: Iterable[str] = (),
        *,
        topic: str = "",
        is_private: bool = False,
        with_app: bool = True,
    ) -> Channel:
        """A public or private channel with these members, and with the app unless told otherwise."""
        inside = frozenset(members) | ({self.app.user} if with_app else frozenset())
        return self.channels.add(Channel(id=channel_id, name=name, topic=topic, is_private=is_private, members=inside))

    def sees(self, user: str, channel: Channel) -> bool:
        """Members see a channel; public ones every full member of this workspace."""
        person = self.people.find(user)
        if user in channel.members:
            return True
        return person is not None and channel.is_public and person.is_member_of(self.team.id) and not person.is_guest()

    def note(self, method: str, arguments: JsonObject) -> ApiCall:
        call = ApiCall(method=method, arguments=arguments, at=self.monotonic())
        self.calls.append(call)
        self.changes.tell(Noted())
        return call

    def calls_of(self, method: str) -> list[ApiCall]:
        return [call for call in self.calls if call.method == method]

    def sign(self, body: bytes, timestamp: int | None = None, *, secret: str | None = None) -> dict[str, str]:
        """The two headers Slack signs `body` with (scheme v0). `timestamp` is seconds since 1970, now by default."""
        stamp = str(int(self.wall()) if timestamp is None else timestamp)
        key = (secret or self.app.signing_secret).encode()
        digest = hmac.new(key, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}
