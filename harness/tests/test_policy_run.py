"""Do runs under a policy show what facts/kernel-policies.md E.3 expects, with refusals, gaps and labels where they belong?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from harness.isotier import ROOT, Cell, Exit, Isotier, Report
from harness.tests.test_policies import BY_KERNEL, TWENTY, edited

EXACT = ("--engine", "exhaustive")
Run = Callable[..., tuple[Exit, Report]]


@pytest.fixture(scope="session")
def under(isotier: Isotier, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of scenarios under a policy; each different one once."""
    folder = tmp_path_factory.mktemp("runs")
    known: dict[tuple[str, ...], tuple[Exit, Report]] = {}

    def run(policy: str, mapping: str, *scenarios: str, machine: str | Path = "grace-like", options: tuple[str, ...] = EXACT) -> tuple[Exit, Report]:
        key = (policy, mapping, str(machine), *scenarios, *options)
        if key not in known:
            paths = [f"scenarios/{name}" if (ROOT / "scenarios" / name).is_dir() else f"scenarios/{name}.litmus" for name in scenarios]
            chosen = ("--policy", policy, "--mapping", mapping, "--machine", str(machine), *options)
            known[key] = isotier.run(*paths, report=folder / f"{len(known)}.json", options=chosen)
        return known[key]

    return run


def cells(report: Report, mapping: str, tier: str = "") -> list[Cell]:
    """Those of a mapping, on one tier or all."""
    return [cell for cell in report.cells if cell.raw["mapping"] == mapping and tier in ("", cell.tier)]


def verdicts(found: Sequence[Cell]) -> set[str]:
    """Verdict and class of each, once."""
    assert found
    return {" ".join(filter(None, (cell.verdict, cell.divergence))) for cell in found}


def test_report_names_the_policy_and_the_mappings(under: Run, isotier: Isotier) -> None:
    status, report = under(TWENTY["P7"], "usemem-guest,bar-guest-wc,anon", "exclusives/counter-ldxr-stxr")
    assert report.raw["policy"]["name"] == TWENTY["P7"] and len(report.raw["policy"]["sha256"]) == 64
    assert {cell.id for cell in report.cells} == {
        "exclusives/counter-ldxr-stxr@c2c:usemem-guest", "exclusives/counter-ldxr-stxr@bar:bar-guest-wc", "exclusives/counter-ldxr-stxr@ddr:anon",
    }
    assert {cell.raw["mapping"]: cell.attribute for cell in report.cells} == {"usemem-guest": "nc", "bar-guest-wc": "nc", "anon": "wb"}
    assert {cell.raw["mapping"]: cell.raw["reactions"]["abort35"] for cell in report.cells} == {
        "usemem-guest": "kill_vm", "bar-guest-wc": "kill_vm", "anon": "signal SIGBUS/BUS_OBJERR",
    }
    assert Exit.DIVERGENCE in status
    done = isotier.call("run", "scenarios/exclusives/counter-ldxr-stxr.litmus", "--policy", TWENTY["P7"], "--machine", "grace-like", *EXACT, "--no-report")
    assert f"policy {TWENTY['P7']}" in done.stdout.splitlines()[0]
    assert next(line for line in done.stdout.splitlines() if line.startswith("subject")).split()[:2] == ["subject", "mapping"]


def test_a_tier_that_cannot_back_a_mapping_has_no_cell(under: Run) -> None:
    _, report = under(TWENTY["P7"], "all", "ordering/mp-dmb", machine="full")
    where = {mapping: {cell.tier for cell in cells(report, mapping)} for mapping in ("anon", "kmem-anon", "bar", "fsdax", "usemem", "resmem-guest")}
    assert where == {
        "anon": {"ddr", "ddr-far", "hbm"}, "kmem-anon": {"hbm", "cxl-asic", "cxl-fpga", "cxl-switched", "cxl-pooled", "type2", "c2c", "pmem"},
        "bar": {"bar"}, "fsdax": {"cxl-asic", "cxl-fpga", "cxl-switched", "cxl-pooled", "pmem"}, "usemem": {"type2", "c2c"}, "resmem-guest": {"type2", "c2c"},
    }
    assert not [cell for cell in report.cells if cell.raw["mapping"] in ("private", "gic-guest", "bar-kernel", "usemem-kernel")]


