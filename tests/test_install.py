"""What is installed: the wheel, and what `bot/deploy` makes a service of it.

Nothing here runs a container or a unit; what can be known without doing so is.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "bot" / "deploy"
AT_THE_TOP = ("manifest.yml", ".env.example")
"""What a wheel has to bring inside the package."""

WITHOUT_SYSTEMD = shutil.which("systemd-analyze") is None


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as the container file builds it: without an index."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [built] = folder.iterdir()
    return built


def test_a_wheel_brings_every_file_of_the_packages_and_what_stands_beside_them(wheel: Path) -> None:
    files = [path for package in ("bot", "handlers") for path in (ROOT / package).rglob("*") if path.is_file()]
    here = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    with zipfile.ZipFile(wheel) as packed:
        brought = {name for name in packed.namelist() if ".dist-info/" not in name}
    assert brought == here | {f"bot/{name}" for name in AT_THE_TOP}


def test_a_wheel_alone_prints_the_manifest_and_the_settings_by_the_command_it_gives(
    wheel: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
        [entry_points] = [name for name in packed.namelist() if name.endswith("/entry_points.txt")]
        assert "buynumber = bot.__main__:main" in packed.read(entry_points).decode()

    def says(*command: str) -> str:
        start = "import sys; sys.argv[0] = '/usr/bin/buynumber'; from bot.__main__ import main; sys.exit(main())"
        run, env = [sys.executable, "-c", start, *command], {"PYTHONPATH": str(tmp_path / "site")}
        ran = subprocess.run(run, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        return ran.stdout + ran.stderr

    for command, name in (("manifest", "manifest.yml"), ("env", ".env.example")):
        assert says(command) == (ROOT / name).read_text("utf-8")
    assert "https://bot.example.com/slack/events" in says("manifest", "--url", "https://bot.example.com")
    assert says("requests").endswith("`buynumber serve` makes one\n")


def words_of(instruction: str) -> list[str]:
    """What stands behind it in the container file, a string for each time."""
    text = (DEPLOY / "Containerfile").read_text("utf-8").replace("\\\n", "")
    return re.findall(rf"^{instruction} (.*)$", text, re.MULTILINE)


def test_the_container_file_names_its_base_and_copies_only_what_is_there() -> None:
    bases = {words.split()[0] for words in words_of("FROM")}
    assert len(words_of("FROM")) == 2
    assert all(re.fullmatch(r"python:3\.\d+-slim-\w+", base) for base in bases)
    for words in words_of("COPY"):
        *sources, _ = words.split()
        assert sources[0].startswith("--from=build") or all((ROOT / source).exists() for source in sources)


def test_the_container_runs_as_nobody_in_particular_and_stops_as_serve_does() -> None:
    uid, gid = map(int, words_of("USER")[-1].split(":"))
    assert uid > 0
    assert gid > 0
    assert words_of("VOLUME") == words_of("WORKDIR")[-1:]
    assert words_of("STOPSIGNAL") == ["SIGTERM"]
    assert [json.loads(words_of(name)[0]) for name in ("ENTRYPOINT", "CMD")] == [["buynumber"], ["serve"]]


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
async def test_the_containers_health_is_what_healthz_says(status: int, code: int) -> None:
    python, *check = json.loads(words_of("HEALTHCHECK")[0].partition("CMD ")[2])
    assert python == "python"

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    async with TestServer(app, host="127.0.0.1") as server:
        env = {"PORT": str(server.port), "http_proxy": "http://127.0.0.1:1"}
        asked = await asyncio.create_subprocess_exec(sys.executable, *check, env=env)
        assert await asked.wait() == code


@pytest.mark.skipif(WITHOUT_SYSTEMD, reason="systemd-analyze is not installed: apt-get install systemd")
def test_systemd_takes_the_unit_and_finds_it_hardly_exposed(tmp_path: Path) -> None:
    """Only the program it starts is another one here, for that has to exist."""
    unit = tmp_path / "buynumber.service"
    text = (DEPLOY / "buynumber.service").read_text("utf-8")
    unit.write_text(text.replace("/opt/buynumber/bin/buynumber serve", f"{sys.executable} serve"), "utf-8")
    for command in (["verify"], ["security", "--offline=true", "--threshold=20"]):
        ran = subprocess.run(
            ["systemd-analyze", *command, unit],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "SYSTEMD_COLORS": "0"},
        )
        assert (ran.returncode, ran.stderr) == (0, "")


def test_the_unit_never_restarts_what_is_set_wrongly_and_waits_longer_than_serve_needs() -> None:
    unit = (DEPLOY / "buynumber.service").read_text("utf-8")
    for line in ("Restart=always", "TimeoutStopSec=20", "DynamicUser=yes"):
        assert f"\n{line}\n" in unit
