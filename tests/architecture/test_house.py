"""The rules of the house, checked: import contracts, sizes of rooms, nothing of one machine in the tree."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for package in ("gateway", "connectors", "index") for path in (ROOT / package).rglob("*.py"))
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".lock", ".html", ".css", ".js", ".sh", ".po", ".txt", ".json", ".tsv"}


def test_import_contracts_hold():
    script = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([script, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_rooms_are_small(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 450


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_say_what_they_are(path):
    text = path.read_text(encoding="utf-8")
    if path.parts[-2:] in (("gateway", "__init__.py"), ("connectors", "__init__.py"), ("index", "__init__.py")):
        assert text == "" or text.startswith('"""')
    elif path.name != "__init__.py" or text:
        assert text.startswith(('"""', "#!")), "a module begins with a docstring"


def test_gateway_has_no_code_at_its_door():
    assert (ROOT / "gateway" / "__init__.py").read_text(encoding="utf-8") == ""


def test_nothing_of_one_machine_is_in_the_tree():
    files = (
        subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    )
    machine = re.compile(
        r"(?<![\w.])/(?:work|root)/|\bpypi\.org|pythonhosted|registry\.npmjs|repo1?\.maven|deb\.debian"
    )
    own = Path(__file__).resolve()
    found = [
        f"{name}: {match.group()}"
        for name in files
        if name and (ROOT / name).suffix in TEXT and (ROOT / name).resolve() != own and (ROOT / name).exists()
        for match in [machine.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))]
        if match
    ]
    assert found == []


def test_every_entry_point_can_be_loaded():
    from gateway import plugins

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for group, points in project["entry-points"].items():
        for name in points:
            load = plugins.connector_factory if group == plugins.CONNECTORS else plugins.index_factory
            assert callable(load(name))
