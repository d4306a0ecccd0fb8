"""What happened in a soak, counted."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Tally:
    """`done` and `acknowledged` are by person, the rest by what it was."""

    done: Counter[str] = field(default_factory=Counter)
    acknowledged: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    heard: Counter[str] = field(default_factory=Counter)
    """Words to one person alone, of messages that were forgotten since."""
    rounds: int = 0
    differences: list[str] = field(default_factory=list)
