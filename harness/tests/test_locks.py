"""Do locks that exclude have the one final state they have, exactly, and do broken ones show that they do not exclude?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.bench.locks import LOCKS, lock_test
from harness.isotier import Isotier

SIZES = ((2, 1), (2, 2), (2, 3), (3, 1), (3, 2), (4, 1))
BROKEN = {  # what makes it exclude, and what is put in its place
    "swpa": ("SWPA", "SWP"),
    "casa": ("CASA", "CAS"),
    "ticket": ("LDAR W6", "LDR W6"),
    "clh": ("STLR XZR", "STR XZR"),
    "mcs": ("STLR XZR", "STR XZR"),
}


@pytest.fixture(name="tool", scope="module")
def tool_of(isotier_path: Path) -> Isotier:
    """The program."""
    return Isotier(isotier_path)


def outcomes(tool: Isotier, file: Path, text: str) -> dict[str, Any]:
    """The outcome set of one test."""
    file.write_text(text, encoding="utf-8")
    document: dict[str, Any] = json.loads(tool.call("outcomes", str(file)).stdout)
    return document


@pytest.mark.parametrize("kind", LOCKS)
def test_a_lock_that_excludes_has_one_final_state(tool: Isotier, tmp_path: Path, kind: str) -> None:
    """Not bounded, and nothing else: the counter counts every round."""
    for threads, rounds in SIZES:
        found = outcomes(tool, tmp_path / "lock.litmus", lock_test(kind, threads, rounds))
        assert found["states"] == [f"[c]={threads * rounds};"], (kind, threads, rounds)
        assert found["verdict"] == "Always" and not found["bounded"] and not found["error"], (kind, threads, rounds)


@pytest.mark.parametrize("kind", BROKEN)
def test_a_lock_without_its_order_loses_counts(tool: Isotier, tmp_path: Path, kind: str) -> None:
    """An Acquire or Release less, and a round finds the counter as it was before another's."""
    text = lock_test(kind, 2, 1)
    assert BROKEN[kind][0] in text
    found = outcomes(tool, tmp_path / "lock.litmus", text.replace(*BROKEN[kind]))
    assert "[c]=1;" in found["states"] and "[c]=2;" in found["states"], found
