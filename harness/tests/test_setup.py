"""Does the set-up install exactly what is missing, ask for nothing it need not, and say plainly what it cannot do?

The real scripts run against a system made of small scripts: PATH holds only these and the few tools they stand on.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.isotier import ROOT

TOOLS = ("sh", "awk", "grep", "tr", "fold", "sed", "env", "dirname", "mktemp", "rm", "tail", "cat", "printf")


@dataclass(frozen=True)
class System:
    """A machine with a PATH of its own; `log` receives the command lines of apt-get."""

    folder: Path

    def add(self, name: str, body: str) -> None:
        """Puts a shell script on the PATH."""
        path = self.folder / "bin" / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)

    @property
    def log(self) -> list[str]:
        """What apt-get was asked, line by line."""
        path = self.folder / "log"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def setup(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs harness/setup.sh here."""
        return subprocess.run(
            [str(ROOT / "harness/setup.sh"), *arguments],
            env={"PATH": str(self.folder / "bin"), "LOG": str(self.folder / "log"), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )


@pytest.fixture
def system(tmp_path: Path) -> System:
    """A Debian machine, root, with every package but ninja-build and libsystemc-dev."""
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        if found:
            os.symlink(found, tmp_path / "bin" / tool)
    system = System(tmp_path)
    system.add("dpkg-query", 'for p; do case $p in -*|*Package*|ninja-build|libsystemc-dev) ;; *) echo "$p installed" ;; esac; done; exit 1')
    system.add("apt-get", 'echo "$DEBIAN_FRONTEND|$http_proxy|$*" >>"$LOG"')
    system.add("id", "echo 0")
    return system


def test_nothing_is_done_where_nothing_is_missing(system: System) -> None:
    """No apt-get at all, so no network and no waiting."""
    system.add("dpkg-query", 'for p; do echo "$p installed"; done')
    done = system.setup("test")
    assert (done.returncode, done.stdout, done.stderr, system.log) == (0, "", "", [])


def test_root_installs_exactly_what_is_missing(system: System) -> None:
    """An update, then one install of the two packages, without questions and with the user's proxy."""
    done = system.setup("run", http_proxy="http://proxy:3128")
    assert done.returncode == 0, done.stderr
    update, install = system.log
    assert update.startswith("noninteractive|http://proxy:3128|") and update.endswith(" update")
    assert install.startswith("noninteractive|http://proxy:3128|") and install.endswith(" install --no-install-recommends ninja-build libsystemc-dev")


def test_a_half_removed_package_counts_as_missing(system: System) -> None:
    """Only the state `installed` will do: configuration files left behind are not a package."""
    system.add("dpkg-query", 'for p; do case $p in -*|*Package*) ;; jq) ;; graphviz) echo "$p config-files" ;; *) echo "$p installed" ;; esac; done')
    assert system.setup("run").returncode == 0
    assert system.log[-1].endswith(" --no-install-recommends graphviz")


def test_a_failed_update_does_not_stop_the_install(system: System) -> None:
    """A third-party source out of reach is no reason to give up."""
    system.add("apt-get", 'echo "$*" >>"$LOG"; case $* in *update) exit 100 ;; esac')
    assert system.setup("run").returncode == 0
    assert len(system.log) == 2


def test_a_failed_install_says_what_to_install(system: System) -> None:
    """apt-get's own last lines and the command that is left to do by hand."""
    system.add("apt-get", 'echo "E: no network"; exit 100')
    done = system.setup("run")
    assert done.returncode == 1
    assert "E: no network" in done.stderr
    assert "apt-get install --no-install-recommends ninja-build libsystemc-dev" in done.stderr


def test_a_user_with_sudo_installs_through_it(system: System) -> None:
    """sudo without a password is used without asking."""
    system.add("id", "echo 1000")
    system.add("sudo", '[ "$1" = -n ] && shift; echo "sudo" >>"$LOG"; exec "$@"')
    system.add("true", "exit 0")
    assert system.setup("run").returncode == 0
    assert [line for line in system.log if line.endswith("libsystemc-dev")]
    assert "sudo" in system.log


@pytest.mark.parametrize("sudo", [None, "exit 1"])
def test_a_user_without_sudo_is_told_what_is_missing(system: System, sudo: str | None) -> None:
    """Neither root nor sudo: exactly the missing packages, status 1, and apt-get is never called."""
    system.add("id", "echo 1000")
    if sudo:
        system.add("sudo", sudo)
    done = system.setup("run")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].split() == ["apt-get", "install", "--no-install-recommends", "ninja-build", "libsystemc-dev"]
    assert system.log == []


def test_other_systems_are_told_what_is_needed(system: System) -> None:
    """No apt: the tools and libraries that are not found, what to install, and how to get the Python modules."""
    (system.folder / "bin" / "apt-get").unlink()
    done = system.setup("test")
    assert done.returncode == 1
    for expected in ("no Debian system", "cmake", "libsystemc-dev", "python3 -m venv"):
        assert expected in done.stderr
    for tool in ("cc", "c++", "cmake", "ninja", "pkg-config"):
        system.add(tool, "exit 0")
    assert system.setup("test").returncode == 0


def test_unknown_argument(system: System) -> None:
    """Bad usage is status 2."""
    assert system.setup("everything").returncode == 2


@pytest.mark.parametrize(
    ("status", "expected"),
    [(0, 0), (8, 0), (16, 0), (24, 0), (1, 1), (2, 2), (9, 9), (12, 12), (32, 32), (40, 40), (139, 139)],
)
def test_make_run_judges_the_run_not_the_verdict(tmp_path: Path, status: int, expected: int) -> None:
    """Divergence and unknown are answers; an error, a crash and nothing observed are not."""
    fake = tmp_path / "isotier"
    fake.write_text(f"#!/bin/sh\necho '{{}}' >report.json\nexit {status}\n", encoding="utf-8")
    fake.chmod(0o755)
    done = subprocess.run([str(ROOT / "harness/run.sh"), str(fake)], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == expected, done.stderr


def test_make_run_needs_a_report(tmp_path: Path) -> None:
    """A run that leaves no report did not go well, whatever its status."""
    fake = tmp_path / "isotier"
    fake.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    fake.chmod(0o755)
    done = subprocess.run([str(ROOT / "harness/run.sh"), str(fake)], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert "no report.json" in done.stderr


def test_ci_runs_make_test() -> None:
    """CI does what everybody does, with no terminal."""
    text = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "make test" in text and "</dev/null" in text
    assert os.access(ROOT / ".ci/run", os.X_OK)
