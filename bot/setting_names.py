"""Names that are nearly a setting's: a limit that is misspelt would be no limit at all, without a word.

Other software has settings of its own, so in the environment a name has to be closer than in the bot's own `.env`. Our
limits have names that nobody else has: one with words left out or added is refused wherever it stands.
"""

from collections.abc import Iterable
from difflib import get_close_matches

LIMITS = (
    "ALLOWED_CHANNELS",
    "AUTO_APPROVE_UP_TO",
    "MAX_CHARGE",
    "MAX_PURCHASES_PER_DAY",
    "MONTHLY_BUDGET",
    "REQUEST_EXPIRES_AFTER",
    "SECOND_APPROVAL_ABOVE",
)

SHARED = frozenset({"DATABASE_URL", "HOST", "LOG_FORMAT", "LOG_LEVEL", "PORT", "TIME_ZONE"})
"""Others have settings of these names and longer ones: `LOG_LEVEL_ROOT` and `TEST_DATABASE_URL` are theirs."""

OTHERS = frozenset({"HOSTNAME", "LOGLEVEL", "SLACK_API_TOKEN", "SLACK_CLIENT_SIGNING_SECRET", "SLACK_USER_TOKEN"})
"""Well-known names of others that come close."""

CLOSE, CLOSE_TO_SHARED, CLOSE_IN_PART = 0.85, 0.9, 0.92
"""By `difflib`: MONTHLY_BUGET is 0.96 of MONTHLY_BUDGET, DATABASE_HOST 0.72 of DATABASE_URL."""

IN_FILE = 0.05
"""How much less is close enough in the file."""


def meant(name: str, settings: Iterable[str], *, in_file: bool) -> str | None:
    """The setting that `name`, which is none, was probably meant to be: MONTHLY_BUDGET for MONTHLY_BUGET."""
    known, name = [*settings], name.upper()
    if name in known or name in OTHERS:
        return None
    less = IN_FILE if in_file else 0.0
    for found in get_close_matches(name, known, cutoff=CLOSE - less):
        if not _is_shared(found):
            return found
        if not _adds_words(name, found) and get_close_matches(name, [found], cutoff=CLOSE_TO_SHARED - less):
            return found
    for limit in known:
        if limit in LIMITS and _has_others_words(name, limit, CLOSE_IN_PART - less):
            return limit
    own = (found for found in known if not _is_shared(found) and _adds_words(name, found))
    return next(own, None) if in_file else None


def _is_shared(setting: str) -> bool:
    return setting in SHARED or setting.startswith("SLACK_")


def _adds_words(name: str, setting: str) -> bool:
    return name.startswith(f"{setting}_") or name.endswith(f"_{setting}")


def _has_others_words(name: str, limit: str, close: float) -> bool:
    """MAX_PURCHASES leaves some out, MAX_CHARGE_INR adds one; two words are ours, one may be anybody's."""
    given, ours = name.split("_"), limit.split("_")
    begins = ["_".join(ours[: len(given)])] if len(given) > 1 else []
    within = ["_".join(given[start : start + len(ours)]) for start in range(len(given) - len(ours) + 1)]
    return bool(get_close_matches(name, begins, cutoff=close) or get_close_matches(limit, within, cutoff=close))
