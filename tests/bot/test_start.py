"""What a serving process loads and builds: what each purchase needs, and nothing that only some processes need."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from pydantic import BaseModel

import bot
import handlers
from bot.store.database import bring_up_to_date
from tests.bot.conftest import REQUIRED
from tests.harness.patience import PATIENCE
from tests.harness.process import ROOT

SERVE_AND_WRITE = """
import asyncio, json, sys
from bot.app import Service
from bot.services.acts import Address, AskForStatus, take
from bot.settings import given

async def main():
    service = Service(given(json.loads(sys.argv[1])))
    await service.start()
    now = service._clock.now()
    act = AskForStatus(team="T1", trigger_id="1", by=Address(user="U_ASKER", at=now))
    assert await service._served.store.write(lambda connection: take(connection, act, now=now))
    await service.stop()

asyncio.run(main())
print(json.dumps(sorted(sys.modules)))
"""

WANTED_BY_SOME = {
    "alembic",
    "bot.domain.report",
    "bot.metrics",
    "handlers.socket_mode",
    "handlers.views.report",
    "opentelemetry",
    "prometheus_client",
    "psycopg",
    "psycopg_binary",
    "sqlalchemy.dialects.postgresql",
}

BUY = """
import asyncio, json, sys
from pathlib import Path
from pydantic import BaseModel
from tests.harness.office import an_office

def built():
    found, looked_at = set(), [BaseModel]
    while looked_at:
        for kind in looked_at.pop().__subclasses__():
            looked_at.append(kind)
            if kind.__pydantic_complete__ and kind.__module__.startswith(("bot.", "handlers.")):
                found.add(f"{kind.__module__}.{kind.__name__}")
    return found

async def main():
    async with an_office(Path(sys.argv[1])) as office:
        at_the_start = built()
        card = await office.a_card()
        await office.approve(card)
        await office.told(card, "is bought.")
        print(json.dumps([sorted(at_the_start), sorted(built() - at_the_start)]))

asyncio.run(main())
"""
"""Prints which models were built when it served, and which others the first purchase had built."""


def _loaded(url: str) -> set[str]:
    nobody = {"SLACK_API_URL": "http://127.0.0.1:1/", "VOBIZ_BASE_URL": "http://127.0.0.1:1/"}
    settings = {**REQUIRED, **nobody, "HOST": "127.0.0.1", "PORT": "0", "DATABASE_URL": url}
    command = [sys.executable, "-c", SERVE_AND_WRITE, json.dumps(settings)]
    served = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE)
    return {"bot.app", *WANTED_BY_SOME} & set(json.loads(served.stdout.splitlines()[-1]))


def test_serving_on_sqlite_loads_neither_the_other_databases_driver_nor_migrations(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'buynumber.db'}"
    bring_up_to_date(url)
    assert _loaded(url) == {"bot.app"}


def test_serving_on_postgresql_loads_its_driver_and_no_migrations(postgres_url: str) -> None:
    assert _loaded(postgres_url) == {"bot.app", "psycopg", "psycopg_binary", "sqlalchemy.dialects.postgresql"}


def test_the_first_purchase_finds_its_models_built_and_what_is_seldom_told_is_not(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BUY, str(tmp_path)]
    bought = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE)
    at_the_start, by_the_purchase = json.loads(bought.stdout.splitlines()[-1])
    assert by_the_purchase == []
    assert "bot.domain.trail.Purchased" in at_the_start
    assert not [name for name in at_the_start if name.startswith("bot.domain.refusals.")]


def test_whatever_is_built_when_it_is_first_used_can_be_built() -> None:
    for package in (bot, handlers):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith("bot.store.migrations."):
                import_module(module.name)
    looked_at: list[type[BaseModel]] = [BaseModel]
    while looked_at:
        for kind in looked_at.pop().__subclasses__():
            looked_at.append(kind)
            if kind.__module__.startswith(("bot.", "handlers.")):
                kind.model_rebuild()


def test_what_needs_nothing_loads_no_library() -> None:
    code = "import sys, bot.__main__ as it; it.main(['env']); print({'pydantic', 'sqlalchemy'} & {*sys.modules})"
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert told.stdout.splitlines()[-1] == "set()"
