"""The rules in force, a line for each setting that makes one, and what holds where nothing is set."""

from collections.abc import Mapping
from datetime import timedelta

from bot.domain.rules import Rules
from bot.services.checkup.line import Line, ok

RULES = {
    "APPROVAL_CHANNEL": ("cards stand in {}", "cards stand where the command was typed"),
    "ALLOWED_CHANNELS": ("/buynumber may be used in {}", "/buynumber may be used anywhere"),
    "ALLOW_SELF_APPROVAL": ("approvers may approve what they asked for", "nobody approves what they asked for"),
    "SECOND_APPROVAL_ABOVE": ("two approvals above {}", "one approval is enough for any amount"),
    "AUTO_APPROVE_UP_TO": ("no approval needed up to {}", "nothing is approved by itself"),
    "MONTHLY_BUDGET": ("at most {} a month", "no limit for a month"),
    "MAX_CHARGE": ("no charge above {}, whoever approves", "no limit for one charge"),
    "MAX_PURCHASES_PER_DAY": ("purchases a day: {} at most", "no limit for a day"),
    "TIME_ZONE": ("the month and the day turn in {}", ""),
    "REQUEST_EXPIRES_AFTER": ("a request waits {} at most", ""),
    "REMIND_AFTER": ("one reminder after {}", "no reminders"),
}
"""By setting, which is the rule's name too: what it means when it is set, and when it is not."""


def rule_lines(rules: Rules) -> list[Line]:
    """`MONTHLY_BUDGET: at most 5000 INR, 200 USD a month`."""
    lines = []
    for setting, (meaning, without) in RULES.items():
        rule = getattr(rules, setting.lower())
        lines.append(ok(setting, without if rule in (None, False) else meaning.format(_shown(rule))))
    return lines


def _shown(rule: object) -> str:
    match rule:
        case Mapping():
            return ", ".join(map(str, rule.values()))
        case frozenset():
            return ", ".join(sorted(rule))
        case timedelta():
            return f"{rule / timedelta(hours=1):g} h"
        case _:
            return str(rule)
