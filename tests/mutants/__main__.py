"""`python -m tests.mutants`: mistakes put one by one into what guards the money; tests have to notice each.

Each is made in a copy of the project and given to the test modules that should fail with it. One line a mistake; exit
code 1 when one goes unnoticed, or cannot be made any more because its line reads otherwise by now.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from tests.mutants.mistakes import MISTAKES, Mistake

ROOT = Path(__file__).parents[2]
AT_ONCE = 2
PATIENCE = 300  # seconds; a mistake that makes a test hang is noticed, too

NOTICED, UNNOTICED = 1, 0  # pytest's exit codes; any other one means that the tests could not be run


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("name", nargs="*", help="a part of their names; default: all")
    names = parser.parse_args(words).name
    chosen = [one for one in MISTAKES if not names or any(name in one.name for name in names)]
    with TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        copies = SimpleQueue[Path]()
        for number in range(AT_ONCE):
            copies.put(_a_copy(Path(folder) / f"copy{number}"))
        found = dict(zip(chosen, pool.map(lambda one: _tell(one, copies), chosen), strict=True))
    noticed = sum(found.values())
    sys.stdout.write(f"{noticed} of {len(chosen)} mistakes are noticed\n")
    return int(noticed < len(chosen))


def _a_copy(folder: Path) -> Path:
    without = shutil.ignore_patterns(".*", "__pycache__", "build", "*.db*")
    return Path(shutil.copytree(ROOT, folder, ignore=without))


def _tell(mistake: Mistake, copies: "SimpleQueue[Path]") -> bool:
    copy = copies.get()
    try:
        says = _made_in(copy, mistake)
    finally:
        copies.put(copy)
    sys.stdout.write(f"{says:10} {mistake.name}\n")
    sys.stdout.flush()
    return says == "noticed"


def _made_in(copy: Path, mistake: Mistake) -> str:
    module = copy / mistake.module
    source = module.read_text()
    if source.count(mistake.line) != 1:
        return "not made"
    module.write_text(source.replace(mistake.line, mistake.instead))
    try:
        command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
        code = subprocess.run([*command, *mistake.tests], cwd=copy, capture_output=True, timeout=PATIENCE).returncode
    except subprocess.TimeoutExpired:
        return "noticed"
    finally:
        module.write_text(source)
    return {NOTICED: "noticed", UNNOTICED: "UNNOTICED"}.get(code, f"exit {code}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
