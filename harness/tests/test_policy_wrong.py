"""Is each mistake in a policy file named with its place and what was expected, exit 2?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.isotier import ROOT, Exit, Isotier

HEAD = "policy: p\ntitle: t\ncite: c\n"
SLOT = HEAD + "stages:\n  memslot:\n"
FAULT = HEAD + "stages:\n  s2fault:\n"


def rule(text: str) -> str:
    """One rule on a line of its own, six columns in."""
    return f"    - {{{text}, cite: c}}\n"


OK = rule("id: ok, when: always, then: ok")
EXTENDS = HEAD + "extends: linux-6.5-kvm\nstages:\n  memslot:\n"

# What is in the file, line:column of the complaint, what it says.
WRONG = {
    "shadowed": (SLOT + OK + rule("id: late, when: {vm.mte: yes}, then: ok"), "7:7", 'rule "late" can never match: rule "ok" (p.yaml:6) takes every case before it'),
    "shadowed together": (
        SLOT + rule("id: a, when: {vm.mte: yes}, then: ok") + rule("id: b, when: {vm.mte: no}, then: ok") + rule("id: c, when: {PF: yes}, then: ok"),
        "8:7", 'rule "c" can never match: earlier rules of the stage together take every case',
    ),
    "shadowed by the way things are": (
        SLOT + rule("id: a, when: {vm: no}, then: ok") + rule("id: b, when: {vm: yes, origin: pfn_only}, then: ok")
        + rule("id: c, when: {struct_page: no, origin: {not: gic_mmio}}, then: ok"),
        "8:7", 'rule "c" can never match: earlier rules of the stage together take every case',
    ),
    "contradicts itself": (SLOT + rule("id: a, when: {vm: no, vm.mte: yes}, then: ok"), "6:7", 'rule "a" can never match: its condition contradicts itself'),
    "contradicts itself in any": (SLOT + rule("id: a, when: {PF: no, any: [{vma.PFNMAP: yes}]}, then: ok"), "6:7", "its condition contradicts itself"),
    "two answers": (
        SLOT + rule("id: a, when: {vm.mte: yes}, then: {refuse: EINVAL}") + rule("id: b, when: {vm.mte: yes}, then: {refuse: EPERM}"),
        "7:7", 'rule "b" contradicts rule "a" (p.yaml:6): the same condition has another result there',
    ),
    "two answers in other words": (
        SLOT + rule("id: a, when: {FD: no}, then: ok") + rule("id: b, when: {any: [{cpu.FWB: no}, {cpu.DIC: no}]}, then: {refuse: EPERM}"),
        "6:7", 'rule "a" contradicts rule "b" (p.yaml:7): that refuses every case of it, and a refusal overrides',
    ),
    "refused anyway": (
        SLOT + rule("id: a, when: {vm.mte: yes, PF: yes}, then: ok") + rule("id: b, when: {vm.mte: yes}, then: {refuse: EPERM}"),
        "6:7", 'rule "a" contradicts rule "b" (p.yaml:7): that refuses every case of it',
    ),
    "unknown flag": (SLOT + rule("id: a, when: {vma.SPECIAL: yes}, then: ok"), "6:22", 'unknown flag "vma.SPECIAL"; expected one of vma.PFNMAP, vma.MIXEDMAP'),
    "unknown input": (SLOT + rule("id: a, when: {weather: yes}, then: ok"), "6:22", 'unknown input "weather"; expected one of origin, backing'),
    "unknown cpu feature": (SLOT + rule("id: a, when: {cpu.SVE: yes}, then: ok"), "6:22", 'unknown input "cpu.SVE"; expected one of cpu.FWB, cpu.DIC'),
    "unknown value": (SLOT + rule("id: a, when: {vma_attr: WT}, then: ok"), "6:32", 'vma_attr is "WT"; expected one of none, WB, WBT, NC, nGnRE, nGnRnE'),
    "no yes or no": (SLOT + rule("id: a, when: {vm.mte: maybe}, then: ok"), "6:30", 'vm.mte is "maybe"; expected one of no, yes'),
    "tags without MTE": (
        HEAD + "stages:\n  mmap:\n" + rule("id: a, when: {vma.MTE: yes}, then: {s1: WBT}"),
        "6:43", 'WBT is an attribute that a CPU without FEAT_MTE2 lacks; expected "cpu.MTE2: yes" in when',
    ),
    "NoTagAccess without MTE_PERM": (
        FAULT + rule("id: a, when: {vm.mte: yes}, then: {s2: NORMAL+NoTag}"),
        "6:42", 'NORMAL+NoTag is an attribute that a CPU without FEAT_MTE_PERM lacks; expected "cpu.MTE_PERM: yes" in when',
    ),
    "tier in an unmarked policy": (
        SLOT + rule("id: a, when: {tier.tags: store}, then: ok"), "6:22", 'tier.tags is read by a policy that is not marked for it; expected "reads_tiers: yes"',
    ),
    "access input too early": (FAULT + rule("id: a, when: {event: exec}, then: {s2: NC}"), "6:22", "event is not known at stage s2fault; expected it in stage access"),
    "migration input elsewhere": (SLOT + rule("id: a, when: {page.tagged: yes}, then: ok"), "6:22", "expected it in stage migrate"),
    "attribute at a memslot": (SLOT + rule("id: a, when: always, then: {s2: NC}"), "6:36", 'stage memslot cannot answer "s2"; expected ok or {refuse: errno}'),
    "no stage 2": (FAULT + rule("id: a, when: always, then: {x: no}"), "6:35", "then has no s2"),
    "two results": (FAULT + rule("id: a, when: always, then: {s2: NC, refuse: EIO}"), "6:44", 'cannot answer "refuse" beside another answer'),
    "unknown errno": (SLOT + rule("id: a, when: always, then: {refuse: ENOIDEA}"), "6:44", 'refuse is "ENOIDEA"; expected one of EAGAIN, EBUSY'),
    "unknown sequence": (
        HEAD + "stages:\n  migrate:\n" + rule("id: a, when: always, then: {sequence: teleport}"), "6:46", 'sequence is "teleport"; expected one of base',
    ),
    "no source": (SLOT + "    - {id: a, when: always, then: ok}\n", "6:7", "cite is missing"),
    "no condition": (SLOT + "    - {id: a, then: ok, cite: c}\n", "6:7", "when is missing"),
    "unknown key of a rule": (SLOT + "    - {id: a, when: always, then: ok, cite: c, why: not}\n", "6:48", 'rule has an unknown key "why"'),
    "unknown stage": (HEAD + "stages:\n  breakfast:\n" + OK, "5:3", 'stages has an unknown key "breakfast"; expected firmware, hotplug'),
    "unknown key": (HEAD + "colour: blue\nstages: {}\n", "4:1", 'policy file has an unknown key "colour"'),
    "id twice": (SLOT + OK + rule("id: ok, when: {vm: no}, then: ok"), "7:7", 'rule "ok" is also in p.yaml:6, stage memslot; expected an id of its own'),
    "list in a child": (EXTENDS + OK, "7:5", "stage memslot is a list in a policy that extends another; expected replace, remove, override, before or append"),
    "id of the parent": (EXTENDS + "    append:\n  " + rule("id: slot-ok, when: always, then: ok"), "8:9", "or the rule under override"),
    "override of nothing": (EXTENDS + "    override:\n  " + rule("id: slotok, when: always, then: ok"), "8:9", 'stage memslot has no rule "slotok"; expected one of mte-needs-allowed'),
    "removal of nothing": (EXTENDS + "    remove: [slotok]\n", "7:14", 'stage memslot has no rule "slotok"'),
    "shadowed by the parent": (EXTENDS + "    append:\n  " + rule("id: late, when: {PF: yes}, then: ok"), "8:9", 'rule "late" can never match: rule "slot-ok"'),
    "no such parent": (HEAD + "extends: nobody\n", "4:10", 'extends "nobody": there is no'),
    "extends itself": (HEAD + "extends: p\n", "4:10", 'extends "p" closes a cycle'),
    "kernel": (HEAD + "kernel: newest\n", "4:9", 'kernel is "newest"; expected a version such as "6.17"'),
    "proposal": (HEAD + "proposal: perhaps\nstages: {}\n", "4:11", "proposal is \"perhaps\"; expected yes or no"),
    "no stages": (HEAD, "1:1", "stages is missing; expected rules by stage, or extends"),
    "empty list of values": (SLOT + rule("id: a, when: {origin: []}, then: ok"), "6:30", "origin is an empty list"),
    "not of a mapping": (SLOT + rule("id: a, when: {origin: {neither: gmem}}, then: ok"), "6:30", "origin is a mapping; expected a value, a list of values, or {not: ...}"),
    "any of no list": (SLOT + rule("id: a, when: {any: {vm: yes}}, then: ok"), "6:27", "any is a mapping; expected a list of conditions"),
    "text for a condition": (SLOT + rule("id: a, when: sometimes, then: ok"), "6:21", 'condition is "sometimes"; expected a mapping of inputs to values, or always'),
    "rules that are none": (SLOT + "    - ok\n", "6:7", 'rule is "ok"; expected a mapping with id, when, then, cite'),
    "stages that are none": (HEAD + "stages: 7\n", "4:9", 'stages is "7"; expected a mapping'),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistake_is_named(isotier: Isotier, tmp_path: Path, name: str) -> None:
    text, place, message = WRONG[name]
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    verbs: list[list[str | Path]] = [["lint", path], ["decide", "--policy", path, "--mapping", "anon"], ["run", "--policy", path, "--no-report"]]
    for arguments in verbs:
        done = isotier.call(*arguments)
        assert done.status is Exit.BAD_INPUT
        assert f"{path}:{place}: " in done.stderr
        assert message in done.stderr.replace(str(path), "p.yaml")
        assert done.stdout == ""


def test_cycle_through_three_files(isotier: Isotier, tmp_path: Path) -> None:
    for name, parent in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{name}.yaml").write_text(f"policy: {name}\ntitle: t\ncite: c\nextends: {parent}\n", encoding="utf-8")
    done = isotier.call("lint", tmp_path / "a.yaml")
    assert done.status is Exit.BAD_INPUT
    assert f"{tmp_path / 'c.yaml'}:4:10: extends \"a\" closes a cycle" in done.stderr


def test_mistake_of_a_parent_is_named_there(isotier: Isotier, tmp_path: Path) -> None:
    (tmp_path / "parent.yaml").write_text(SLOT.replace("policy: p", "policy: parent") + rule("id: a, when: {vma.NO: yes}, then: ok"), encoding="utf-8")
    (tmp_path / "child.yaml").write_text("policy: child\ntitle: t\ncite: c\nextends: parent\n", encoding="utf-8")
    done = isotier.call("lint", tmp_path / "child.yaml")
    assert done.status is Exit.BAD_INPUT
    assert f"{tmp_path / 'parent.yaml'}:6:22: unknown flag" in done.stderr


@pytest.mark.parametrize("name", ["linux-6.17-cacheable-pfnmap", "linux-s1", "region-capability-map"])
def test_no_single_deletion_crashes(isotier: Isotier, tmp_path: Path, name: str) -> None:
    """Each line of a bundled policy left out in turn: a clean answer or a diagnostic, never anything else."""
    lines = (ROOT / "models" / "policies" / f"{name}.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    statuses = set()
    for i in range(len(lines)):
        path = tmp_path / f"{name}.yaml"
        path.write_text("".join(lines[:i] + lines[i + 1 :]), encoding="utf-8")
        done = isotier.call("lint", path)
        statuses.add(done.status)
        assert done.status is Exit.CLEAN or re.search(r"yaml:\d+:\d+: ", done.stderr), (i, done.stderr)
    assert statuses <= {Exit.CLEAN, Exit.BAD_INPUT} and len(statuses) == 2


BAD_USAGE = {
    ("decide", "--policy", "nobody", "--mapping", "anon"): 'there is no policy "nobody"; expected a path, or one of altra-wc-to-device, aneesh',
    ("decide", "--policy", "linux-s1"): "expected --mapping beside --policy",
    ("decide", "--policy", "linux-s1", "--mapping", "attic"): '--mapping has "attic"; expected all, or some of anon, shmem',
    ("decide", "--policy", "linux-s1", "--mapping", "anon", "--vm", "fast"): '--vm has "fast"; expected some of mte protected realm',
    ("decide", "--policy", "linux-s1", "--mapping", "anon", "--attr", "wb"): "--policy answers for mappings",
    ("decide", "--mapping", "anon"): "expected --policy",
    ("run", "--policy", "linux-s1", "--attr", "wb"): "--policy derives the attributes; expected no --attr",
    ("run", "--mapping", "anon"): "--mapping, --vm and --trigger are about a policy; expected --policy",
    ("run", "--policy", "linux-s1", "--mapping", "attic"): '--mapping has "attic"',
    ("run", "--policy", "linux-s1", "--tier", "cellar"): 'has no tier "cellar"',
}


@pytest.mark.parametrize("arguments", BAD_USAGE, ids=" ".join)
def test_bad_usage(isotier: Isotier, arguments: tuple[str, ...]) -> None:
    done = isotier.call(*arguments)
    assert done.status is Exit.BAD_INPUT
    assert BAD_USAGE[arguments] in done.stderr


def test_gap_is_a_warning_with_the_cases_left(isotier: Isotier, tmp_path: Path) -> None:
    """What no rule covers is named, as wide as it is; a stage that is complete, or has no rule of this policy, is not mentioned."""
    path = tmp_path / "p.yaml"
    path.write_text(FAULT + rule("id: a, when: {RAM: yes}, then: {s2: NORMAL}") + rule("id: b, when: {RAM: no, CACHE: no}, then: {s2: NC}"), encoding="utf-8")
    done = isotier.call("lint", path)
    assert done.status is Exit.CLEAN
    (line,) = done.stderr.splitlines()
    assert line == f"{path}:7:7: warning: stage s2fault has no rule for map_memory: no, vma_attr: WB|WBT: such a mapping is UNKNOWN"
    path.write_text(FAULT + rule("id: a, when: {RAM: yes}, then: {s2: NORMAL}") + rule("id: b, when: {RAM: no}, then: {s2: NC}"), encoding="utf-8")
    assert isotier.call("lint", path).stderr == ""
    assert "migrate" not in isotier.call("lint", ROOT / "models" / "policies" / "linux-7.x.yaml").stderr


# ---- nothing observed is never green ----

NOWHERE = ("--mapping", "anon", "--tier", "bar")


@pytest.mark.parametrize("arguments", [("check", "linux-7.x"), ("diff", "linux-6.5-kvm", "linux-7.x"), ("needs", "linux-7.x"), ("suggest", "linux-7.x")])
def test_nothing_observed_is_no_verdict(isotier: Isotier, arguments: tuple[str, ...]) -> None:
    done = isotier.call("policy", *arguments, *NOWHERE, "--scenario", "scenarios/exclusives")
    assert done.status is Exit.VACUOUS
    assert "unobserved" in done.stdout and not re.search("transparent|guarded|nothing changes", done.stdout)


def test_a_machine_with_one_tier_is_no_proof(isotier: Isotier) -> None:
    done = isotier.call("policy", "check", "linux-7.x", "--machine", "ls1046a-like", "--scenario", "scenarios/exclusives")
    assert done.status is Exit.VACUOUS and "=> unobserved: 0 leaks in 0 cells" in done.stdout


def test_a_guest_without_memory_is_no_verdict(isotier: Isotier) -> None:
    done = isotier.call("policy", "check", "linux-7.x", "--guest", "hostile", "--mapping", "anon", "--scenario", "scenarios/mte")
    assert done.status is Exit.VACUOUS and "=> unobserved: " in done.stdout and "safe" not in done.stdout


def test_a_profile_and_scenarios_are_one_too_many(isotier: Isotier) -> None:
    done = isotier.call("policy", "check", "linux-7.x", "--profile", "gate", "--scenario", "scenarios/mte")
    assert done.status is Exit.BAD_INPUT and "--profile: chooses the scenarios; expected no --scenario beside it" in done.stderr
