"""Do the known truths about tiers hold on the bundled machines, on the engines this program has?"""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.isotier import ROOT, Cell, Isotier

SEEDS = ("--seeds", "60")
GOOD = {"SAME", "NARROWER"}


def cells(isotier: Isotier, folder: Path, *arguments: str) -> dict[str, Cell]:
    """Runs, and hands back the cells by "tier:attribute" of a single scenario or by id of several."""
    _, report = isotier.run(report=folder / "report.json", options=[*SEEDS, *arguments])
    names = {cell.scenario for cell in report.cells}
    return {cell.id if len(names) > 1 else f"{cell.tier}:{cell.attribute}": cell for cell in report.cells}


COHERENT = "ddr,ddr-far,cxl,cxl-notag,c2c"


@pytest.mark.parametrize(
    "scenario",
    ["exclusives/counter-ldxr-stxr-status", "exclusives/stxr-after-foreign-store", "atomics/counter-ldadd", "atomics/counter-cas-once", "ordering/mp-dmb", "ordering/mp-release-acquire"],
)
def test_wb_is_the_same_on_every_coherent_tier(isotier: Isotier, tmp_path: Path, scenario: str) -> None:
    found = cells(isotier, tmp_path, f"scenarios/{scenario}.litmus", "--tier", COHERENT, "--attr", "wb")
    assert {cell.verdict for cell in found.values()} == {"SAME"}
    assert len(found) == 5


@pytest.mark.parametrize(
    ("machine", "kind", "rule"),
    [("no-nc-monitor", "fault", "CH-12"), ("nc-fail-keeps", "no-progress", "CHI B6.3"), ("nc-fail-writes", "lost-update", "CHI B6.3.4")],
)
def test_nc_exclusives_go_as_the_monitor_says(isotier: Isotier, tmp_path: Path, machine: str, kind: str, rule: str) -> None:
    found = cells(isotier, tmp_path, "scenarios/exclusives/sync-fetch-and-add-shared-buffer.litmus", "--machine", machine, "--attr", "nc")
    assert found["ddr:nc"].verdict in GOOD
    assert (found["cxl:nc"].verdict, found["cxl:nc"].divergence) == ("DIVERGES", kind)
    assert (found["cxl:nc"].tier_verdict, found["cxl:nc"].raw["tier_class"]) == ("DIVERGES", kind)
    assert any(name.startswith(rule) for name in found["cxl:nc"].rules)
    assert found["cxl:nc"].raw["witness"]["hop"] == "cxl-dram"


def test_nc_exclusives_are_unknown_where_the_machine_is_silent(isotier: Isotier, tmp_path: Path) -> None:
    found = cells(isotier, tmp_path, "scenarios/exclusives/sync-fetch-and-add-shared-buffer.litmus", "--tier", "c2c", "--attr", "nc")
    cell = found["c2c:nc"]
    assert (cell.verdict, cell.unknown) == ("UNKNOWN", ("tiers.c2c.excl.nc",))
    values = {row["values"]["tiers.c2c.excl.nc"]: row["verdict"] for row in cell.raw["unknown_values"]}
    assert values["no"] == "DIVERGES"
    assert values["yes"] in GOOD


def test_unaligned_faults_on_device_and_not_on_nc(isotier: Isotier, tmp_path: Path) -> None:
    found = cells(isotier, tmp_path, "scenarios/alignment/guest-bar-forced-device.litmus", "--tier", "ddr,cxl", "--attr", "nc,device-gre,device-ngnre")
    for tier in ("ddr", "cxl"):
        assert found[f"{tier}:nc"].verdict == "SAME"
        for attribute in ("device-gre", "device-ngnre"):
            cell = found[f"{tier}:{attribute}"]
            assert (cell.verdict, cell.divergence) == ("DIVERGES", "fault")


@pytest.mark.parametrize(
    ("machine", "kind"), [("tags-zero", "tag-false-fault"), ("tags-unchecked", "tag-lost"), ("tags-alias", "corruption"), ("tags-abort", "fault")]
)
def test_a_tagged_page_migrated_to_a_tier_without_tags(isotier: Isotier, tmp_path: Path, machine: str, kind: str) -> None:
    scenarios = ["scenarios/migration/tagged-heap-migrate-at-use.litmus", "scenarios/migration/use-after-free-migrate.litmus"]
    found = cells(isotier, tmp_path, *scenarios, "--machine", machine, "--tier", "ddr,cxl")
    for cell in found.values():
        if cell.tier == "ddr":
            assert cell.verdict == "SAME", cell.id
    assert kind in {cell.divergence for cell in found.values() if cell.tier == "cxl"}


def test_stg_then_eviction_shows_both_tags(isotier: Isotier, tmp_path: Path) -> None:
    found = cells(isotier, tmp_path, "scenarios/mte/stg-evict-ldg.litmus", "--machine", "tags-zero")
    reference = set(found["ddr:wb-tagged"].raw["outcomes"]["cell"])
    shown = set(found["cxl:wb-tagged"].raw["outcomes"]["cell"])
    assert found["ddr:wb-tagged"].verdict == "SAME"
    assert shown > reference, "the written tag while the line is cached, zero after eviction"


def test_device_order_binds_peripherals_only(isotier: Isotier, tmp_path: Path) -> None:
    found = cells(isotier, tmp_path, "scenarios/ordering/mp-plain-one-page.litmus", "--machine", "default", "--tier", "ddr,bar", "--attr", "device-ngnre")
    assert found["ddr:device-ngnre"].verdict == "SAME", "nR does not bind memory: the relaxed outcome stays (L2)"
    assert found["bar:device-ngnre"].verdict == "NARROWER", "accesses arrive at a peripheral in order (L1)"


