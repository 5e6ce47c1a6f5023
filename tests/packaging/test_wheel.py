"""The wheel stands alone: in an empty environment, with nothing of the checkout, it can begin and show what it does."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.paths import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by the build backend of the lock, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT]
    subprocess.run(command, check=True, timeout=300, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_it_carries_its_data_and_nothing_of_the_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in ("config/monitor.toml", "config/sources/registers.toml", "seeds/levels.toml", "seeds/demo/ukraine-2022.toml"):
        assert f"monitor/_data/{needed}" in names
    assert not [n for n in names if n.startswith(("tests/", "docs/", "seeds/", "config/")) or "__pycache__" in n]
    on_disk = {f"monitor/{p.relative_to(ROOT / 'monitor')}" for p in (ROOT / "monitor").rglob("*.py")}
    assert on_disk <= set(names)


def test_alone_in_an_empty_environment_it_begins_and_plays_the_demo(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    site = next((tmp_path / "venv/lib").glob("python3.*/site-packages"))
    # what it depends on comes from this environment, behind the wheel and without the link to the checkout (a .pth inside a .pth is not
    # followed): installing it anew is the package manager's affair
    (site / "dependencies.pth").write_text(next(p for p in sys.path if p.endswith("site-packages")))
    zipfile.ZipFile(wheel).extractall(site)

    def monitor(*arguments: str) -> str:
        program = [str(tmp_path / "venv/bin/python"), "-m", "monitor", *arguments]
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        ran = subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    where = subprocess.check_output(
        [tmp_path / "venv/bin/python", "-c", "import monitor; print(monitor.__file__)"], text=True, cwd=tmp_path
    )
    assert where.startswith(str(site)), "the wheel and not the checkout"
    monitor("init", "desk")
    assert "all well" in monitor("check", "--config", "desk/monitor.toml")
    assert "Who said what first" in monitor("demo", "--speed", "1000")