def test_equal_cells_have_equal_answers(under: Run) -> None:
    """Computed once, labelled often: all that is not a name is the same for equal scenario, tier, attribute, sequence and reactions to faults."""
    _, report = under(TWENTY["P7"], "all", "exclusives/refcount-inc-not-zero", "ordering/mp-dmb", "migration/counter-llsc-migrate", machine="full")
    names = {"id", "mapping", "reactions", "refused"}
    groups: dict[tuple[object, ...], set[str]] = {}
    sizes: dict[tuple[object, ...], int] = {}
    for cell in report.cells:
        key = (cell.scenario, cell.tier, cell.attribute, cell.raw["migration"], json.dumps(cell.raw["refused"]), json.dumps(cell.raw.get("reactions")))
        groups.setdefault(key, set()).add(json.dumps({name: value for name, value in cell.raw.items() if name not in names}))
        sizes[key] = sizes.get(key, 0) + 1
    assert max(sizes.values()) > 3
    assert all(len(group) == 1 for group in groups.values())


def test_a_forced_attribute_says_the_same_as_the_mapping_that_has_it(under: Run, isotier: Isotier, tmp_path: Path) -> None:
    _, policy = under(TWENTY["P7"], "usemem-guest,kmem-anon", "exclusives", "ordering")
    _, forced = isotier.run("scenarios/exclusives", "scenarios/ordering", report=tmp_path / "r.json", options=("--machine", "grace-like", "--attr", "wb,nc", "--tier", "c2c", *EXACT))
    known = {(cell.scenario, cell.attribute): cell for cell in forced.cells}
    assert policy.cells
    for cell in policy.cells:
        plain = known[cell.scenario, cell.attribute]
        assert (plain.verdict, plain.divergence) == (cell.verdict, cell.divergence)
        states = plain.raw["outcomes"]["cell"]
        if any(re.search(r"(?<!~)Fault\([^)]*MMU:Exclusive", state) for state in states):
            assert "Killed(VM);" in cell.raw["outcomes"]["cell"], cell.id
        elif not any(part.startswith("Fault(") for state in states for part in state.split()):
            assert plain.raw["outcomes"] == cell.raw["outcomes"]


# ---- E.3, row by row ----


def test_unaligned_on_pfnmap_of_a_coherent_gpu(under: Run) -> None:
    """P2: alignment fault; P7: works, exclusives as the tier answers."""
    scenario = "alignment/unaligned-bar-memcpy"
    assert verdicts(cells(under(TWENTY["P2"], "usemem-guest", scenario)[1], "usemem-guest")) == {"DIVERGES fault"}
    assert verdicts(cells(under(TWENTY["P7"], "usemem-guest", scenario)[1], "usemem-guest")) == {"SAME"}
    exclusives = cells(under(TWENTY["P7"], "usemem-guest", "exclusives/counter-ldxr-stxr")[1], "usemem-guest")
    assert verdicts(exclusives) == {"DIVERGES fault"} and exclusives[0].rules == ("CH-12/E2",)


def test_usemem_cacheable_is_as_ordinary_memory(under: Run) -> None:
    """P9, mte off, usemem, FWB and DIC: nothing but what the tier's errors add."""
    _, report = under(TWENTY["P9"], "usemem-guest", "exclusives", "atomics", "ordering", "alignment", "coherence")
    untagged = [cell for cell in cells(report, "usemem-guest") if cell.raw["refused"] is None]
    assert {cell.attribute for cell in untagged} == {"wb"}
    assert {verdict for verdict in verdicts(untagged)} <= {"SAME", "NARROWER"}


def test_vfio_attach_in_an_mte_vm(under: Run) -> None:
    """P9, mte=on, any VFIO: REFUSE(memslot,-EINVAL)."""
    _, report = under(TWENTY["P9"], "usemem-guest,resmem-guest,bar-guest,bar-guest-wc", "ordering/mp-dmb", options=(*EXACT, "--vm", "mte"))
    assert len(report.cells) == 4
    assert {(cell.verdict, *cell.raw["refused"].values()) for cell in report.cells} == {("REFUSED", "memslot", "EINVAL")}
    assert {cell.attribute for cell in report.cells} == {"none"}


