"""`make campaign`: the runs that take too long for every change.

A64 semantics against QEMU; both engines against the public corpus, and against each other on random programs over mismatched
mappings; smallest changes against brute force; how weak the timed engine is. The corpus steps are skipped, saying so,
where the corpus is not beside this tree. Exit status: 0 all passed, 1 not.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys

from harness.isotier import ROOT
from harness.steps import Step, build, run_all

SHARED = ROOT.parent / "shared"


def steps(sequences: int, seeds: int, jobs: int) -> tuple[Step, ...]:
    """The campaign's steps; one of them runs what the preset dev builds."""
    no_corpus = "" if (SHARED / "corpus").is_dir() else "the public corpus is not beside this tree (../shared/corpus)"
    no_qemu = "" if importlib.util.find_spec("harness.qemu_diff") else "harness.qemu_diff is not in this tree"
    check = [sys.executable, str(SHARED / "tools" / "check_corpus.py"), "--isotier", "build/bin/isotier"]
    return (
        *build("dev", jobs),
        Step("qemu", [sys.executable, "-m", "harness.qemu_diff", "--sequences", str(sequences)], r"sequences", skip=no_qemu),
        Step("corpus, exhaustive", [*check, "--engine", "exhaustive"], r"^SUM", skip=no_corpus),
        Step("corpus, timed", [*check, "--engine", "timed", "--seeds", str(seeds)], r"^SUM", skip=no_corpus),
        Step("smallest changes", ["env", "ISO_MINIMAL_EFFORT=10", "build-dev/bin/conformance-sim", "--gtest_filter=Minimal.*"], r"PASSED", ["build dev"]),
        Step("aliases", [sys.executable, "-m", "harness.aliases", "--seeds", str(seeds)], r"^aliases:"),
        Step("weakness", [sys.executable, "-m", "harness.weak"], r"^weak:", skip=no_corpus),
    )


def main() -> int:
    """Runs the steps and prints the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=100_000)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    return run_all("campaign", steps(options.sequences, options.seeds, options.jobs))


if __name__ == "__main__":
    sys.exit(main())
