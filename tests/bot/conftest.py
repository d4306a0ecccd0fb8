"""Commands run in this process, which is quicker than one of their own."""

from pathlib import Path

import pytest

from bot.__main__ import main
from bot.settings import Settings
from tests.process import Ended, Run


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
