"""What somebody meets before any code runs: the example settings and the locked dependencies."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.settings import Settings, load

ROOT = Path(__file__).parents[1]

TO_FILL_IN = {
    "SLACK_BOT_TOKEN": "xoxb-1-A0",
    "SLACK_APP_TOKEN": "xapp-1-A0",
    "SLACK_SIGNING_SECRET": "0123abcd",
    "VOBIZ_AUTH_ID": "MA_TEAM1",
    "VOBIZ_AUTH_TOKEN": "t0ken",
    "APPROVERS": "S0MANAGER",
}


PROMISED = re.findall(
    r"\w+",
    """
    SLACK_BOT_TOKEN SLACK_APP_TOKEN SLACK_SIGNING_SECRET SLACK_API_URL
    VOBIZ_AUTH_ID VOBIZ_AUTH_TOKEN VOBIZ_BASE_URL VOBIZ_TIMEOUT DATABASE_URL
    APPROVERS APPROVAL_CHANNEL ALLOWED_CHANNELS ALLOW_SELF_APPROVAL
    SECOND_APPROVAL_ABOVE AUTO_APPROVE_UP_TO MONTHLY_BUDGET MAX_CHARGE MAX_PURCHASES_PER_DAY
    TIME_ZONE REQUEST_EXPIRES_AFTER REMIND_AFTER DEFAULT_COUNTRY
    HOST PORT METRICS_LISTEN LOG_LEVEL LOG_FORMAT
    """,
)
"""Once shipped, a setting's name changes only with a way over for those who use it."""


def example() -> list[str]:
    """The lines of `.env.example` that name a setting; one that is commented out begins with `# `."""
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    return [line for line in lines if re.match(r"(# )?[A-Z_]+=", line)]


def names(lines: list[str]) -> list[str]:
    return [line.removeprefix("# ").split("=")[0] for line in lines]


def test_the_example_names_every_setting_once() -> None:
    assert sorted(names(example())) == sorted(name.upper() for name in Settings.model_fields) == sorted(PROMISED)


def test_the_example_begins_with_what_must_be_filled_in_and_comments_out_the_rest() -> None:
    lines = example()
    assert lines[: len(TO_FILL_IN)] == [f"{name}=" for name in TO_FILL_IN]
    assert all(line.startswith("# ") for line in lines[len(TO_FILL_IN) :])


def test_the_values_the_example_shows_are_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in names(example()):
        monkeypatch.delenv(name, raising=False)
    filled_in = [f"{name}={value}" for name, value in TO_FILL_IN.items()]
    shown = [line.removeprefix("# ") for line in example()[len(TO_FILL_IN) :]]
    (tmp_path / "shown").write_text("\n".join([*filled_in, *shown]), "utf-8")
    (tmp_path / "bare").write_text("\n".join(filled_in), "utf-8")
    settings = load(tmp_path / "bare")
    assert load(tmp_path / "shown") == settings
    left_empty = {line.removesuffix("=").lower() for line in shown if line.endswith("=")}
    assert {name for name in Settings.model_fields if getattr(settings, name) is None} == left_empty


def locked(lock: str) -> dict[str, str]:
    """Versions by name."""
    found = dict[str, str]()
    for entry in (ROOT / lock).read_text("utf-8").replace("\\\n", "").splitlines():
        if not entry.startswith("#"):
            written, *hashes = re.split(r"\s+--hash=sha256:", entry)
            assert hashes, f"{written} has no hash"
            requirement = Requirement(written)
            [pin] = requirement.specifier
            assert pin.operator == "=="
            found[canonicalize_name(requirement.name)] = pin.version
    return found


def declared(*, development: bool) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    written = [*project["project"]["dependencies"]]
    if development:
        extras = project["project"]["optional-dependencies"].values()
        groups = project["dependency-groups"].values()
        written += [entry for entry in chain(*groups, *extras) if isinstance(entry, str)]
    return [Requirement(entry) for entry in written]


@pytest.mark.parametrize(("lock", "development"), [("requirements.txt", False), ("tests/requirements.txt", True)])
def test_a_lock_holds_a_fitting_version_of_everything_declared(lock: str, development: bool) -> None:
    pins = locked(lock)
    for requirement in declared(development=development):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)])


def test_tests_run_on_the_versions_that_are_shipped() -> None:
    for shipped in ("requirements.txt", "bot/deploy/requirements.txt"):
        assert locked(shipped).items() <= locked("tests/requirements.txt").items()


@pytest.mark.parametrize("lock", ["requirements.txt", "tests/requirements.txt", "bot/deploy/requirements.txt"])
def test_a_lock_names_no_place_to_download_from(lock: str) -> None:
    assert re.findall(r"https?:|file:|^-|--(?!hash=)|@ ", (ROOT / lock).read_text("utf-8"), re.MULTILINE) == []
