"""What the tests share: the tool, the root of the tree and the public corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.isotier import ROOT, Isotier, IsotierError, find_binary

CORPUS = ROOT.parent / "shared" / "corpus"


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the tree."""
    return ROOT


@pytest.fixture(scope="session")
def isotier_path() -> Path:
    """The program: $ISOTIER, else build-dev (what `make test` builds), else build. A missing program is a failure, not a skip."""
    try:
        return find_binary(("build-dev", "build"))
    except IsotierError as error:
        pytest.fail(str(error))


@pytest.fixture(scope="session")
def isotier(isotier_path: Path) -> Isotier:
    """The program behind its typed wrapper, run in the root of the tree."""
    return Isotier(isotier_path)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The public litmus corpus with the oracle's outcome sets; tests that need it are skipped where it is absent."""
    if not CORPUS.is_dir():
        pytest.skip("the public corpus is not beside this tree (../shared/corpus)")
    return CORPUS
