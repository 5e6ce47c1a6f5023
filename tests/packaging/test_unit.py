"""The units as systemd itself judges them: no mistake in them, and little that the service could do beyond its work."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.paths import ROOT

UNITS = sorted((ROOT / "systemd").glob("*.service"))
ANALYZE = shutil.which("systemd-analyze")
MOST = 1.5
"""Exposure by systemd's own scale from 0 (nothing to fear) to 10."""

pytestmark = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed (Debian: apt install systemd)")


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(ANALYZE), *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(params=UNITS, ids=lambda p: p.name)
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A unit whose program exists on this machine: it is installed nowhere."""
    copy = tmp_path / request.param.name
    text = re.sub(r"^(Exec\w+=)/opt/monitor/bin/\S+", rf"\g<1>{shutil.which('true')}", request.param.read_text("utf-8"), flags=re.MULTILINE)
    copy.write_text(text, "utf-8")
    return copy


def test_it_has_no_mistakes(unit: Path) -> None:
    """systemd-analyze also loads units it depends on; only what it says of this one counts."""
    name = unit.name.replace("@.", "@1.")
    if name != unit.name:
        unit = unit.rename(unit.with_name(name))
    said = [line for line in analyze("verify", "--man=no", str(unit)).stderr.splitlines() if unit.name in line]
    assert said == []


def test_a_mistake_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "wrong.service").write_text("[Service]\nExecStart=/bin/true\nProtectSytem=strict\n")
    assert "ProtectSytem" in analyze("verify", "--man=no", str(tmp_path / "wrong.service")).stderr


def test_it_may_do_little_beyond_its_work(unit: Path) -> None:
    said = analyze("security", "--offline=true", "--no-pager", str(unit)).stdout
    score = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert score, said
    print(unit.name, score[1])
    assert float(score[1]) <= MOST, "\n".join(line for line in said.splitlines() if "✗" in line)


def test_what_is_given_is_what_is_needed(unit: Path) -> None:
    text = unit.read_text("utf-8")
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "UMask=0077"):
        assert line in text.splitlines()
    assert not re.search(r"(?i)^Environment=.*(secret|token|password)", text, re.MULTILINE), "secrets come by LoadCredential="