@pytest.mark.parametrize(("machine", "divergence"), [("tags-zero", "tag-false-fault"), ("tags-unchecked", "tag-lost"), ("tags-alias", "corruption")])
def test_guest_ram_demoted_to_a_tier_without_tags(under: Run, machine: str, divergence: str) -> None:
    """P9, mte=on, guest RAM demoted to CXL: the host's migration loses tags, KVM is silent; aliasing corrupts another page."""
    scenarios = ("migration/tagged-heap-migrate", "migration/tagged-heap-migrate-at-use", "migration/use-after-free-migrate")
    _, report = under(TWENTY["P9"], "kmem-anon-guest,anon-guest", *scenarios, machine=machine)
    assert f"DIVERGES {divergence}" in verdicts(cells(report, "kmem-anon-guest", "cxl"))
    assert verdicts(cells(report, "anon-guest", "ddr")) == {"SAME"}
    _, kept = under(TWENTY["P17"], "kmem-anon-guest", *scenarios, machine=machine)
    assert {(cell.verdict, *cell.raw["refused"].values()) for cell in cells(kept, "kmem-anon-guest", "cxl")} == {("REFUSED", "migrate", "EAGAIN")}


@pytest.mark.parametrize("policy", ["P5", "P6"])
@pytest.mark.parametrize(("machine", "divergence"), [("no-nc-monitor", "fault"), ("nc-fail-writes", "lost-update")])
def test_noncacheable_fallback_leaves_it_to_the_monitor(under: Run, policy: str, machine: str, divergence: str) -> None:
    """P5/P6, GPU PFN memory, mte=on, exclusives: Normal-NC, the tier's monitor decides (S1, S6)."""
    _, report = under(TWENTY[policy], "devdax-guest", "exclusives/counter-ldxr-stxr", machine=machine, options=(*EXACT, "--vm", "mte"))
    found = cells(report, "devdax-guest", "cxl")
    assert {cell.attribute for cell in found} == {"nc"}
    assert verdicts(found) == {f"DIVERGES {divergence}"}


def test_notagaccess_lets_plain_memory_be(under: Run, tmp_path: Path) -> None:
    """P12: plain ok; an access to an S1-Tagged page exits: a fault that ordinary memory does not give."""
    machine = tmp_path / "grace-perm.yaml"
    text = (ROOT / "models" / "machines" / "grace-like.yaml").read_text(encoding="utf-8")
    machine.write_text(text.replace("    mte: 3\n", "    mte: 3\n    mte_perm: yes\n"), encoding="utf-8")
    options = (*EXACT, "--vm", "mte,mte-perm")
    _, report = under(TWENTY["P12"], "usemem-guest", "ordering/mp-dmb", "exclusives/counter-ldxr-stxr", "mte/tagged-ring-buffer", machine=machine, options=options)
    by_name = {cell.scenario: cell for cell in cells(report, "usemem-guest")}
    assert (by_name["ordering/mp-dmb"].verdict, by_name["exclusives/counter-ldxr-stxr"].verdict) == ("SAME", "SAME")
    tagged = by_name["mte/tagged-ring-buffer"]
    assert (tagged.attribute, tagged.verdict, tagged.divergence) == ("wb-tagged+notag", "DIVERGES", "fault")
    assert tagged.raw["reactions"]["tag_access"] == "exit memory-fault+tagaccess"


def test_memremap_refusal_leaves_the_hotplug_hole(under: Run) -> None:
    """P13: CXL through dax_kmem still diverges (policy gap); P14 closes it."""
    scenarios = ("migration/tagged-heap-migrate-at-use", "mte/tagged-ring-buffer")
    _, gap = under(TWENTY["P13"], "kmem-anon,devdax", *scenarios, machine="tags-zero")
    assert "DIVERGES tag-false-fault" in verdicts(cells(gap, "kmem-anon", "cxl"))
    assert {tuple(cell.raw["refused"].values()) for cell in cells(gap, "devdax")} == {("memremap", "EOPNOTSUPP")}
    _, closed = under(TWENTY["P14"], "kmem-anon,devdax", *scenarios, machine="tags-zero")
    assert {tuple(cell.raw["refused"].values()) for cell in cells(closed, "kmem-anon")} == {("hotplug", "EOPNOTSUPP")}
    assert {tuple(cell.raw["refused"].values()) for cell in cells(closed, "devdax") if "migrate" not in cell.scenario} == {("mmap", "EINVAL")}


