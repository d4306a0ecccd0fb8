"""The conversations: public, private, direct, archived, and who is a member of them.

Knows nothing of what is said there. What the app may do somewhere is answered with Slack's own error codes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.shapes import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One conversation. In a direct one `im_user` is the person who talks with the app."""

    id: str
    name: str
    topic: str = ""
    is_private: bool = False
    is_archived: bool = False
    im_user: str | None = None
    members: frozenset[str] = frozenset()

    @property
    def is_im(self) -> bool:
        return self.im_user is not None

    @property
    def is_public(self) -> bool:
        return not self.is_private and not self.is_im

    @property
    def shown_name(self) -> str:
        """The name as interaction payloads give it."""
        if self.is_im:
            return "directmessage"
        return "privategroup" if self.is_private else self.name

    def as_slack(self, app_user: str) -> JsonObject:
        if self.is_im:
            return {"id": self.id, "is_im": True, "user": self.im_user, "is_archived": False, "created": 1700000000}
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_member": app_user in self.members,
            "is_general": False,
            "is_shared": False,
            "is_ext_shared": False,
            "created": 1700000000,
            "topic": {"value": self.topic, "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "num_members": len(self.members),
        }


class Channels:
    """All conversations by id. `app_user` is the app's own user id."""

    def __init__(self, app_user: str) -> None:
        self._app_user = app_user
        self._channels: dict[str, Channel] = {}

    def __iter__(self) -> Iterator[Channel]:
        return iter(self._channels.values())

    def add(self, channel: Channel) -> Channel:
        self._channels[channel.id] = channel
        return channel

    def find(self, channel: str) -> Channel | None:
        return self._channels.get(channel)

    def archive(self, channel: str) -> None:
        self._channels[channel] = replace(self._channels[channel], is_archived=True)

    def join(self, channel: str, user: str) -> None:
        self._channels[channel] = replace(self._channels[channel], members=self._channels[channel].members | {user})

    def leave(self, channel: str, user: str) -> None:
        self._channels[channel] = replace(self._channels[channel], members=self._channels[channel].members - {user})

    def direct(self, user: str) -> Channel:
        """The direct conversation of `user` with the app, opened when there is none."""
        for channel in self._channels.values():
            if channel.im_user == user:
                return channel
        opened = Channel(id=f"D{user[1:]}", name="", im_user=user, members=frozenset({user, self._app_user}))
        return self.add(opened)

    def visible_to_app(self, channel: str) -> Channel:
        """Raises `SlackError` (`channel_not_found`) for what the app cannot see: unknown, or private without it."""
        found = self._channels.get(channel)
        if found is None or (found.is_private and self._app_user not in found.members):
            raise SlackError("channel_not_found")
        return found

    def has_app(self, channel: Channel) -> bool:
        return self._app_user in channel.members
