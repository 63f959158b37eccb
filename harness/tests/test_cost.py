"""`isotier cost`: is the cost of work plausible, complete and the same every time?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.isotier import ROOT, Exit, Isotier

TRADE = ("linux-6.17-cacheable-pfnmap", "fallback-noncacheable-if-mte")
WORKLOADS = {path.stem for path in (ROOT / "workloads").glob("*.litmus")}


@pytest.fixture(name="tool", scope="module")
def tool_of(isotier_path: Path) -> Isotier:
    """The program, run from the root of the tree."""
    return Isotier(isotier_path)


def cells(document: dict[str, Any], policy: str | None = None) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The cells of a cost document by (label, tier, workload)."""
    return {
        (row["label"], row["tier"], cell["workload"].split("/")[-1]): cell
        for row in document["rows"]
        if row["policy"] == policy
        for cell in row["cells"]
    }


@pytest.fixture(name="forced", scope="module")
def forced_of(tool: Isotier) -> dict[tuple[str, str, str], dict[str, Any]]:
    """All workloads with the attributes said, on the Grace-class machine."""
    done = tool.call("cost", "--machine", "grace-like", "--attr", "wb,nc", "--format", "json", "--seeds", "2")
    assert not done.status & (Exit.TOOL_ERROR | Exit.BAD_INPUT), done.stderr
    return cells(json.loads(done.stdout))


@pytest.fixture(name="trade", scope="module")
def trade_of(tool: Isotier) -> dict[str, Any]:
    """Write-back with refusal against Non-cacheable fallback, on the Grace-class machine."""
    done = tool.call("cost", "--machine", "grace-like", "--policy", ",".join(TRADE), "--format", "json", "--seeds", "2")
    assert not done.status & (Exit.TOOL_ERROR | Exit.BAD_INPUT), done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_document_meets_its_schema(trade: dict[str, Any]) -> None:
    """What is printed is what the committed schema promises."""
    jsonschema.validate(trade, json.loads((ROOT / "reports/schema/cost.schema.json").read_text(encoding="utf-8")))


def test_every_workload_on_every_tier(forced: dict[tuple[str, str, str], dict[str, Any]]) -> None:
    """Each workload has a cell for each attribute and tier, and each cell an answer."""
    assert set(forced) == {(a, t, w) for a in ("wb", "nc") for t in ("ddr", "c2c", "bar") for w in WORKLOADS}
    for key, cell in forced.items():
        assert (cell["ratio"] is not None) == (cell["end"] == "measured"), key
        assert (cell["refused"] is not None) == (cell["end"] == "refused"), key
        assert cell["error"] is None, key


def test_the_reference_is_one(forced: dict[tuple[str, str, str], dict[str, Any]]) -> None:
    """The reference tier's write-back memory costs what it costs, and is SAME; its cycles are those of the reference."""
    for workload in WORKLOADS - {"tagged-alloc"}:
        cell = forced["wb", "ddr", workload]
        assert cell["ratio"] == 1.0 and cell["verdict"] == "SAME", workload
        assert cell["cycles"] == cell["reference"], workload


def test_order_of_costs(forced: dict[tuple[str, str, str], dict[str, Any]]) -> None:
    """A miss costs the tier's latency; data in use cost it only where they are not cached; copying far Non-cacheable memory costs most."""

    def ratio(attribute: str, tier: str, workload: str) -> float:
        return float(forced[attribute, tier, workload]["ratio"])

    assert ratio("wb", "c2c", "chase-cold") == pytest.approx(700 / 120, rel=0.02)  # idle_ns of the machine file
    assert ratio("nc", "c2c", "chase-cold") == pytest.approx(700 / 120, rel=0.02)
    assert ratio("wb", "c2c", "chase-warm") == pytest.approx(1, rel=0.05)
    assert ratio("nc", "c2c", "chase-warm") > ratio("nc", "ddr", "chase-warm") > 10
    assert ratio("nc", "ddr", "memcpy") > 1
    assert ratio("nc", "c2c", "memcpy") > ratio("wb", "c2c", "memcpy") > 1
    assert ratio("nc", "ddr", "counter") > 1
    assert ratio("wb", "c2c", "migrate-use") > 1


def test_work_that_cannot_be_done(forced: dict[tuple[str, str, str], dict[str, Any]]) -> None:
    """No monitor and no atomics behind Non-cacheable: the lock and the counter fault, and the exhaustive engine says so too."""
    for workload in ("lock-handoff", "counter"):
        cell = forced["nc", "c2c", workload]
        assert (cell["end"], cell["verdict"], cell["class"]) == ("fault", "DIVERGES", "fault")
    assert forced["nc", "bar", "lock-handoff"]["end"] == "no-progress"
    assert forced["wb", "bar", "memcpy"]["refused"] == {"stage": "mmap", "errno": "EINVAL"}


