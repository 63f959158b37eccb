"""`make test`: every check of the tree, one after the other.

Builds the presets dev (warnings are errors) and asan, runs GoogleTest in both, pytest and mypy. Exit status: 0 all passed, 1 not.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys

from harness.steps import Step, build, run_all


def steps(jobs: int) -> tuple[Step, ...]:
    """The steps in the order in which they run: the quick ones that fail most often come early."""
    parallel = ["-n", str(jobs)] if importlib.util.find_spec("xdist") and jobs > 1 else []

    def built_and_tested(preset: str) -> tuple[Step, ...]:
        return (*build(preset, jobs), Step(f"ctest {preset}", ["ctest", "--preset", preset, "--parallel", str(jobs)], r"tests passed, .*", [f"build {preset}"]))

    return (
        Step("mypy", [sys.executable, "-m", "mypy", "--strict", "harness"], r"(Success: .*|Found \d+ errors.*)"),
        *built_and_tested("dev"),
        Step("pytest", [sys.executable, "-m", "pytest", *parallel], r"=+ .*(passed|failed|error).* in .*", ["build dev"]),
        *built_and_tested("asan"),
    )


def main() -> int:
    """Runs the steps and prints the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    return run_all("test", steps(parser.parse_args().jobs))


if __name__ == "__main__":
    sys.exit(main())
