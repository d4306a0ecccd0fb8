"""The figures and what is wanted of them: stated here and nowhere else. Medians, noise, and whether it is enough."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.bench.contestants import BARE, BEFORE, NAIVE, POSTGRES, SQLITE
from tests.bench.rounds import Samples

Unit = Literal["ms", "s", "MB", "a second", "a purchase", "statements"]

_SCALE: Mapping[Unit, float] = {"ms": 1000, "s": 1, "MB": 1, "a second": 1, "a purchase": 1, "statements": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line. `wanted` is a ratio to what is measured `beside` it, or an amount in `unit` where nothing is.

    Of speeds it is the least that is wanted, of all else the most; `None` asks for nothing.
    """

    says: str
    key: str
    unit: Unit
    beside: str | None = None
    wanted: float | None = None
    reached: float | None = None
    """What there is, where that is not what is wanted yet: it does not get worse unseen."""
    quantile: float = 0.5

    @property
    def is_speed(self) -> bool:
        return self.unit == "a second"


FIGURES = (
    Figure(
        says="answer to a command, ten a second",
        key="answer_paced",
        unit="ms",
        beside=BARE.name,
        wanted=0.25,
        reached=0.5,
    ),
    Figure(says="the same beside Bolt's floor", key="answer_paced", unit="ms", beside=BEFORE.name),
    Figure(
        says="answer, one in flight without pause",
        key="answer_unpaused",
        unit="ms",
        beside=BARE.name,
        wanted=0.25,
        reached=0.4,
    ),
    Figure(
        says="answers, 64 in flight", key="answers_a_second", unit="a second", beside=BARE.name, wanted=0.5, reached=0.4
    ),
    Figure(
        says="the same beside Bolt's floor",
        key="answers_a_second",
        unit="a second",
        beside=BEFORE.name,
        wanted=0.5,
        reached=0.3,
    ),
    Figure(says="command to card", key="card", unit="ms", beside=NAIVE.name, wanted=2),
    Figure(says="click to details in the thread", key="details", unit="ms", beside=NAIVE.name, wanted=3),
    Figure(
        says="processor time a purchase, one by one", key="processor", unit="ms", beside=NAIVE.name, wanted=4, reached=5
    ),
    Figure(says="the same in a burst", key="processor_in_burst", unit="ms", beside=NAIVE.name, wanted=4, reached=4.5),
    Figure(says="purchases in a burst", key="a_second", unit="a second", beside=NAIVE.name, wanted=0.5, reached=0.2),
    Figure(says="the same beside SQLite", key="a_second", unit="a second", beside=SQLITE.name, wanted=2 / 3),
    Figure(says="the same beside one process", key="a_second", unit="a second", beside=POSTGRES.name, wanted=1.7),
    Figure(says="answer while bursts are judged, p50", key="answer_while_busy", unit="ms", wanted=20),
    Figure(says="answer while bursts are judged, p99", key="answer_while_busy", unit="ms", wanted=200, quantile=0.99),
    Figure(says="ready", key="ready", unit="s", wanted=0.5),
    Figure(says="idle memory", key="memory", unit="MB", wanted=80),
    Figure(says="calls to Slack", key="calls", unit="a purchase", wanted=5),
)

FEW, MORE, MANY = 1_000, 20_000, 200_000
"""Past requests."""

AT_FEW = f"at {FEW:,}"

FLAT = 1.15

READS = ("open_for", "in_state", "newest(PENDING)", "App Home")


def _grown(size: int) -> tuple[Figure, ...]:
    at = f"at {size:,}"
    return (
        *(Figure(says=f"{one}, {at}", key=one, unit="ms", beside=AT_FEW, wanted=FLAT) for one in READS),
        Figure(says=f"App Home, {at}", key="statements", unit="statements", beside=AT_FEW, wanted=FLAT),
        Figure(says=f"one sweep, {at}", key="sweep", unit="s", wanted=2),
        Figure(says=f"the longest write transaction of a sweep, {at}", key="transaction", unit="ms", wanted=50),
    )


GROWTH = {size: _grown(size) for size in (MORE, MANY)}

