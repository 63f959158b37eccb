"""Do locks that exclude have the one final state they have, exactly, and do broken ones show that they do not exclude?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.bench.locks import KINDS, final_state, lock_test, members
from harness.isotier import Isotier

SIZES = ((2, 1), (2, 2), (2, 3), (3, 1), (3, 2), (4, 1))
BROKEN = {  # what makes it exclude, and what is put in its place
    "swpa": ("SWPA", "SWP"),
    "casa": ("CASA", "CAS"),
    "ldaxr": ("LDAXR", "LDXR"),
    "swp-dmb": ("DMB ISH", "NOP"),
    "ldxr-dmb": ("DMB ISH", "DMB ISHST"),
    "casp": ("CASPA", "CASP"),
    "swpp": ("SWPPL", "SWPP"),
    "ttas": ("SWPA", "SWP"),
    "ttas-ldapr": ("STLR", "STR"),
    "wfe": ("LDAXR", "LDXR"),
    "ticket": ("LDAR W6", "LDR W6"),
    "ticket-rlx": ("STLR W6", "STR W6"),
    "ticket-ldapr": ("LDAPR W6", "LDR W6"),
    "ticket-rlx-ldapr": ("STLR W6", "STR W6"),
    "ticket-dmb": ("DMB ISH", "DMB ISHLD"),
    "ticket-wfe": ("LDAXR", "LDXR"),
    "ticket-ldaxr": ("STLR", "STR"),
    "semaphore": ("LDADDL", "LDADD"),
    "writer": ("CASA", "CAS"),
    "pending": ("LDCLRL", "LDCLR"),
    "peterson": ("DMB ISHST", "NOP"),
    "dekker": ("LDAR W6,[X9]", "LDAPR W6,[X9]"),
    "array": ("LDAR", "LDR"),
    "clh": ("STLR XZR", "STR XZR"),
    "clh-ldapr": ("LDAPR", "LDR"),
    "clh-dmb": ("DMB ISH", "DMB ISHST"),
    "mcs": ("STLR XZR", "STR XZR"),
    "mcs-ldapr": ("LDAPR X6,[X9]", "LDR X6,[X9]"),
    "mcs-dmb": ("DMB ISH", "DMB ISHST"),
    "queued": ("STLRB", "STRB"),
    "sequence": ("DMB ISHLD", "NOP"),
    "readers": ("LDAXR", "LDXR"),
    "barrier": ("LDADDAL", "LDADD"),
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


@pytest.mark.parametrize("kind", KINDS)
def test_a_lock_that_excludes_has_one_final_state(tool: Isotier, tmp_path: Path, kind: str) -> None:
    """Not bounded, and nothing else: the counter counts every round, and nobody sees what is half written."""
    for threads, rounds in (size for size in SIZES if size in members(kind)):
        found = outcomes(tool, tmp_path / "lock.litmus", lock_test(kind, threads, rounds))
        assert found["states"] == [final_state(kind, threads, rounds)], (kind, threads, rounds)
        assert found["verdict"] == "Always" and not found["bounded"] and not found["error"], (kind, threads, rounds)


@pytest.mark.parametrize("kind", KINDS)
def test_a_lock_without_its_order_shows_it(tool: Isotier, tmp_path: Path, kind: str) -> None:
    """An Acquire, a Release or a barrier less, and a round finds the counter, or what is read, as it was before another's."""
    text = lock_test(kind, 2, 1)
    assert BROKEN[kind][0] in text
    found = outcomes(tool, tmp_path / "lock.litmus", text.replace(*BROKEN[kind]))
    assert final_state(kind, 2, 1) in found["states"] and len(found["states"]) > 1, found
    assert found["verdict"] == "Sometimes" and not found["bounded"], found


@pytest.mark.parametrize(("kind", "threads", "rounds"), [("pending", 3, 3), ("queued", 3, 2), ("ticket-rlx-ldapr", 3, 3)])
def test_a_search_that_grows_crowded_starts_again_and_is_exact(tool: Isotier, tmp_path: Path, kind: str, threads: int, rounds: int) -> None:
    """Relaxed updates may still be to come when the walk goes on: it waits for them, unless what is guessed with them piles up; then it does not."""
    found = outcomes(tool, tmp_path / "lock.litmus", lock_test(kind, threads, rounds))
    assert found["states"] == [final_state(kind, threads, rounds)] and not found["bounded"] and not found["error"]


def test_an_array_lock_closes_its_slot_before_it_draws_again(tool: Isotier, tmp_path: Path) -> None:
    """With as many slots as threads, a draw that is no Release may come before the slot is closed, and its next owner finds it open."""
    text = lock_test("array", 2, 2).replace("W3,W3,#3", "W3,W3,#1").replace("a[4]={1,0,0,0}", "a[2]={1,0}")
    right, wrong = (outcomes(tool, tmp_path / "lock.litmus", text.replace("LDADDAL", draw)) for draw in ("LDADDAL", "LDADD"))
    assert right["states"] == ["[c]=4;"]
    assert "[c]=3;" in wrong["states"]
