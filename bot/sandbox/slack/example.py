"""A furnished workspace: the people and channels of the demo, and every kind of account the tests need.

Knows nothing of the bot's rules; who may approve is the bot's setting.
"""

from bot.sandbox.slack.channels import Channel
from bot.sandbox.slack.people import User, UserGroup
from bot.sandbox.slack.workspace import Workspace

ASHA = "U0ASHA001"
TARA = "U0TARA001"
MEERA = "U0MEERA01"
VIKRAM = "U0VIKRAM1"
NAMESAKE = "U0ASHA002"
GUEST = "U0GUEST01"
SINGLE_CHANNEL_GUEST = "U0GUEST02"
GONE = "U0GONE001"
STRANGER = "U0PARTNR1"
OTHER_BOT = "U0BUILDER"
PARTNER_TEAM = "T0PARTNER"

MANAGERS = "S0MANAGER"
NOBODY = "S0NOBODY1"

NUMBERS = "C0NUMBERS"
GENERAL = "C0GENERAL"
FINANCE = "C0FINANCE"
BOARD = "C0BOARD01"
OLD = "C0OLDNEWS"

MEMBERS = (ASHA, TARA, MEERA, VIKRAM, NAMESAKE)


def furnish(workspace: Workspace) -> Workspace:
    """Fills `workspace` in place and returns it.

    `NUMBERS` is public with everyone in it, `GENERAL` public without the app, `FINANCE` private with the app, `BOARD`
    private without it, `OLD` archived; members have a direct conversation with the app.
    `NAMESAKE` has the same display name as `ASHA`.
    """
    _add_members(workspace)
    _add_others(workspace)
    workspace.people.add_group(UserGroup(id=MANAGERS, handle="managers", name="Managers", users=(MEERA, VIKRAM)))
    workspace.people.add_group(UserGroup(id=NOBODY, handle="nobody", name="Nobody yet"))
    everyone = (*MEMBERS, GUEST, SINGLE_CHANNEL_GUEST, GONE, STRANGER, OTHER_BOT)
    workspace.add_channel(NUMBERS, "numbers", everyone, topic="Phone numbers: asked for, approved, bought")
    workspace.add_channel(GENERAL, "general", MEMBERS, topic="Everything else", with_app=False)
    workspace.add_channel(FINANCE, "finance", (ASHA, MEERA, VIKRAM), topic="Budgets", is_private=True)
    workspace.add_channel(BOARD, "board", (MEERA,), is_private=True, with_app=False)
    workspace.channels.add(
        Channel(id=OLD, name="old-news", is_archived=True, members=frozenset({ASHA, workspace.app.user}))
    )
    return workspace


def _add_members(workspace: Workspace) -> None:
    home = workspace.team.id
    members = (
        User(id=ASHA, name="asha", real_name="Asha Rao", display_name="Asha", team=home, color="2b7de9"),
        User(id=TARA, name="tara", real_name="Tara Iyer", display_name="Tara", team=home, color="c2410c"),
        User(id=MEERA, name="meera", real_name="Meera Nair", team=home, role="Manager", color="0f7b3f"),
        User(id=VIKRAM, name="vikram", real_name="Vikram Shah", team=home, role="Manager", color="7c3aed"),
        User(id=NAMESAKE, name="asha2", real_name="Asha Menon", display_name="Asha", team=home, color="b45309"),
    )
    for member in members:
        workspace.people.add(member)
        workspace.channels.direct(member.id)


def _add_others(workspace: Workspace) -> None:
    home = workspace.team.id
    others = (
        User(id=GUEST, name="guest", real_name="Gita Guest", team=home, role="Guest", is_restricted=True),
        User(
            id=SINGLE_CHANNEL_GUEST,
            name="guest2",
            real_name="Gopal Guest",
            team=home,
            role="Guest",
            is_ultra_restricted=True,
        ),
        User(id=GONE, name="gone", real_name="Ganesh Gone", team=home, role="Deactivated", deleted=True),
        User(id=STRANGER, name="sam", real_name="Sam Partner", team=PARTNER_TEAM, role="Other workspace"),
        User(id=OTHER_BOT, name="builder", real_name="Builder", team=home, role="Bot", is_bot=True),
    )
    for other in others:
        workspace.people.add(other)
