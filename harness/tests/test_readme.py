"""Does the README show what the program prints?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from harness.isotier import ROOT
from harness.readme import refreshed, same_shape, samples


def test_readme_shows_real_runs(isotier_path: Path) -> None:
    """Every command of the README still prints what the page shows, numbers aside."""
    done = subprocess.run(
        [sys.executable, "-m", "harness.readme", "--check"],
        cwd=ROOT,
        env={**os.environ, "ISOTIER": str(isotier_path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_shape_ignores_numbers_and_nothing_else() -> None:
    """A changed count is fine, a changed verdict or a lost line is not; a gap stands for any lines."""
    shown = ("subject     ddr   cxl", "exclusives  =18   ! 7", "...", "report: report.json")
    assert same_shape(shown, ("subject  ddr  cxl", "exclusives  =21  ! 12", "mte =1 =1", "x", "report: report.json"))
    assert same_shape(shown, ("subject  ddr  cxl", "exclusives  =21  ! 12", "report: report.json"))
    assert not same_shape(shown, ("subject  ddr  cxl", "exclusives  =21  =12", "report: report.json"))
    assert not same_shape(shown, ("subject  ddr  cxl", "exclusives  =21  ! 12"))


def test_samples_and_refresh() -> None:
    """A block is cut at its commands; a refreshed block keeps its gap."""
    first, second = samples("$ a\n1\n2\n$ b --c\n")
    assert (first.command, first.shown, second.command, second.shown) == ("a", ("1", "2"), "b --c", ())
    assert refreshed(("a", "...", "z"), ("A", "B", "C", "Z")) == ("A", "...", "Z")
    assert refreshed(("...", "b 1", "..."), ("a", "b 2", "c")) == ("...", "b 1", "...")
    assert refreshed(("a",), ("A", "B")) == ("A", "B")


def test_check_sees_a_stale_page(tmp_path: Path) -> None:
    """A page whose sample the command no longer prints is refused, and so is a page without samples."""
    fake = tmp_path / "build" / "bin" / "isotier"
    fake.parent.mkdir(parents=True)
    fake.write_text("#!/bin/sh\necho same 1\n", encoding="utf-8")
    fake.chmod(0o755)
    page = tmp_path / "page.md"
    expected = {"```console\n$ build/bin/isotier\nsame 7\n```\n": 0, "```console\n$ build/bin/isotier\ndiverges\n```\n": 1, "no block\n": 1}
    for text, status in expected.items():
        page.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "harness.readme", "--check", str(page)]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, "ISOTIER": str(fake)}, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == status, done.stdout
