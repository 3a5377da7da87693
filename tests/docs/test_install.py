"""What is handed out works: wheel and source, in an environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from backrow import __version__

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests/data/seed_participant_qos.json"
PIP = ("-m", "pip", "--disable-pip-version-check")


def python(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, *arguments], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution, and the wheel made from it."""
    folder = tmp_path_factory.mktemp("built")
    python("-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    return folder


@pytest.fixture(scope="module")
def programs(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment that holds the wheel and its locked needs."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False)
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    into = ("--python", str(programs / "python"), "install", "--quiet", "--no-compile")
    lock = str(ROOT / "requirements/base.txt")
    python(*PIP, *into, "--require-hashes", "-r", lock)
    python(*PIP, *into, "--no-deps", *map(str, built.glob("*.whl")))
    return programs


def run(programs: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(programs / argv[0]), *argv[1:]],
        check=False,
        capture_output=True,
        text=True,
        cwd=programs,
    )


def test_the_wheel_holds_the_package_and_nothing_else(built: Path) -> None:
    names = zipfile.ZipFile(next(built.glob("*.whl"))).namelist()
    assert "backrow/py.typed" in names
    assert any(name.startswith("backrow/web/templates/") for name in names)
    assert any(name.startswith("backrow/web/static/") for name in names)
    assert {name.partition("/")[0] for name in names} == {
        "backrow",
        f"backrow-{__version__}.dist-info",
    }


def test_the_source_holds_what_tests_and_docs_need(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    for name in ("LICENSE", "SECURITY.md", "docs/tutorial.md", "contrib/Containerfile"):
        assert name in names


def test_the_program_and_the_module_say_the_version(programs: Path) -> None:
    for program in (["backrow"], ["python", "-m", "backrow"]):
        assert run(programs, *program, "--version").stdout == f"{__version__}\n"


def test_the_base_install_decodes_the_sample(programs: Path) -> None:
    done = run(programs, "backrow", "decode", str(SAMPLE), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["audio_received_latency_ms"] is not None


@pytest.mark.parametrize("command", ["serve", "diagnose latest"])
def test_a_missing_extra_is_named(programs: Path, command: str) -> None:
    done = run(programs, "backrow", *command.split())
    assert done.returncode == 2
    assert "pip install 'backrow[app]'" in done.stderr


def test_completion_knows_what_is_installed(programs: Path) -> None:
    done = run(programs, "backrow", "completion", "bash")
    assert done.returncode == 0, done.stderr
    assert "participants" in done.stdout
    assert "diagnose" not in done.stdout