@pytest.mark.parametrize("machine", ["no-nc-monitor", "nc-fail-writes", "nc-fail-keeps", "grace-like"])
def test_cacheable_exclusives_stay_in_the_cluster(under: Run, machine: str) -> None:
    """All policies, any tier that is WB coherent: LL/SC shows nothing, whatever its monitor does with NC."""
    for number in ("P1", "P7", "P10"):
        _, report = under(TWENTY[number], "anon,kmem-anon,kmem-anon-guest", "exclusives", machine=machine)
        assert verdicts([cell for cell in report.cells if cell.attribute == "wb"]) == {"SAME"}


# ---- refusals, gaps, migration ----


def test_prot_mte_refused_where_the_vma_does_not_allow_it(under: Run) -> None:
    _, report = under(TWENTY["P9"], "anon,devdax,usemem,bar", "mte/tagged-ring-buffer")
    refused = {cell.raw["mapping"]: cell.raw["refused"] for cell in report.cells}
    assert refused["anon"] is None
    assert [refused[name] for name in ("devdax", "usemem", "bar")] == [{"stage": "mmap", "errno": "EINVAL"}] * 3


def test_what_no_rule_covers_is_unknown_and_inconclusive(under: Run) -> None:
    status, report = under("linux-s1", "anon-guest", "ordering/mp-dmb")
    assert status == Exit.INCONCLUSIVE | Exit.VACUOUS
    (cell,) = report.cells
    assert (cell.verdict, cell.unknown, cell.attribute) == ("UNKNOWN", ("policy.memslot",), "none")


def test_unknown_capability_in_a_policy_names_the_setting(isotier: Isotier, tmp_path: Path) -> None:
    machine = edited(tmp_path / "unsure.yaml", "tag.storage", "unknown")
    chosen = ("--policy", TWENTY["P16"], "--mapping", "kmem-anon-guest", "--machine", str(machine), "--vm", "mte", *EXACT)
    _, report = isotier.run("scenarios/ordering/mp-dmb.litmus", report=tmp_path / "r.json", options=chosen)
    assert {(cell.verdict, cell.unknown) for cell in cells(report, "kmem-anon-guest", "cxl")} == {("UNKNOWN", ("tiers.cxl.tag.storage",))}


def test_sequence_is_the_policys_unless_said(under: Run) -> None:
    _, report = under(TWENTY["P9"], "kmem-anon", "migration/counter-llsc-migrate")
    assert all("(base)" in cell.raw["migration"] for cell in report.cells)
    _, said = under(TWENTY["P9"], "kmem-anon", "migration/counter-llsc-migrate", options=(*EXACT, "--sequence", "no-tlbi"))
    assert all("(no-tlbi)" in cell.raw["migration"] for cell in said.cells)


def test_each_kind_of_memory_moves_by_its_own_sequence(under: Run) -> None:
    """B.3: huge pages, a guest's pages, and pages of a coherent device."""
    _, report = under(TWENTY["P9"], "kmem-anon,kmem-hugetlb,kmem-anon-guest,kmem-hugetlb-guest,coherent", "migration/counter-llsc-migrate")
    sequences = {cell.raw["mapping"]: cell.raw["migration"].partition("(")[2].rstrip(")") for cell in report.cells}
    assert sequences == {
        "kmem-anon": "base", "kmem-hugetlb": "hugetlb", "kmem-anon-guest": "guest", "kmem-hugetlb-guest": "guest", "coherent": "device-coherent",
    }
    assert verdicts(report.cells) == {"SAME"}


