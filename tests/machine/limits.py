"""The settings the machine runs with, the limits that follow from them as the checks know them, and its providers."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from bot.sandbox.slack.example import MANAGERS

SECOND_ABOVE, AUTO_UP_TO, BUDGET = Decimal(150), Decimal(20), Decimal(2000)  # in rupees

EXPIRES_AFTER, REMINDED_AFTER = timedelta(hours=3), timedelta(hours=1)

SETTINGS = {
    "APPROVERS": MANAGERS,
    "SECOND_APPROVAL_ABOVE": f"INR:{SECOND_ABOVE}",
    "AUTO_APPROVE_UP_TO": f"INR:{AUTO_UP_TO}",
    "MONTHLY_BUDGET": f"INR:{BUDGET}",
    "REQUEST_EXPIRES_AFTER": "3h",
    "REMIND_AFTER": "1h",
    "VOBIZ_TIMEOUT": "20s",
}

PEOPLE_ARE_GOOD_FOR = 60.0  # seconds that people data may be believed

ATTEMPTS_AN_APPROVAL = 3

COLD_AFTER = timedelta(seconds=60)  # after a call's end nothing is said to have failed sooner

SETTLED_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What kind of provider it is."""

    name: str
    ends_calls_within: timedelta  # how long after a call it may still act on it
    ledger_lag: timedelta  # how far its ledger is behind
    names_numbers: bool  # whether its ledger says what a charge was for

    @property
    def is_prompt(self) -> bool:
        return self.ends_calls_within < COLD_AFTER


def votes_needed(charge: Decimal) -> int:
    return 2 if charge > SECOND_ABOVE else 1


def micros(amount: Decimal) -> int:
    return int(amount * 1_000_000)
