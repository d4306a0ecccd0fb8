"""Who is in the workspace: members, guests, bots, the deactivated, people of other workspaces, and user groups.

Knows nothing of channels and messages. Display names are for showing only; two people may share one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.shapes import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Somebody's account in an organisation of several workspaces (Enterprise Grid)."""

    id: str = "E0NORTHWD"
    name: str = "Northwind Group"
    teams: tuple[str, ...]
    """The workspaces that they are a member of."""
    user: str = ""
    """Their id in the organisation, where that is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One account, as `users.info` tells of it."""

    id: str
    name: str
    real_name: str
    team: str
    """Their workspace; in a `grid` the primary one, the organisation, or empty."""
    grid: Grid | None = None
    display_name: str = ""
    role: str = "Member"
    """A short label for the demo's page; Slack knows nothing of it."""
    color: str = "4a154b"
    is_admin: bool = False
    is_restricted: bool = False
    """A guest of several channels."""
    is_ultra_restricted: bool = False
    """A guest of one channel; Slack then sets `is_restricted` too."""
    is_bot: bool = False
    deleted: bool = False
    is_hidden: bool = False
    """Asking for this user answers `user_not_visible`."""

    def is_guest(self) -> bool:
        return self.is_restricted or self.is_ultra_restricted

    def is_member_of(self, team: str) -> bool:
        return self.team == team or (self.grid is not None and team in self.grid.teams)

    def as_slack(self, home: str) -> JsonObject:
        """As `users.info` of an app in the workspace `home` returns it."""
        shown: JsonObject = {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "deleted": self.deleted,
            "color": self.color,
            "real_name": self.real_name,
            "tz": "Asia/Kolkata",
            "tz_label": "India Standard Time",
            "tz_offset": 19800,
            "profile": self._profile(),
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": 1700000000,
        }
        if self.team != home:
            shown["is_stranger"] = False
        if self.grid is not None:
            shown["enterprise_user"] = {
                "id": self.grid.user or self.id,
                "enterprise_id": self.grid.id,
                "enterprise_name": self.grid.name,
                "is_admin": False,
                "is_owner": False,
                "teams": list(self.grid.teams),
            }
        if not self.deleted:
            shown |= {
                "is_admin": self.is_admin,
                "is_owner": False,
                "is_primary_owner": False,
                "is_restricted": self.is_guest(),
                "is_ultra_restricted": self.is_ultra_restricted,
                "is_email_confirmed": True,
            }
        return shown

    def _profile(self) -> JsonObject:
        return {
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.display_name,
            "display_name_normalized": self.display_name,
            "team": self.team,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroup:
    """A user group such as `@managers`; a disabled one can still be listed on request."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...] = ()
    is_disabled: bool = False

    def as_slack(self, team: str) -> JsonObject:
        return {
            "id": self.id,
            "team_id": team,
            "is_usergroup": True,
            "name": self.name,
            "handle": self.handle,
            "description": "",
            "is_external": False,
            "date_create": 1700000000,
            "date_update": 1700000000,
            "date_delete": 1700000001 if self.is_disabled else 0,
            "auto_type": None,
            "created_by": self.users[0] if self.users else "",
            "user_count": len(self.users),
        }


class People:
    """The users and groups that exist now; changing one replaces it."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._groups: dict[str, UserGroup] = {}

    def __iter__(self) -> Iterator[User]:
        return iter(self._users.values())

    def groups(self) -> tuple[UserGroup, ...]:
        return tuple(self._groups.values())

    def add(self, user: User) -> User:
        self._users[user.id] = user
        return user

    def find(self, user: str) -> User | None:
        return self._users.get(user)

    def get(self, user: str) -> User:
        """Raises `SlackError` (`user_not_found`, `user_not_visible`), as asking Slack would."""
        found = self._users.get(user)
        if found is None:
            raise SlackError("user_not_found")
        if found.is_hidden:
            raise SlackError("user_not_visible")
        return found

    def deactivate(self, user: str) -> None:
        self._users[user] = replace(self._users[user], deleted=True)

    def make_guest(self, user: str) -> None:
        self._users[user] = replace(self._users[user], is_restricted=True)

    def hide(self, user: str) -> None:
        self._users[user] = replace(self._users[user], is_hidden=True)

    def add_group(self, group: UserGroup) -> UserGroup:
        self._groups[group.id] = group
        return group

    def group(self, group: str) -> UserGroup:
        """Raises `SlackError` (`no_such_subteam`)."""
        if group not in self._groups:
            raise SlackError("no_such_subteam")
        return self._groups[group]

    def set_group_members(self, group: str, *users: str) -> None:
        self._groups[group] = replace(self._groups[group], users=users)

    def disable_group(self, group: str) -> None:
        self._groups[group] = replace(self._groups[group], is_disabled=True)