@pytest.mark.parametrize("name", ["ordering/mp-dmb", "exclusives/counter-ldxr-stxr-status", "mte/handover-coloured-pointer", "migration/tagged-heap-migrate"])
def test_engines_never_contradict_each_other(isotier: Isotier, tmp_path: Path, name: str) -> None:
    found = cells(isotier, tmp_path, f"scenarios/{name}.litmus")
    assert [cell.id for cell in found.values() if cell.verdict == "MODEL-BUG"] == []


# How an error ends on the tiers of a machine that reports errors in five ways; "" is SAME as on ordinary memory with the same error.
ERRORS = {
    "nxm-read": {"cxl": "", "cxl-silent": "corruption", "cxl-serror": "fault", "cxl-page": "", "cxl-hang": ""},
    "poison-cas": {"cxl": "", "cxl-silent": "corruption", "cxl-serror": "fault", "cxl-page": "", "cxl-hang": ""},
    "partial-store-on-poison": {"cxl": "", "cxl-silent": "corruption", "cxl-serror": "fault", "cxl-page": "", "cxl-hang": ""},
    "poison-neighbour-line": {"cxl": "", "cxl-silent": "", "cxl-serror": "", "cxl-page": "fault", "cxl-hang": ""},
    "poison-cleared-by-zeroing": {"cxl": "", "cxl-silent": "", "cxl-serror": "", "cxl-page": "fault", "cxl-hang": ""},
    "isolation-read-modify-write": {"cxl": "", "cxl-silent": "corruption", "cxl-serror": "fault", "cxl-page": "", "cxl-hang": "no-progress"},
    "store-written-back-lost": {"cxl": "lost-update", "cxl-silent": "lost-update", "cxl-serror": "fault", "cxl-page": "lost-update", "cxl-hang": "lost-update"},
    "timeout-on-load": {"cxl": "", "cxl-silent": "corruption", "cxl-serror": "fault", "cxl-page": "", "cxl-hang": "no-progress"},
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_arrive_as_each_tier_reports_them(isotier: Isotier, tmp_path: Path, name: str) -> None:
    found = cells(isotier, tmp_path, f"scenarios/errors/{name}.litmus", "--machine", "errors-differ", "--attr", "wb")
    assert {cell.tier: cell.divergence or "" for cell in found.values() if cell.tier != "ddr"} == ERRORS[name]
    assert found["ddr:wb"].verdict == "SAME"


def states_of(isotier: Isotier, folder: Path, scenario: str, *arguments: str) -> set[str]:
    found = cells(isotier, folder, f"scenarios/errors/{scenario}.litmus", "--attr", "wb", *arguments)
    (cell,) = found.values()
    assert cell.verdict != "MODEL-BUG", cell.raw
    return set(cell.raw["outcomes"]["cell"])


def test_a_store_atomic_on_poison_is_lost_and_nobody_is_told(isotier: Isotier, tmp_path: Path) -> None:
    """S22: the addition is gone; only reading the line says so, where the default CPU stops the store itself."""
    lost = states_of(isotier, tmp_path, "poison-stadd", "--machine", "errors-differ", "--tier", "cxl")
    told = states_of(isotier, tmp_path, "poison-stadd", "--machine", "default", "--tier", "cxl")
    assert all("SError" not in state and "[x]=5" in state for state in lost), lost
    assert all("SError" in state and "[x]=5" in state for state in told), told


def test_a_cut_link_keeps_the_order_of_two_stores(isotier: Isotier, tmp_path: Path) -> None:
    """Both lie behind one port and a DMB ST is between them: none, the first, or both arrive, never the second alone."""
    states = states_of(isotier, tmp_path, "isolation-keeps-order", "--tier", "cxl")
    assert len(states) == 3 and not any("[f]=1" in state and "[x]=0" in state for state in states), states


def test_poison_stops_a_kernel_that_copies_it(isotier: Isotier, tmp_path: Path) -> None:
    """The page stays unmapped and who touches it waits; before or beside the copy the neighbour is read as it was."""
    states = states_of(isotier, tmp_path, "poison-met-by-migration", "--tier", "cxl")
    assert any("NoProgress" in state for state in states) and any("0:X2=6" in state for state in states), states


def test_an_error_nobody_describes_is_unknown(isotier: Isotier, tmp_path: Path) -> None:
    found = cells(isotier, tmp_path, "scenarios/errors/timeout-on-load.litmus", "--tier", "cxl", "--attr", "wb")
    (cell,) = found.values()
    assert cell.verdict == "UNKNOWN" and "tiers.cxl.err.timeout" in cell.unknown


def test_a_store_exclusive_may_fail_before_it_aborts(isotier: Isotier, tmp_path: Path) -> None:
    """CH-25: with an open monitor the order of the two is the CPU's."""
    test = tmp_path / "stx.litmus"
    test.write_text('AArch64 stx\nSubject=exclusives\n{\nint x=0;\n0:X0=x;\n}\n P0 ;\n MOV W2,#1 ;\n STXR W4,W2,[X0] ;\nforall (0:X4=1 /\\ ~fault(P0))\n', encoding="utf-8")
    abort = (ROOT / "models/machines/no-nc-monitor.yaml").read_text(encoding="utf-8")
    status = abort.replace("    erg_bytes: 64\n", "    erg_bytes: 64\n    monitor.stx_abort_first: status-1\n")
    assert status != abort
    for text, verdict in ((abort, "DIVERGES"), (status, "SAME")):
        machine = tmp_path / "machine.yaml"
        machine.write_text(text, encoding="utf-8")
        found = cells(isotier, tmp_path, str(test), "--machine", str(machine), "--tier", "cxl", "--attr", "nc")
        assert found["cxl:nc"].verdict == verdict