def test_the_trade(trade: dict[str, Any]) -> None:
    """The kernel maps GPU memory write-back and refuses tags; the proposal never refuses, and loses locks, counters and the cache."""
    kernel, proposal = (cells(trade, policy) for policy in TRADE)
    assert set(kernel) == set(proposal)
    key = ("usemem-guest", "c2c")
    assert kernel[(*key, "tagged-alloc")]["refused"] == {"stage": "memslot", "errno": "EINVAL"}
    assert proposal[(*key, "tagged-alloc")]["refused"] is None
    assert kernel[(*key, "lock-handoff")]["end"] == "measured" and proposal[(*key, "lock-handoff")]["end"] == "fault"
    assert proposal[(*key, "chase-warm")]["ratio"] > 100 * kernel[(*key, "chase-warm")]["ratio"]


def test_equal_pairs_have_equal_costs(trade: dict[str, Any]) -> None:
    """Mappings only name a pair of tier and attribute; the kernel's work to move a page is the mapping's own."""
    seen: dict[tuple[str, ...], tuple[Any, ...]] = {}
    for row in trade["rows"]:
        for cell in row["cells"]:
            if cell["end"] != "refused" and cell["workload"] != "workloads/migrate-use":
                key = (row["tier"], cell["attribute"], cell["workload"])
                assert seen.setdefault(key, (cell["end"], cell["cycles"])) == (cell["end"], cell["cycles"]), key


def test_same_every_time(tool: Isotier) -> None:
    """Neither the number of processes nor another run changes a byte."""
    asked = ("cost", "--machine", "grace-like", "--attr", "nc", "--tier", "c2c", "--seeds", "2")
    first = tool.call(*asked, "--jobs", "1")
    assert first == tool.call(*asked, "--jobs", "3")
    assert "fault !" in first.stdout and "1.00: ddr, wb" in first.stdout


def test_compare_shows_both(tool: Isotier) -> None:
    """Rows that differ stand one below the other with their quotient; the others are counted."""
    asked = ("cost", "--machine", "grace-like", "--compare", ",".join(TRADE), "--seeds", "1", "--tier", "c2c", "workloads/chase-warm.litmus")
    lines = tool.call(*asked).stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("usemem-guest"))
    assert [line.split()[0] for line in lines[at + 1 : at + 4]] == [*TRADE, "second"]
    assert float(lines[at + 3].split()[-1]) > 100
    assert any(line.endswith("are alike under both") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--format", "xml"), 'isotier cost: --format is "xml"; expected text or json'),
        (("--compare", "linux-7.x"), "isotier cost: --compare has 1 policies; expected two"),
        (("--compare", "a,b", "--policy", "a"), "isotier cost: --compare names the policies; expected no --policy beside it"),
        (("--mapping", "anon"), "isotier cost: --mapping and --vm are about a policy; expected --policy or --compare"),
        (("--policy", "linux-7.x", "--attr", "wb"), "isotier cost: a policy derives the attributes; expected no --attr beside it"),
        (("--seeds", "20000"), "isotier cost: --seeds is 20000; expected 1 to 10000"),
        (
            ("scenarios/atomics/counter-ldadd.litmus",),
            "scenarios/atomics/counter-ldadd.litmus:1:1: no workload; expected an info line Cost=ITERATIONS with the registers that count them",
        ),
    ],
)
def test_bad_usage(tool: Isotier, arguments: tuple[str, ...], expected: str) -> None:
    """Each mistake is named with what was expected, exit status 2."""
    done = tool.call("cost", *arguments)
    assert done.status == Exit.BAD_INPUT and expected in done.stderr


def test_bad_workload_has_its_place(tool: Isotier, tmp_path: Path) -> None:
    """A counter that the initial state does not set would leave the loops as written: refused with its place."""
    text = (ROOT / "workloads" / "chase-cold.litmus").read_text(encoding="utf-8").replace("Cost=31 0:X9", "Cost=31 0:X8")
    (tmp_path / "chase-cold.litmus").write_text(text, encoding="utf-8")
    done = tool.call("cost", tmp_path / "chase-cold.litmus")
    assert done.status == Exit.BAD_INPUT
    assert "chase-cold.litmus:5:9: '0:X8' in Cost=, expected a register that the initial state gives a number of iterations" in done.stderr
