"""Commands run in this process, which is quicker than one of their own; and connections whose work is undone."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.__main__ import main
from bot.settings import Settings
from bot.store.database import open_to_serve
from bot.store.postgres import plain_engine
from bot.store.sqlite import writing_engine
from tests.harness.postgres import Server
from tests.harness.process import Ended, Run

REQUIRED = {
    "SLACK_BOT_TOKEN": "xoxb-1-letmein",
    "SLACK_SIGNING_SECRET": "letmesign",
    "VOBIZ_AUTH_ID": "MA_TEAM1",
    "VOBIZ_AUTH_TOKEN": "letmebuy",
    "APPROVERS": "S0MANAGER",
}
"""The settings that have no default, over HTTP."""

Undone = Callable[[], AbstractContextManager[Connection]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command in an empty folder, with these settings and no others in its environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    def ran(*arguments: str, **settings: str) -> Ended:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        written = capsys.readouterr()
        return Ended(code=code, out=written.out, err=written.err)

    return ran


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed database file without any requests; to be copied, not changed."""
    path = tmp_path_factory.mktemp("migrated") / "buynumber.db"
    open_to_serve(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def undone(request: pytest.FixtureRequest) -> Iterator[Undone]:
    """Gives connections in a writing transaction that is undone at the end, one at a time."""
    if request.param == "sqlite":
        engine = writing_engine(request.getfixturevalue("migrated"))
    else:
        server: Server = request.getfixturevalue("postgres")
        engine = plain_engine(server.url(server.new_database()))

    @contextmanager
    def begun() -> Iterator[Connection]:
        with engine.connect() as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    yield begun
    engine.dispose()


@pytest.fixture
def connection(undone: Undone) -> Iterator[Connection]:
    with undone() as connection:
        yield connection
