"""Which of several things find no partner when as many as possible do: a maximum matching by augmenting paths.

Knows nothing of what is matched: things are numbered from 0, and each comes with the partners that would fit it.
"""

from collections.abc import Sequence


def unmatched(fitting: Sequence[Sequence[int]]) -> list[int]:
    """Those that stay without a partner, one each; where there is a choice, the last ones.

    What has a partner once keeps one, this or another.
    """
    partners = dict[int, int]()
    for one in range(len(fitting)):
        _match(one, fitting, partners)
    return [one for one in range(len(fitting)) if one not in partners]


def _match(one: int, fitting: Sequence[Sequence[int]], partners: dict[int, int]) -> None:
    """Finds it a partner, moving others to other partners on the way."""
    held = {partner: holder for holder, partner in partners.items()}
    wanted_by = dict[int, int]()
    waiting = [one]
    for wanting in waiting:
        for partner in fitting[wanting]:
            if partner in wanted_by:
                continue
            wanted_by[partner] = wanting
            if partner in held:
                waiting.append(held[partner])
                continue
            free: int | None = partner
            while free is not None:
                mover, taken = wanted_by[free], free
                free = partners.get(mover)
                partners[mover] = taken
            return
