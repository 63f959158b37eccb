"""Do the bundled policies say what the kernels and mails they cite say, and are bad ones refused with the place of the mistake?

The tables below are written from facts/kernel-policies.md, not from the policies: section 1.2 (VM_MTE_ALLOWED), 1.3 (kernel alias), 1.4
(nvgrace-gpu), 3 (KVM by version), E.2 (the twenty).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.isotier import ROOT, Exit, Isotier
from harness.tests.test_machines import load, stem

POLICIES = tuple(sorted((ROOT / "models" / "policies").glob("*.yaml")))
SCHEMA = ROOT / "reports" / "schema" / "policy.schema.json"
TWENTY = {
    "P1": "linux-6.1-kvm", "P2": "linux-6.5-kvm", "P3": "ankita-v1-vma-memtype", "P4": "catalin-fwb-gate", "P5": "vcpu-mte-off-fallback-cacheable",
    "P6": "fallback-noncacheable-if-mte", "P7": "linux-6.9-any-uncached", "P8": "ankita-v4-memslot-handshake", "P9": "linux-6.17-cacheable-pfnmap",
    "P10": "linux-7.x", "P11": "aneesh-drop-memslot-check", "P12": "mte-perm-notagaccess", "P13": "memremap-refuse-if-mte",
    "P14": "hotplug-refuse-if-mte", "P15": "firmware-mte-off", "P16": "region-capability-map", "P17": "tag-aware-migration", "P18": "pkvm-protected",
    "P19": "cca-realm", "P20": "altra-wc-to-device",
}
PROPOSALS = {"P3", "P4", "P5", "P6", "P8", "P11", "P12", "P13", "P14", "P15", "P16", "P17"}
READ_TIERS = {"P15", "P16", "P17"}


@dataclass(frozen=True)
class Cpu:
    """What of the CPU a policy may look at."""

    fwb: bool = True
    dic: bool = True
    mte: int = 3
    mte_perm: bool = False


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Cpu, str], Path]:
    """A copy of a bundled machine with another CPU."""
    folder = tmp_path_factory.mktemp("machines")

    def make(cpu: Cpu, base: str = "full") -> Path:
        text = (ROOT / "models" / "machines" / f"{base}.yaml").read_text(encoding="utf-8")
        yes = {False: "no", True: "yes"}
        wanted = f"    mte: {cpu.mte}\n    dic: {yes[cpu.dic]}\n    mte_perm: {yes[cpu.mte_perm]}\n    s2fwb: {yes[cpu.fwb]}\n"
        lines = [line for line in text.splitlines(keepends=True) if not line.startswith(("    mte:", "    dic:", "    mte_perm:", "    s2fwb:"))]
        at = next(i for i, line in enumerate(lines) if line.startswith("  features:")) + 1
        path = folder / f"{base}-{yes[cpu.fwb]}-{yes[cpu.dic]}-{cpu.mte}-{yes[cpu.mte_perm]}.yaml"
        path.write_text("".join([*lines[:at], wanted, *lines[at:]]), encoding="utf-8")
        return path

    return make


Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def ask(isotier: Isotier, machine: Callable[[Cpu, str], Path]) -> Ask:
    """The answer of `isotier decide` for one policy and mapping."""
    known: dict[tuple[object, ...], dict[str, Any]] = {}

    def one(policy: str, mapping: str, *, cpu: Cpu = Cpu(), vm: str = "", tagged: bool = False, tier: str = "", base: str = "full") -> dict[str, Any]:
        key = (policy, cpu, vm, tagged, tier, base)
        if (*key, mapping) not in known:
            options = [*(["--vm", vm] if vm else []), *(["--tagged"] if tagged else []), *(["--tier", tier] if tier else [])]
            done = isotier.call("decide", "--policy", policy, "--mapping", "all", "--machine", machine(cpu, base), "--json", *options)
            assert done.status is Exit.CLEAN, done.stderr
            for row in json.loads(done.stdout):
                known.setdefault((*key, row["mapping"]), row)
        return known[(*key, mapping)]

    return one


def answer(row: dict[str, Any]) -> str:
    """REFUSE(stage,errno), UNKNOWN(stage), none, or the stage-2 type."""
    if row["end"] == "refused":
        return f"REFUSE({row['stage']},{row['errno']})"
    if row["end"] == "unknown":
        return f"UNKNOWN({row['stage']})"
    return "none" if row["end"] == "unmapped" else str(row["stage2"])


def reactions(row: dict[str, Any]) -> dict[str, str]:
    """What becomes of each event."""
    return {fired["event"]: fired["result"] for fired in row["fired"] if fired["stage"] == "access"}


# ---- files ----


def test_the_twenty_are_there() -> None:
    assert {path.stem for path in POLICIES} == {"linux-s1", *TWENTY.values()}


@pytest.mark.parametrize("path", POLICIES, ids=stem)
def test_policy_keeps_the_schema_and_cites(isotier: Isotier, path: Path) -> None:
    policy = load(path)
    jsonschema.validate(policy, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert policy["policy"] == path.stem
    assert isotier.call("lint", path).status is Exit.CLEAN
    number = {name: number for number, name in TWENTY.items()}.get(path.stem, "")
    assert (policy.get("proposal") == "yes") == (number in PROPOSALS)
    assert (policy.get("reads_tiers") == "yes") == (number in READ_TIERS)
    assert number == "" or policy["title"].startswith(number + ":")
    for stage in policy["stages"].values():
        for rules in [stage] if isinstance(stage, list) else [part for key, part in stage.items() if key != "remove"]:
            assert all(len(rule["cite"]) > 3 for rule in rules)


def test_published_schema_is_the_loaders(isotier: Isotier) -> None:
    done = isotier.call("lint", "--schema", "policy")
    assert done.stdout == SCHEMA.read_text(encoding="utf-8")
    jsonschema.Draft7Validator.check_schema(json.loads(done.stdout))


# ---- facts 1.2: where VM_MTE_ALLOWED is set ----

ALL = ("6.1", "6.5", "6.9", "6.17", "7.0")
BY_KERNEL = {"6.1": "linux-6.1-kvm", "6.5": "linux-6.5-kvm", "6.9": "linux-6.9-any-uncached", "6.17": "linux-6.17-cacheable-pfnmap", "7.0": "linux-7.x"}
MTE_ALLOWED = {
    "anon": ALL, "shmem": ALL,
    "hugetlb": ALL,  # 5.10..6.12 inadvertently (S13), 6.13 on purpose
    "hugetlbfs": ("6.17", "7.0"),
    "kmem-anon": ALL, "kmem-shmem": ALL, "coherent": ALL,
    "file": (), "kmem-file": (), "fsdax": (), "devdax": (), "bar": (), "usemem": (), "resmem": (), "gmem": (), "p2pdma": (),
}


@pytest.mark.parametrize("kernel", ALL)
@pytest.mark.parametrize("mapping", MTE_ALLOWED)
def test_prot_mte_is_allowed_where_the_table_says(ask: Ask, mapping: str, kernel: str) -> None:
    row = ask(BY_KERNEL[kernel], mapping, tagged=True)
    if kernel in MTE_ALLOWED[mapping]:
        assert (row["end"], row["stage1"], row["attributes"]) == ("mapped", "WBT", ["wb-tagged"])
    else:
        assert answer(row) == "REFUSE(mmap,EINVAL)"
    assert ask(BY_KERNEL[kernel], mapping)["end"] == "mapped"


# ---- facts 1.3: the kernel's alias ----

KERNEL_ALIAS = {
    "anon-kernel": ("WBT", "WB"), "kmem-kernel": ("WBT", "WB"), "fsdax-kernel": ("WB", "WB"), "devdax-kernel": ("WB", "WB"),
    "coherent-kernel": ("WB", "WB"), "p2pdma-kernel": ("nGnRnE", "nGnRnE"), "private-kernel": ("none", "none"), "bar-kernel": ("none", "none"),
    "usemem-kernel": ("none", "none"),
}


@pytest.mark.parametrize("mapping", KERNEL_ALIAS)
@pytest.mark.parametrize("policy", ["linux-s1", "linux-6.17-cacheable-pfnmap"])
def test_kernel_alias(ask: Ask, mapping: str, policy: str) -> None:
    with_mte, without = KERNEL_ALIAS[mapping]
    for cpu, expected in ((Cpu(), with_mte), (Cpu(mte=0), without)):
        row = ask(policy, mapping, cpu=cpu)
        assert (row["end"], row["kernel_alias"]) == ("unmapped" if expected == "none" else "mapped", expected)


def test_private_memory_is_not_addressable(ask: Ask) -> None:
    assert answer(ask("linux-s1", "private")) == "none"


# ---- facts 3: stage 2 by version ----

RAM = ("anon-guest", "shmem-guest", "hugetlb-guest", "hugetlbfs-guest", "file-guest", "kmem-anon-guest", "kmem-shmem-guest", "kmem-hugetlb-guest")
DAX = ("fsdax-guest", "devdax-guest", "coherent-guest")
PFN = ("bar-guest", "bar-guest-wc", "usemem-guest", "resmem-guest")
BARS = ("bar-guest", "bar-guest-wc", "resmem-guest")
TAGGABLE: dict[str, tuple[str, ...]] = {  # M && A
    "6.1": ("anon-guest", "shmem-guest", "hugetlb-guest", "kmem-anon-guest", "kmem-shmem-guest", "kmem-hugetlb-guest", "coherent-guest"),
}
for _kernel in ("6.5", "6.9"):
    TAGGABLE[_kernel] = TAGGABLE["6.1"]
for _kernel in ("6.17", "7.0"):
    TAGGABLE[_kernel] = (*TAGGABLE["6.1"], "hugetlbfs-guest")
SHARED = ("shmem-guest", "hugetlbfs-guest", "file-guest", "kmem-shmem-guest", "fsdax-guest", "devdax-guest", *PFN)


def expected_s2(kernel: str, mapping: str, mte: bool, cpu: Cpu) -> str:
    """One entry of the version table, with its symbols."""
    ram, allowed = mapping in RAM, mapping in TAGGABLE[kernel]
    cacheable = mapping not in ("bar-guest", "bar-guest-wc", "resmem-guest")
    pfn, fd = mapping in PFN, cpu.fwb and cpu.dic
    uncached = mapping in PFN and (kernel in ("6.9", "6.17", "7.0")) and not (mapping == "usemem-guest" and kernel in ("6.17", "7.0"))
    if kernel == "6.1":
        if mte and mapping in SHARED:
            return "REFUSE(memslot,EINVAL)"
        if mte and not allowed and ram:
            return "REFUSE(s2fault,EFAULT)"
        return "NORMAL" if ram else "nGnRE"
    if mte and not allowed:
        return "REFUSE(memslot,EINVAL)"
    if kernel == "6.5":
        return "NORMAL" if ram else "nGnRE"
    if kernel == "6.9":
        return "NORMAL" if ram else "NC" if uncached else "nGnRE"
    if pfn and cacheable and not fd:
        return "REFUSE(memslot,EINVAL)"
    if not pfn or cacheable:
        return "NORMAL"
    return "NC" if uncached else "nGnRE"


@pytest.mark.parametrize("kernel", ALL)
@pytest.mark.parametrize("mte", [False, True], ids=["plain", "mte"])
@pytest.mark.parametrize("cpu", [Cpu(), Cpu(dic=False), Cpu(fwb=False)], ids=["fwb-dic", "fwb", "dic"])
def test_stage_2_by_version(ask: Ask, kernel: str, mte: bool, cpu: Cpu) -> None:
    wrong = {}
    for mapping in (*RAM, *DAX, *PFN):
        found = answer(ask(BY_KERNEL[kernel], mapping, cpu=cpu, vm="mte" if mte else ""))
        if found != expected_s2(kernel, mapping, mte, cpu):
            wrong[mapping] = (found, expected_s2(kernel, mapping, mte, cpu))
    assert not wrong


@pytest.mark.parametrize("kernel", ALL)
def test_dirty_log_of_pfnmap(ask: Ask, kernel: str) -> None:
    refused = answer(ask(BY_KERNEL[kernel], "bar-guest", vm="dirty-log")) == "REFUSE(memslot,EINVAL)"
    assert refused == (kernel != "6.1")
    assert answer(ask(BY_KERNEL[kernel], "anon-guest", vm="dirty-log")) == "NORMAL"


def test_gic_is_always_device(ask: Ask) -> None:
    for name in TWENTY.values():
        expected = "REFUSE(s2fault,EPERM)" if name == TWENTY["P18"] else "nGnRE"
        assert answer(ask(name, "gic-guest")) == expected, name


ABORT35 = {"6.1": "KILL_VM", "6.5": "KILL_VM", "6.9": "KILL_VM", "6.17": "KILL_VM", "7.0": "inject abort35"}
EXEC_DEVICE = {"6.5": "inject iabt", "6.9": "inject iabt", "6.17": "inject sea-iabt", "7.0": "inject sea-iabt"}


@pytest.mark.parametrize("kernel", ALL)
def test_faults_by_version(ask: Ask, kernel: str) -> None:
    guest = reactions(ask(BY_KERNEL[kernel], "bar-guest"))
    assert guest["abort35"] == ABORT35[kernel]
    assert guest.get("exec") == EXEC_DEVICE.get(kernel)
    assert reactions(ask(BY_KERNEL[kernel], "anon"))["abort35"] == "signal SIGBUS/BUS_OBJERR"
    exits = reactions(ask(BY_KERNEL[kernel], "anon-guest", vm="sea-exit"))
    assert exits["external_abort"] == ("exit arm-sea" if kernel == "7.0" else "inject serror")
    assert reactions(ask(BY_KERNEL[kernel], "anon-guest"))["external_abort"] == "inject serror"


# ---- facts 1.4: nvgrace-gpu ----


@pytest.mark.parametrize(
    ("kernel", "usemem", "resmem"), [("6.5", "nGnRE", "nGnRE"), ("6.9", "NC", "NC"), ("6.17", "NORMAL", "NC"), ("7.0", "NORMAL", "NC")]
)
def test_nvgrace(ask: Ask, kernel: str, usemem: str, resmem: str) -> None:
    assert answer(ask(BY_KERNEL[kernel], "usemem-guest", base="grace-like")) == usemem
    assert answer(ask(BY_KERNEL[kernel], "resmem-guest", base="grace-like")) == resmem
    assert ask(BY_KERNEL[kernel], "usemem", base="grace-like")["attributes"] == ["wb"]
    assert ask(BY_KERNEL[kernel], "resmem", base="grace-like")["attributes"] == ["nc"]


@pytest.mark.parametrize(("kernel", "mismatched"), [("6.5", True), ("6.9", True), ("6.17", False)])
def test_vmm_and_guest_alias_of_usemem(ask: Ask, kernel: str, mismatched: bool) -> None:
    """S26: WB in the VMM, NC in the guest on 6.9 to 6.16."""
    row = ask(BY_KERNEL[kernel], "usemem-guest")
    vmm = next(alias for alias in row["aliases"] if alias["who"] == "VMM")
    assert (vmm["attribute"], vmm["mismatched"]) == ("WB", mismatched)
    assert row["attributes"] == {"6.5": ["device-ngnre"], "6.9": ["nc"], "6.17": ["wb"]}[kernel]


# ---- facts 2.1: stage 1 x stage 2 as the guest gets it ----


@pytest.mark.parametrize(
    ("policy", "mapping", "fwb", "attributes"),
    [
        ("linux-6.9-any-uncached", "bar-guest-wc", True, ["nc"]),
        ("linux-6.9-any-uncached", "bar-guest-wc", False, ["nc"]),
        ("linux-6.9-any-uncached", "bar-guest", True, ["device-ngnre"]),
        ("linux-6.5-kvm", "bar-guest-wc", True, ["device-ngnre"]),
        ("linux-6.5-kvm", "bar-guest-wc", False, ["device-ngnre"]),
        ("linux-6.17-cacheable-pfnmap", "anon-guest", True, ["wb"]),
        ("linux-6.17-cacheable-pfnmap", "anon-guest", False, ["wb"]),
        ("fallback-noncacheable-if-mte", "usemem-guest", False, ["nc"]),
    ],
)
def test_final_attribute(ask: Ask, policy: str, mapping: str, fwb: bool, attributes: list[str]) -> None:
    assert ask(policy, mapping, cpu=Cpu(fwb=fwb))["attributes"] == attributes


def test_tags_need_a_vm_with_mte(ask: Ask) -> None:
    assert ask("linux-7.x", "anon-guest", tagged=True)["attributes"] == ["wb-tagged"]
    assert ask("linux-7.x", "anon-guest", vm="mte")["attributes"] == ["wb"]  # a page that the guest does not tag
    assert ask("linux-7.x", "file-guest", tagged=True)["end"] == "refused"


# ---- E.2: the proposals and variants, where they differ from what they extend ----

FD, FWB, DIC, MTE_PERM = Cpu(), Cpu(dic=False), Cpu(fwb=False), Cpu(mte_perm=True)
E2: list[tuple[str, str, str, Cpu, str]] = [
    ("P3", "usemem-guest", "", FD, "NORMAL"), ("P3", "usemem-guest", "", DIC, "REFUSE(s2fault,EINVAL)"), ("P3", "bar-guest", "", FD, "NC"),
    ("P3", "anon-guest", "", DIC, "NORMAL"), ("P3", "usemem-guest", "mte", FD, "REFUSE(memslot,EINVAL)"),
    ("P4", "usemem-guest", "mte", FD, "NORMAL"), ("P4", "usemem-guest", "mte", DIC, "NC"), ("P4", "bar-guest", "mte", FD, "NC"),
    ("P4", "file-guest", "mte", FD, "NORMAL"),
    ("P5", "usemem-guest", "mte", FD, "NC"), ("P5", "usemem-guest", "", FD, "NORMAL"), ("P5", "anon-guest", "mte", FD, "NORMAL"),
    ("P5", "bar-guest", "", FD, "NC"),
    ("P6", "usemem-guest", "", FD, "NC"), ("P6", "devdax-guest", "mte", FD, "NC"), ("P6", "devdax-guest", "", FD, "NORMAL"),
    ("P8", "usemem-guest", "", FD, "REFUSE(memslot,EINVAL)"), ("P8", "usemem-guest", "slot-cacheable", FD, "NORMAL"),
    ("P8", "usemem-guest", "slot-cacheable", DIC, "REFUSE(memslot,EINVAL)"), ("P8", "bar-guest", "", FD, "NC"),
    ("P10", "gmem-guest", "", FD, "NORMAL"), ("P10", "gmem-guest", "mte", FD, "REFUSE(memslot,EINVAL)"),
    ("P11", "bar-guest", "mte", FD, "NC"), ("P11", "usemem-guest", "mte", FD, "REFUSE(s2fault,EFAULT)"),
    ("P11", "usemem-guest", "mte", FWB, "REFUSE(memslot,EINVAL)"), ("P11", "file-guest", "mte", FD, "REFUSE(s2fault,EFAULT)"),
    ("P12", "usemem-guest", "mte,mte-perm", MTE_PERM, "NORMAL+NoTag"), ("P12", "usemem-guest", "mte", MTE_PERM, "REFUSE(memslot,EINVAL)"),
    ("P12", "usemem-guest", "mte,mte-perm", FD, "REFUSE(memslot,EINVAL)"), ("P12", "bar-guest", "mte,mte-perm", MTE_PERM, "NC"),
    ("P12", "anon-guest", "mte,mte-perm", MTE_PERM, "NORMAL"), ("P12", "file-guest", "mte,mte-perm", MTE_PERM, "NORMAL+NoTag"),
    ("P13", "coherent", "", FD, "REFUSE(memremap,EOPNOTSUPP)"), ("P13", "fsdax", "", FD, "REFUSE(memremap,EOPNOTSUPP)"),
    ("P13", "devdax", "", FD, "REFUSE(memremap,EOPNOTSUPP)"), ("P13", "devdax", "", Cpu(mte=0), "none"), ("P13", "p2pdma", "", FD, "none"),
    ("P13", "private", "", FD, "none"), ("P13", "kmem-anon", "", FD, "none"),
    ("P14", "kmem-anon", "", FD, "REFUSE(hotplug,EOPNOTSUPP)"), ("P14", "kmem-anon", "", Cpu(mte=0), "none"), ("P14", "anon", "", FD, "none"),
    ("P14", "devdax", "", FD, "none"),
    ("P18", "anon-guest", "", FD, "NORMAL"), ("P18", "shmem-guest", "", FD, "NORMAL"), ("P18", "file-guest", "", FD, "REFUSE(s2fault,EIO)"),
    ("P18", "hugetlb-guest", "", FD, "REFUSE(s2fault,EIO)"), ("P18", "bar-guest", "", FD, "REFUSE(s2fault,EPERM)"),
    ("P18", "anon-guest", "dirty-log", FD, "REFUSE(memslot,EPERM)"), ("P18", "anon-guest", "readonly", FD, "REFUSE(memslot,EPERM)"),
    ("P19", "anon-realm", "", FD, "NORMAL"), ("P19", "anon-realm", "mte", FD, "REFUSE(memslot,EINVAL)"), ("P19", "anon-realm-shared", "", FD, "NORMAL"),
    ("P20", "bar-guest-wc", "", FD, "nGnRE"), ("P20", "usemem-guest", "", FD, "nGnRE"), ("P20", "anon-guest", "", FD, "NORMAL"),
]


@pytest.mark.parametrize(("number", "mapping", "vm", "cpu", "expected"), E2, ids=lambda value: str(value) if isinstance(value, str) else None)
def test_the_twenty(ask: Ask, number: str, mapping: str, vm: str, cpu: Cpu, expected: str) -> None:
    assert answer(ask(TWENTY[number], mapping, vm=vm, cpu=cpu)) == expected


def test_e3_every_vfio_attach_in_an_mte_vm_is_refused(ask: Ask) -> None:
    """E.3: P9, mte=on, any VFIO: REFUSE(memslot,-EINVAL); S12."""
    for mapping in PFN:
        assert answer(ask(TWENTY["P9"], mapping, vm="mte")) == "REFUSE(memslot,EINVAL)"


def test_e3_memremap_refusal_overlaps_with_the_vma_rule(ask: Ask) -> None:
    """E.3: device-dax with PROT_MTE is refused anyway: P13 over-restricts; dax_kmem is what it leaves open and P14 closes."""
    assert answer(ask(TWENTY["P9"], "devdax", tagged=True)) == "REFUSE(mmap,EINVAL)"
    assert ask(TWENTY["P13"], "kmem-anon", tagged=True)["attributes"] == ["wb-tagged"]
    assert answer(ask(TWENTY["P14"], "kmem-anon", tagged=True)) == "REFUSE(hotplug,EOPNOTSUPP)"


def test_notagaccess_exits_to_the_vmm(ask: Ask) -> None:
    """E.3: P12: plain accesses are ok, those of stage-1 Tagged pages exit."""
    assert ask(TWENTY["P12"], "usemem-guest", vm="mte,mte-perm", cpu=MTE_PERM)["attributes"] == ["wb"]
    row = ask(TWENTY["P12"], "usemem-guest", vm="mte-perm", tagged=True, cpu=MTE_PERM)
    assert row["attributes"] == ["wb-tagged+notag"]
    assert reactions(row)["tag_access"] == "exit memory-fault+tagaccess"


def test_altra_host_maps_wc_as_device_and_emulates(ask: Ask) -> None:
    row = ask(TWENTY["P20"], "resmem")
    assert row["attributes"] == ["device-ngnre"]
    assert reactions(row)["alignment"] == "retry emulate"
    assert ask(TWENTY["P7"], "resmem")["attributes"] == ["nc"]


# ---- policies that read tiers ----


def edited(path: Path, replaced: str, by: str, base: str = "tags-zero") -> Path:
    """A bundled machine with every line of one capability replaced."""
    lines = (ROOT / "models" / "machines" / f"{base}.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(f"          {replaced}: {by}\n" if line.lstrip().startswith(f"{replaced}:") else line for line in lines), encoding="utf-8")
    return path


def test_firmware_turns_mte_off(ask: Ask, isotier: Isotier, tmp_path: Path) -> None:
    assert ask(TWENTY["P15"], "anon", base="tags-zero", tier="ddr")["kernel_alias"] == "WB"
    assert answer(ask(TWENTY["P15"], "anon", base="tags-zero", tier="ddr", tagged=True)) == "REFUSE(mmap,EINVAL)"
    assert answer(ask(TWENTY["P15"], "anon-guest", base="tags-zero", tier="ddr", vm="mte")) == "REFUSE(memslot,EINVAL)"
    full = edited(tmp_path / "m.yaml", "tag.storage", "{value: full, from: assumed}")
    done = isotier.call("decide", "--policy", TWENTY["P15"], "--mapping", "anon", "--machine", full, "--tagged", "--json")
    assert {(row["kernel_alias"], *row["attributes"]) for row in json.loads(done.stdout)} == {("WBT", "wb-tagged")}


def test_strongest_attribute_a_tier_supports(ask: Ask) -> None:
    assert answer(ask(TWENTY["P16"], "kmem-anon-guest", base="tags-zero", tier="cxl")) == "NORMAL"
    assert answer(ask(TWENTY["P16"], "kmem-anon-guest", base="tags-zero", tier="cxl", vm="mte")) == "REFUSE(memslot,EINVAL)"
    assert answer(ask(TWENTY["P16"], "anon-guest", base="tags-zero", tier="ddr", vm="mte")) == "NORMAL"


@pytest.mark.parametrize(
    ("base", "tier", "mapping", "untagged", "tagged"),
    [("tags-zero", "cxl", "kmem-anon", "moves", "refused"), ("tags-alias", "cxl", "kmem-anon", "moves", "refused"), ("tags-zero", "ddr", "anon", "moves", "moves")],
)
def test_tagged_pages_stay_where_tags_can_be_held(ask: Ask, base: str, tier: str, mapping: str, untagged: str, tagged: str) -> None:
    move = ask(TWENTY["P17"], mapping, base=base, tier=tier)["migration"]
    assert (move["untagged"]["end"], move["tagged"]["end"]) == (untagged, tagged)
    if tagged == "refused":
        assert move["tagged"]["errno"] == "EAGAIN"
    plain = ask(TWENTY["P9"], mapping, base=base, tier=tier)["migration"]
    assert plain["untagged"] == plain["tagged"] and plain["tagged"]["end"] == "moves"


def test_unknown_capability_is_no_answer(isotier: Isotier, tmp_path: Path) -> None:
    """A tier whose tag storage nobody vouches for: the policy that reads it says UNKNOWN, the one that does not is not asked."""
    path = edited(tmp_path / "unsure.yaml", "tag.storage", "unknown")
    done = isotier.call("decide", "--policy", TWENTY["P17"], "--mapping", "kmem-anon", "--machine", path, "--tier", "cxl", "--json")
    (row,) = json.loads(done.stdout)
    assert (row["migration"]["untagged"]["end"], row["migration"]["tagged"]["end"]) == ("moves", "unknown")
    done = isotier.call("decide", "--policy", TWENTY["P15"], "--mapping", "anon", "--machine", path, "--json")
    assert {(row["end"], row["unknown"]) for row in json.loads(done.stdout)} == {("unknown", "tiers.all_store_tags")}


def test_uncovered_is_unknown(ask: Ask) -> None:
    """linux-s1 has no hypervisor: a VM over it is nothing it has an answer to."""
    row = ask("linux-s1", "anon-guest")
    assert (answer(row), row["unknown"]) == ("UNKNOWN(memslot)", None)
    assert ask(TWENTY["P19"], "anon-realm")["migration"]["untagged"]["end"] == "unknown"


def test_rules_are_named_in_order_with_their_source(ask: Ask) -> None:
    fired = ask(TWENTY["P9"], "usemem-guest", vm="mte")["fired"]
    order = ["firmware", "hotplug", "memremap", "mmap", "memslot", "s2fault", "access"]
    assert [order.index(row["stage"]) for row in fired] == sorted(order.index(row["stage"]) for row in fired)
    assert fired[-1] == {
        "stage": "memslot", "rule": "mte-needs-allowed", "policy": "linux-6.5-kvm", "result": "REFUSE -EINVAL", "overridden": False,
        "cite": "3: M && !A, kvm_arch_prepare_memory_region",
    }
    overridden = ask(TWENTY["P11"], "usemem-guest", vm="mte")["fired"]
    assert [row["overridden"] for row in overridden if row["stage"] == "s2fault"] == [False]