def test_a_tag_aware_kernel_refuses_by_itself(isotier: Isotier, tmp_path: Path) -> None:
    """Sequence tag-aware, no policy: tagged pages stay where the tier keeps no tags; untagged ones, and those on other tiers, move."""
    scenarios = [ROOT / "scenarios/migration" / f"{name}.litmus" for name in ("tagged-heap-migrate", "mprotect-after-migrate", "counter-llsc-migrate")]
    chosen = ("--machine", "tags-zero", "--sequence", "tag-aware", *EXACT)
    _, report = isotier.run(*scenarios, report=tmp_path / "r.json", options=chosen)
    refused = {(cell.scenario, cell.tier): tuple(cell.raw["refused"].values()) for cell in report.cells if cell.raw["refused"]}
    assert refused == {("migration/tagged-heap-migrate", "cxl"): ("migrate", "EAGAIN")}
    assert {cell.tier for cell in report.cells} == {"ddr", "cxl"} and len({cell.scenario for cell in report.cells}) == len(scenarios)


def test_pinned_and_special_pages_do_not_move(under: Run) -> None:
    _, report = under(TWENTY["P18"], "anon-guest,anon", "migration/counter-llsc-migrate")
    assert {tuple(cell.raw["refused"].values()) for cell in cells(report, "anon-guest")} == {("migrate", "EAGAIN")}
    assert verdicts(cells(report, "anon")) == {"SAME"}
    _, special = under(TWENTY["P9"], "devdax,bar,usemem-guest", "migration/counter-llsc-migrate")
    assert {tuple(cell.raw["refused"].values()) for cell in special.cells} == {("migrate", "EINVAL")}


def test_same_bytes_whatever_the_workers(isotier: Isotier, tmp_path: Path) -> None:
    texts = []
    for jobs in ("1", "3"):
        path = tmp_path / f"{jobs}.json"
        isotier.call("run", "scenarios/exclusives", "--policy", TWENTY["P7"], "--machine", "grace-like", "--seeds", "5", "--jobs", jobs, "--report", path)
        texts.append(path.read_bytes())
    assert texts[0] == texts[1] and len(texts[0]) > 10000


def test_timed_engine_under_a_policy_agrees(under: Run) -> None:
    status, report = under(TWENTY["P7"], "usemem-guest,kmem-anon-guest,bar-guest-wc", "exclusives", "migration", options=("--seeds", "20"))
    assert Exit.TOOL_ERROR not in status
    assert not [cell.id for cell in report.cells if cell.verdict == "MODEL-BUG"]
    assert [cell for cell in report.cells if cell.raw["observed"]["runs"]]


OUTCOMES = {
    ("P1", "abort35"): "Killed(VM);", ("P2", "abort35"): "Killed(VM);", ("P9", "abort35"): "Killed(VM);",
    ("P10", "abort35"): "Fault(P0,D-MMU:Exclusive);",
    ("P9", "external-abort"): "Fault(P0,SError);", ("P10", "external-abort"): "Fault(P0,SError);",
}


@pytest.mark.parametrize(("policy", "answer"), OUTCOMES)
def test_outcome_is_what_the_policy_makes_of_the_fault(under: Run, tmp_path_factory: pytest.TempPathFactory, policy: str, answer: str) -> None:
    """S11: an exclusive that the tier answers with DFSC 0x35 kills the VM before 2937aeec9dc5, and is the guest's own matter after; a process gets SIGBUS."""
    machine = edited(tmp_path_factory.getbasetemp() / f"grace-{answer}.yaml", "excl.on_unsupported", f"{{value: {answer}, from: assumed}}", "grace-like")
    options = ("--seeds", "10", "--tier", "bar")
    _, report = under(TWENTY[policy], "bar,bar-guest-wc", "exclusives/counter-ldxr-stxr", machine=machine, options=options)
    guest, user = cells(report, "bar-guest-wc")[0], cells(report, "bar")[0]
    assert verdicts([guest, user]) == {"DIVERGES fault"}
    wanted = OUTCOMES[policy, answer]
    for state in guest.raw["outcomes"]["new"]:
        assert state == wanted if wanted.startswith("Killed") else wanted.split(",")[1] in state
    assert all("SIGBUS:BUS_OBJERR" in state and "Signal(P" in state for state in user.raw["outcomes"]["new"])
    assert guest.raw["observed"]["runs"] == 10