FAR_OFF = 2
"""So many times what is wanted, or reached so far, is no bad day of a machine's any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What was measured of a figure. `noise` is how far the same thing was from itself in one round, at worst."""

    figure: Figure
    here: float
    p95: float
    beside: float | None = None
    noise: float | None = None

    @property
    def ratio(self) -> float | None:
        """`None` where there is nothing beside it, and where the ratio lies within the noise."""
        if self.beside is None or self.noise is None:
            return None
        ratio = self.here / self.beside
        return None if 1 / (1 + self.noise) <= ratio <= 1 + self.noise else ratio

    @property
    def times_wanted(self) -> float | None:
        """How many times too much it is, or too slow: at most 1 is enough. `None` where that cannot be told."""
        return self._times(self.figure.wanted)

    def _times(self, limit: float | None) -> float | None:
        found = self.here * _SCALE[self.figure.unit] if self.figure.beside is None else self.ratio
        if limit is None or found is None:
            return None
        return limit / found if self.figure.is_speed else found / limit

    @property
    def is_far_off(self) -> bool:
        """Of ratios alone, whatever the noise: amounts are the machine's."""
        times = self._times(self.figure.reached or self.figure.wanted)
        if self.ratio is None or times is None or self.noise is None:
            return False
        return times / (1 + self.noise) > FAR_OFF


def line(figure: Figure, here: Sequence[Samples], beside: Sequence[tuple[Samples, Samples]]) -> Line | None:
    """From all rounds; `beside` was measured twice in each. `None` if it was not measured."""
    rounds = [samples[figure.key] for samples in here if samples[figure.key]]
    if not rounds or (figure.beside is not None and not beside):
        return None
    together = [value for values in rounds for value in values]
    middle = statistics.median(statistics.median(values) for values in rounds)
    found = middle if figure.quantile == 0.5 else quantile(together, figure.quantile)
    p95 = quantile([-value for value in together], 0.95) * -1 if figure.is_speed else quantile(together, 0.95)
    if figure.beside is None:
        return Line(figure=figure, here=found, p95=p95)
    pairs = [(statistics.median(one[figure.key]), statistics.median(two[figure.key])) for one, two in beside]
    return Line(
        figure=figure,
        here=found,
        p95=p95,
        beside=statistics.median(value for pair in pairs for value in pair),
        noise=max(max(pair) / min(pair) for pair in pairs) - 1,
    )


def quantile(samples: Sequence[float], part: float) -> float:
    """The least sample that is at least as large as that part of them."""
    return sorted(samples)[max(0, math.ceil(part * len(samples)) - 1)]


def as_facts(measured: Line) -> dict[str, str | float | None]:
    """As programs read it, in the figure's unit."""
    figure, scale = measured.figure, _SCALE[measured.figure.unit]
    return {
        "figure": figure.says,
        "unit": figure.unit,
        "here": measured.here * scale,
        "p95": measured.p95 * scale,
        "beside": figure.beside,
        "beside_it": None if measured.beside is None else measured.beside * scale,
        "ratio": measured.ratio,
        "noise": measured.noise,
        "wanted": figure.wanted,
        "times_wanted": measured.times_wanted,
    }


def as_row(measured: Line) -> dict[str, str]:
    """As people read it."""
    figure, scale, times = measured.figure, _SCALE[measured.figure.unit], measured.times_wanted
    beside = ratio = noise = wanted = ""
    if measured.beside is not None:
        beside = f"{figure.beside} {measured.beside * scale:.4g}"
        ratio = "within the noise" if measured.ratio is None else f"{measured.ratio:.2f}"
        noise = f"±{measured.noise:.0%}"
    if figure.wanted is not None:
        wanted = f"{'≥' if figure.is_speed else '≤'} {figure.wanted:.3g} {'' if figure.beside else figure.unit}"
    return {
        "figure": figure.says,
        "here": f"{measured.here * scale:.4g} {figure.unit}",
        "p95": f"{measured.p95 * scale:.4g}",
        "beside it": beside,
        "ratio": ratio,
        "wanted": wanted,
        "is that": "" if times is None else "yes" if times <= 1 else f"{times:.1f} times it",
        "noise": noise,
    }


def table(rows: Sequence[Mapping[str, str]]) -> str:
    """Columns in the order of the first row."""
    columns = list(rows[0])
    widths = [max(len(name), *(len(row[name]) for row in rows)) for name in columns]
    lines = [columns, ["-" * width for width in widths], *([row[name] for name in columns] for row in rows)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