def test_references_are_routed_too(under: Run) -> None:
    """What the kernel makes of a tag check fault is no difference between memories: ordinary memory shows the same signal."""
    _, report = under(TWENTY["P10"], "anon,anon-guest", "mte/free-retag-use-after-free", options=(*EXACT, "--vm", "mte"))
    user, guest = cells(report, "anon")[0], cells(report, "anon-guest")[0]
    assert verdicts([user, guest]) == {"SAME"}
    assert any("SIGSEGV:SEGV_MTESERR" in state for state in user.raw["outcomes"]["reference"])
    assert any("TagCheck" in state for state in guest.raw["outcomes"]["reference"])


def test_explain_under_a_policy(isotier: Isotier, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    isotier.call("run", "scenarios/exclusives/counter-ldxr-stxr.litmus", "scenarios/mte/tagged-ring-buffer.litmus", "--policy", TWENTY["P7"], "--mapping",
                 "usemem,usemem-guest", "--machine", "grace-like", *EXACT, "--report", path)
    told = isotier.call("explain", path, "exclusives/counter-ldxr-stxr@c2c:usemem-guest", "--no-search")
    assert told.status is Exit.DIVERGENCE and told.stdout.startswith("exclusives/counter-ldxr-stxr@c2c:usemem-guest\n") and "CH-12/E2" in told.stdout
    refused = isotier.call("explain", path, "mte/tagged-ring-buffer@c2c:usemem")
    assert refused.status is Exit.CLEAN
    assert f"REFUSED at mmap with EINVAL: the rules are in `isotier decide --policy {TWENTY['P7']} --mapping usemem" in refused.stdout


@pytest.mark.parametrize("kernel", BY_KERNEL)
def test_every_policy_answers_for_every_default_mapping(isotier: Isotier, kernel: str) -> None:
    done = isotier.call("run", "--policy", BY_KERNEL[kernel], "--machine", "full", "--list")
    assert done.status is Exit.CLEAN and len(done.stdout.splitlines()) > 1000


# ---- what a kernel makes of a fault is an outcome ----


def test_emulated_accesses_are_torn_and_no_fault(under: Run) -> None:
    """S7, P20: Device instead of write combining, unaligned accesses by a handler. The guest that asked for Device itself takes its own fault."""
    _, report = under(TWENTY["P20"], "bar,bar-guest-wc,bar-guest", "alignment/device-field-watched", options=("--seeds", "100"))
    for mapping in ("bar", "bar-guest-wc"):
        (cell,) = cells(report, mapping, "bar")
        assert (cell.verdict, cell.raw["class"], cell.raw["witness"]["effect"]) == ("DIVERGES", "torn", "is emulated in pieces")
        assert all("~Fault(P0)" in state for state in cell.raw["outcomes"]["cell"])
        assert set(cell.raw["observed"]["states"]) <= set(cell.raw["outcomes"]["cell"])
    (own,) = cells(report, "bar-guest", "bar")
    assert (own.verdict, own.raw["class"]) == ("DIVERGES", "fault")


def test_an_atomic_is_not_emulated(under: Run) -> None:
    _, report = under(TWENTY["P20"], "bar", "alignment/ldadd-unaligned-in-granule")
    (cell,) = cells(report, "bar", "bar")
    assert cell.raw["class"] == "fault"


def test_dc_zva_is_emulated(under: Run) -> None:
    _, report = under(TWENTY["P20"], "bar", "alignment/memset-dc-zva")
    (cell,) = cells(report, "bar", "bar")
    assert not any("Alignment" in state for state in cell.raw["outcomes"]["cell"])


def test_dc_zva_is_emulated_after_its_page_has_moved(under: Run) -> None:
    """The access waits on the migration entry first and meets its Alignment fault only then; both engines say so."""
    _, report = under(TWENTY["P20"], "coherent-guest", "migration/dc-zva-migrate", options=("--seeds", "100"))
    (cell,) = cells(report, "coherent-guest", "c2c")
    observed = set(cell.raw["observed"]["states"])
    assert len(observed) > 1 and observed <= set(cell.raw["outcomes"]["cell"])
    assert not any("Alignment" in state for state in observed)


@pytest.mark.parametrize(("mapping", "scenario"), [("anon", "errors/poison-met-by-migration"), ("anon-guest", "errors/poison-met-by-migration")])
def test_the_kernels_own_abort_is_a_panic(under: Run, mapping: str, scenario: str) -> None:
    """B.5: panic-class. Nothing is left to observe, in either engine."""
    _, report = under(TWENTY["P10"], mapping, scenario, options=("--seeds", "20"))
    for cell in report.cells:
        assert cell.raw["outcomes"]["cell"] == ["Panic(host);"] == list(cell.raw["observed"]["states"])


def test_without_a_policy_the_kernels_abort_stays_one(isotier: Isotier, tmp_path: Path) -> None:
    _, report = isotier.run(ROOT / "scenarios/errors/poison-met-by-migration.litmus", report=tmp_path / "r.json", options=EXACT)
    assert not any("Panic" in state for cell in report.cells for state in cell.raw["outcomes"]["cell"])


def test_an_serror_of_a_process_takes_the_host_down(isotier: Isotier, tmp_path: Path) -> None:
    chosen = ("--policy", TWENTY["P10"], "--mapping", "kmem-anon", "--machine", "errors-differ", "--tier", "cxl-serror", "--seeds", "20")
    _, report = isotier.run(ROOT / "scenarios/errors/poison-stadd.litmus", report=tmp_path / "r.json", options=chosen)
    (cell,) = report.cells
    assert "Panic(host);" in cell.raw["outcomes"]["cell"] and cell.raw["class"] == "fault" and not cell.raw.get("model_bug")
    assert cell.raw["witness"]["state"] == "Panic(host);"


@pytest.mark.parametrize(("vm", "state"), [((), "Fault(P0:L0,SError)"), (("--vm", "sea-exit"), "Exit(P0:L0,x,ARM_SEA)")])
def test_poison_in_a_guest_is_injected_or_an_exit(isotier: Isotier, tmp_path: Path, vm: tuple[str, ...], state: str) -> None:
    """3, row 7.x: the neighbour goes on in either case."""
    chosen = ("--policy", TWENTY["P10"], "--mapping", "anon-guest", "--seeds", "20", *vm)
    _, report = isotier.run(ROOT / "scenarios/errors/guest-reads-poison.litmus", report=tmp_path / "r.json", options=chosen)
    for cell in report.cells:
        (only,) = cell.raw["outcomes"]["cell"]
        assert state in only and "1:X2=5" in only
        assert list(cell.raw["observed"]["states"]) == [only]


@pytest.mark.parametrize(
    ("httu", "shown"),
    [("sync-abort", "Fault(P0:L0,x,ExternalAbort)"), ("serror", "Fault(P0:L0,SError)"), ("abort31", "D-MMU:Exclusive"), ("nonatomic", ""), ("unknown", None)],
)
@pytest.mark.parametrize("name", ["guest-tables-on-tier-dirty", "tables-on-tier-access-flag"])
def test_what_a_tier_makes_of_hardware_updates_of_tables(isotier: Isotier, tmp_path: Path, name: str, httu: str, shown: str | None) -> None:
    """CH-48: set H, in both engines, for the tables of a guest and of a process."""
    own, of_tier = (ROOT / "models/machines/tags-zero.yaml").read_text(encoding="utf-8").split("\n  cxl:\n", 1)
    machine = tmp_path / "m.yaml"
    machine.write_text(own + "\n  cxl:\n" + of_tier.replace("httu: {value: yes", f"httu: {{value: {httu}"), encoding="utf-8")
    chosen = ("--machine", str(machine), "--tier", "cxl", "--attr", "wb,nc", "--seeds", "50")
    _, report = isotier.run(ROOT / f"scenarios/translation/{name}.litmus", report=tmp_path / "r.json", options=chosen)
    for cell in report.cells:
        if shown is None:
            assert (cell.verdict, cell.unknown) == ("UNKNOWN", ("tiers.cxl.httu",))
            continue
        assert cell.verdict == ("DIVERGES" if shown else "SAME")
        assert all(shown in state for state in cell.raw["outcomes"]["cell"])
        assert set(cell.raw["observed"]["states"]) <= set(cell.raw["outcomes"]["cell"])
