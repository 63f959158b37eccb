"""Does `isotier policy` say which policies are transparent, guarded or leaky, as facts/kernel-policies.md E.3 expects, and why?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.isotier import ROOT, Exit, Isotier
from harness.tests.test_machines import stem
from harness.tests.test_policies import POLICIES, PROPOSALS, TWENTY, edited

# A few scenarios do: what they show is in test_policy_run.py, what becomes of it is asked here.
SOME = "scenarios/mte,scenarios/exclusives"
Check = Callable[..., tuple[Exit, dict[str, Any]]]


@pytest.fixture(scope="session")
def check(isotier: Isotier) -> Check:
    """The check of one policy, as JSON."""

    def run(policy: str, machine: str | Path, mapping: str, *options: str) -> tuple[Exit, dict[str, Any]]:
        chosen = ("--machine", str(machine), "--scenario", SOME, "--mapping", mapping, "--no-errors", "--json", *options)
        done = isotier.call("policy", "check", policy, *chosen)
        assert not done.stderr
        return done.status, dict(json.loads(done.stdout)[0])

    return run


def test_list_has_every_bundled_policy(isotier: Isotier) -> None:
    rows = {row["policy"]: row for row in json.loads(isotier.call("policy", "list", "--json").stdout)}
    assert set(rows) == {stem(path) for path in POLICIES}
    assert {number for number, name in TWENTY.items() if rows[name]["proposal"]} == PROPOSALS
    assert rows["linux-6.17-cacheable-pfnmap"]["extends"] == "linux-6.9-any-uncached"


def test_show_marks_what_is_inherited(isotier: Isotier) -> None:
    shown = json.loads(isotier.call("policy", "show", TWENTY["P13"], "--json").stdout)
    own = [rule for rule in shown["rules"] if not rule["inherited"]]
    assert [rule["rule"] for rule in own] == ["refuse-if-mte"] and own[0]["then"] == "REFUSE -EOPNOTSUPP"
    assert own[0]["when"] == "when origin pgmap(COHERENT)|pgmap(FS_DAX)|pgmap(GENERIC), cpu.MTE2 yes"
    assert all(rule["cite"] for rule in shown["rules"]) and {"linux-s1", TWENTY["P9"]} <= {rule["policy"] for rule in shown["rules"]}


def test_usemem_without_tags_is_transparent(check: Check) -> None:
    """E.3: P9, mte=off, usemem with FWB and DIC: none against DDR if the tier is full."""
    status, found = check(TWENTY["P9"], "grace-like", "anon-guest,usemem-guest", "--no-tags")
    assert (status, found["verdict"], found["leaks"], found["pairs"]) == (Exit.CLEAN, "transparent", [], 1)


def test_usemem_with_tags_is_refused(check: Check) -> None:
    """E.3: P9, mte=on, any VFIO: REFUSE(memslot, -EINVAL); without tags the same VM keeps its memory."""
    status, found = check(TWENTY["P9"], "grace-like", "anon-guest,usemem-guest")
    assert (status, found["verdict"]) == (Exit.CLEAN, "guarded")
    refused = [row for row in found["refused"] if row["mapping"] == "usemem-guest"]
    assert {(row["tagged"], row["errno"], row["policy_rule"]) for row in refused} == {(True, "EINVAL", "memslot/mte-needs-allowed")}


def test_noncacheable_usemem_leaks(check: Check) -> None:
    """E.3: P7 gives the guest NC: exclusives and atomics then depend on the tier."""
    status, found = check(TWENTY["P7"], "grace-like", "anon-guest,usemem-guest", "--no-tags")
    assert status & Exit.DIVERGENCE and found["verdict"] == "leaky"
    leak = found["leaks"][0]
    assert (leak["mapping"], leak["tier"], leak["attribute"], leak["moved_by"]) == ("usemem-guest", "c2c", "nc", "guest")
    assert leak["policy_rule"] == "s2fault/any-uncached" and leak["rule"] and leak["hop"] and leak["witness"]["state"]


def test_aliased_tags_are_corruption_first(check: Check) -> None:
    """E.3: P9 with CXL tags=alias: corruption of an unrelated page, the worst class."""
    status, found = check(TWENTY["P9"], "tags-alias", "anon,kmem-anon")
    assert status & Exit.DIVERGENCE and found["verdict"] == "leaky"
    worst = found["leaks"][0]
    assert (worst["class"], worst["tier"], worst["rule"], worst["partner"], worst["moved_by"]) == ("corruption", "cxl", "CH-54/T4", "ddr", "host")


def test_hotplug_refusal_closes_what_memremap_leaves(check: Check) -> None:
    """E.3: P13 leaves dax_kmem, P14 closes it."""
    assert check(TWENTY["P13"], "tags-zero", "anon,kmem-anon")[1]["verdict"] == "leaky"
    status, found = check(TWENTY["P14"], "tags-zero", "anon,kmem-anon")
    assert (status, found["verdict"], found["pairs"]) == (Exit.CLEAN, "guarded", 0)
    assert {row["policy_rule"] for row in found["refused"]} == {"hotplug/hotplug-refused"}


def test_hotplug_refusal_leaves_coherent_memory(check: Check) -> None:
    """P14 alone says nothing of memremap_pages(): what P13 refuses still leaks."""
    found = check(TWENTY["P14"], "tags-zero", "anon,kmem-anon,coherent")[1]
    assert found["verdict"] == "leaky" and {leak["mapping"] for leak in found["leaks"]} == {"coherent"}


def test_firmware_turns_tags_off(check: Check) -> None:
    """P15 on a machine whose CXL stores no tags: programs with tags are refused everywhere, the others cannot tell."""
    status, found = check(TWENTY["P15"], "tags-zero", "anon,kmem-anon")
    assert (status, found["leaks"], found["pairs"]) == (Exit.CLEAN, [], 1)
    assert {(row["tier"], row["tagged"]) for row in found["refused"]} == {("ddr", True), ("cxl", True)}


def test_unknown_storage_is_undecided(check: Check, tmp_path: Path) -> None:
    machine = edited(tmp_path / "unknown.yaml", "tag.storage", "unknown", "tags-zero")
    text = machine.read_text(encoding="utf-8").replace("tag.storage: unknown", "tag.storage: full", 1)  # of ddr, which comes first
    machine.write_text(text, encoding="utf-8")
    status, found = check(TWENTY["P9"], machine, "anon,kmem-anon")
    assert (status, found["verdict"], found["unknown"]) == (Exit.INCONCLUSIVE, "undecided", ["tiers.cxl.tag.storage"])


def test_uncovered_mapping_is_undecided(check: Check) -> None:
    """linux-s1 has no hypervisor: no rule says what a VM's memory is."""
    status, found = check("linux-s1", "tags-zero", "anon-guest")
    assert (status, found["verdict"], found["unknown"]) == (Exit.INCONCLUSIVE, "undecided", ["policy.memslot"])


def test_equal_cells_give_equal_answers(isotier: Isotier) -> None:
    """Several policies in one check share their cells; the answers are those of each alone."""
    options = ("--machine", "tags-zero", "--scenario", "scenarios/mte", "--json")
    names = (TWENTY["P9"], TWENTY["P15"], TWENTY["P20"])
    together = json.loads(isotier.call("policy", "check", *names, *options, "--jobs", "1").stdout)
    assert together == [json.loads(isotier.call("policy", "check", name, *options).stdout)[0] for name in names]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((), "a subcommand is missing; expected one of list, show, check, diff, suggest, needs"),
        (("chekc",), 'there is no subcommand "chekc"; expected one of list, show, check, diff, suggest, needs'),
        (("check",), "check: expected policies, or all"),
        (("show",), "show: expected one policy"),
        (("list", "x"), 'list: expected nothing after it, got "x"'),
        (("check", "linux-7.x", "--guest", "rude"), '--guest is "rude"; expected ordinary or hostile'),
        (("check", "linux-7.x", "--format", "xml"), '--format is "xml"; expected text or json'),
        (("check", "linux-7.x", "--tier", "nvram"), 'machine default has no tier "nvram"'),
        (("check", "linux-7.x", "--vm", "mte", "--no-tags"), "--no-tags leaves MTE out of VMs"),
        (("check", "linux-8"), "linux-8"),
        (("diff", "linux-7.x"), "diff: expected two policies, before and after"),
        (("needs",), "needs: expected one policy"),
    ],
)
def test_bad_usage(isotier: Isotier, arguments: tuple[str, ...], message: str) -> None:
    done = isotier.call("policy", *arguments)
    assert done.status == Exit.BAD_INPUT and message in done.stderr and not done.stdout


def test_every_policy_has_a_verdict_on_every_machine(isotier: Isotier) -> None:
    """Bundled ones: the tool fails on none of them."""
    for machine in sorted((ROOT / "models" / "machines").glob("*.yaml")):
        done = isotier.call("policy", "check", "all", "--machine", stem(machine), "--scenario", "scenarios/mte/heap-overflow-next-granule.litmus", "--json")
        rows = json.loads(done.stdout)
        assert len(rows) == len(POLICIES) and all(row["verdict"] != "failed" for row in rows), stem(machine)


def hostile(isotier: Isotier, policy: str, machine: str | Path, *options: str) -> tuple[Exit, dict[str, Any]]:
    """What a hostile guest reaches; scenarios with tags show it."""
    done = isotier.call("policy", "check", policy, "--guest", "hostile", "--machine", str(machine), "--scenario", "scenarios/mte", "--json", *options)
    assert not done.stderr
    return done.status, dict(json.loads(done.stdout)[0])


def test_hostile_guest_writes_foreign_memory_where_tags_alias(isotier: Isotier) -> None:
    """A.2: a tag access may hit "some random address"; only a VM with MTE can make one, and P15 takes MTE away."""
    status, found = hostile(isotier, TWENTY["P9"], "tags-alias")
    worst = found["leaks"][0]
    assert status & Exit.DIVERGENCE and (worst["class"], worst["mapping"], worst["tier"]) == ("foreign-corruption", "kmem-anon-guest", "cxl")
    assert (worst["rule"], worst["key"], worst["value"], worst["source"]) == ("CH-54/T4", "tiers.cxl.tag.write_unsupported", "alias", "assumed")
    assert worst["mte"] and worst["scenario"] and worst["policy_rule"]
    for policy, options in ((TWENTY["P9"], ("--no-tags",)), (TWENTY["P15"], ()), (TWENTY["P14"], ())):
        assert "foreign-corruption" not in {leak["class"] for leak in hostile(isotier, policy, "tags-alias", *options)[1]["leaks"]}


def test_hostile_guest_makes_mismatched_usemem(isotier: Isotier) -> None:
    """S26: usemem WB in the VMM, NC in the guest, from 6.9 to 6.16; Normal from 6.17."""
    stale = {number: {leak["mapping"] for leak in hostile(isotier, TWENTY[number], "grace-like")[1]["leaks"] if leak["class"] == "stale-alias"} for number in ("P7", "P9")}
    assert stale == {"P7": {"usemem-guest"}, "P9": set()}


@pytest.mark.parametrize(
    ("policy", "machine", "cls", "folder", "scenario"),
    [
        ("P9", "tags-alias", "foreign-corruption", "mte", None),
        ("P7", "grace-like", "stale-alias", "aliases", "aliases/guest-ring-vmm-reads"),
        ("P7", "grace-like", "host-abort", "errors", "errors/stadd-then-read-elsewhere"),
    ],
)
def test_what_a_hostile_guest_reaches_is_shown_by_a_scenario(isotier: Isotier, policy: str, machine: str, cls: str, folder: str, scenario: str | None) -> None:
    done = isotier.call("policy", "check", TWENTY[policy], "--guest", "hostile", "--machine", machine, "--scenario", f"scenarios/{folder}", "--json")
    leaks = [leak for leak in json.loads(done.stdout)[0]["leaks"] if leak["class"] == cls and not leak["undecided"]]
    assert leaks and all(leak["scenario"] for leak in leaks), [(leak["mapping"], leak["how"]) for leak in leaks if not leak["scenario"]]
    assert scenario is None or scenario in {leak["scenario"] for leak in leaks}


def test_hostile_guest_on_unknown_tags_is_undecided(isotier: Isotier, tmp_path: Path) -> None:
    machine = edited(tmp_path / "unknown.yaml", "tag.write_unsupported", "unknown", "tags-alias")
    found = hostile(isotier, TWENTY["P9"], machine)[1]
    keys = {leak["key"] for leak in found["leaks"] if leak["undecided"] and leak["class"] == "foreign-corruption"}
    assert keys == {"tiers.cxl.tag.write_unsupported"}


def test_gic_is_given_as_device_only(isotier: Isotier, tmp_path: Path) -> None:
    """S25: every bundled hypervisor maps the GIC's CPU interface Device; one that maps it NC is found."""
    assert "shared-peripheral" not in {leak["class"] for leak in hostile(isotier, TWENTY["P9"], "tags-zero")[1]["leaks"]}
    rude = tmp_path / "rude.yaml"
    rude.write_text(
        "policy: rude\ntitle: GIC as Normal-NC\ncite: test\nextends: linux-6.17-cacheable-pfnmap\nstages:\n  s2fault:\n    before:\n"
        '      - {id: gic-nc, when: {origin: gic_mmio}, then: {s2: NC, x: no}, cite: "test"}\n',
        encoding="utf-8",
    )
    leaks = [leak for leak in hostile(isotier, str(rude), "tags-zero")[1]["leaks"] if leak["class"] == "shared-peripheral"]
    assert [(leak["mapping"], leak["attribute"], leak["policy_rule"]) for leak in leaks] == [("gic-guest", "nc", "gic-nc")]


def test_hostile_check_answers_for_every_tier(isotier: Isotier) -> None:
    done = isotier.call("policy", "check", TWENTY["P9"], "--guest", "hostile", "--machine", "tags-alias", "--scenario", "scenarios/mte")
    answers = done.stdout.split("is it safe to give to a guest?\n")[1].splitlines()
    assert [line.split()[:2] for line in answers] == [[tier, kind] for tier in ("ddr", "cxl") for kind in ("Normal-NC", "cacheable")]
    assert [line.split()[2] for line in answers] == ["safe", "safe", "safe", "not"] and "safe in a VM without MTE" in answers[3]


TAGGED = ("--scenario", "scenarios/mte,scenarios/migration")


def test_diff_says_what_changes(isotier: Isotier) -> None:
    """From 6.9 to 6.17 usemem of a VM becomes cacheable; nothing else changes for a program on this machine."""
    done = isotier.call("policy", "diff", TWENTY["P7"], TWENTY["P9"], "--machine", "grace-like", "--scenario", SOME, "--json", "--no-cost")
    found = json.loads(done.stdout)
    assert done.status == Exit.CHANGED and (found["before"]["policy"], found["after"]["policy"]) == (TWENTY["P7"], TWENTY["P9"])
    assert {(row["change"], row["mapping"], row["tier"]) for row in found["changes"]} == {("stops diverging", "usemem-guest", "c2c"), ("changes", "usemem-guest", "c2c")}
    (other,) = (row for row in found["changes"] if row["change"] == "changes")
    assert other["before"].startswith("SAME") and other["after"].startswith("SAME"), "an abort before the monitor is looked at: SAME either way"
    back = isotier.call("policy", "diff", TWENTY["P9"], TWENTY["P7"], "--machine", "grace-like", "--scenario", SOME, "--json", "--no-cost")
    assert back.status == Exit.CHANGED | Exit.DIVERGENCE and {row["change"] for row in json.loads(back.stdout)["changes"]} == {"starts diverging", "changes"}


def test_diff_names_new_refusals(isotier: Isotier) -> None:
    done = isotier.call("policy", "diff", TWENTY["P9"], TWENTY["P14"], "--machine", "tags-zero", "--mapping", "kmem-anon", *TAGGED, "--json", "--no-cost")
    rows = json.loads(done.stdout)["changes"]
    assert done.status == Exit.CHANGED and {row["change"] for row in rows} == {"newly refused"}
    assert all(row["after"].startswith("REFUSED at hotplug -EOPNOTSUPP") for row in rows)
    same = isotier.call("policy", "diff", TWENTY["P9"], TWENTY["P9"], "--machine", "tags-zero", *TAGGED, "--no-cost")
    assert same.status == Exit.CLEAN and "nothing changes" in same.stdout


@pytest.mark.parametrize("mappings", [(), ("--mapping", "anon,kmem-anon,anon-guest,kmem-anon-guest")])
def test_suggestion_is_enough_and_needed(isotier: Isotier, tmp_path: Path, mappings: tuple[str, ...]) -> None:
    """The overlay is a policy that nothing leaks under; without any one of its refusals something does."""
    chosen = ("--machine", "tags-zero", *TAGGED, *mappings)
    done = isotier.call("policy", "suggest", TWENTY["P9"], *chosen)
    path = tmp_path / f"{TWENTY['P9']}-guarded.yaml"
    path.write_text(done.stdout, encoding="utf-8")
    assert done.status == Exit.CLEAN and isotier.call("lint", path).status == Exit.CLEAN
    checked = isotier.call("policy", "check", path, *chosen, "--json")
    assert checked.status == Exit.CLEAN and json.loads(checked.stdout)[0]["verdict"] == "guarded"
    refusals = [line for line in done.stdout.splitlines() if "suggested-" in line]
    assert refusals
    for line in refusals:
        head = done.stdout.replace(line + "\n", "")
        lines = head.splitlines()
        kept = [text for i, text in enumerate(lines) if not (text.endswith("before:") and (i + 1 == len(lines) or "suggested-" not in lines[i + 1]))]
        kept = [text for i, text in enumerate(kept) if not (text.startswith("  ") and not text.startswith("   ") and (i + 1 == len(kept) or not kept[i + 1].startswith("    ")))]
        path.write_text("\n".join(kept[:-1] if len(refusals) == 1 else kept) + "\n", encoding="utf-8")
        assert isotier.call("policy", "check", path, *chosen).status & Exit.DIVERGENCE, line


def test_nothing_to_suggest(isotier: Isotier) -> None:
    done = isotier.call("policy", "suggest", TWENTY["P14"], "--machine", "tags-zero", "--mapping", "anon,kmem-anon", *TAGGED)
    assert done.status == Exit.CLEAN and "nothing to refuse" in done.stdout


def test_needs_tag_storage(isotier: Isotier, tmp_path: Path) -> None:
    """P9 moves RAM to a CXL tier without tag storage and needs some; with any of what is named, nothing leaks there."""
    ram = ("--mapping", "anon,kmem-anon", *TAGGED)
    done = isotier.call("policy", "needs", TWENTY["P9"], "--machine", "tags-zero", *ram)
    rows = [line for line in done.stdout.splitlines() if line.startswith("  ")]
    assert done.status == Exit.DIVERGENCE and len(rows) == 4
    for row, value in zip(rows, ("emd32", "carveout", "ecc", "full"), strict=True):
        assert row.strip().startswith(f"tiers.cxl.tag.storage: none -> {value} ") and row.endswith("(checked: no leak there; 1 of 1 needed)")
        machine = tmp_path / f"{value}.yaml"
        text = (ROOT / "models" / "machines" / "tags-zero.yaml").read_text(encoding="utf-8")
        machine.write_text(text.replace("tag.storage: {value: none", f"tag.storage: {{value: {value}").replace("tag.storage: none", f"tag.storage: {value}"), encoding="utf-8")
        assert isotier.call("policy", "check", TWENTY["P9"], "--machine", machine, *ram).status == Exit.CLEAN


def test_needs_more_than_tag_storage(isotier: Isotier) -> None:
    """B.3, device-coherent: the kernel copies tags through an untagged alias, so that no tier can keep them."""
    done = isotier.call("policy", "needs", TWENTY["P9"], "--machine", "tags-zero", "--mapping", "anon,coherent", *TAGGED)
    rows = [line for line in done.stdout.splitlines() if line.startswith("  tiers.")]
    assert done.status == Exit.DIVERGENCE
    assert rows and all("(not enough: " in row for row in rows)


def test_needs_nothing_where_nothing_leaks(isotier: Isotier) -> None:
    done = isotier.call("policy", "needs", TWENTY["P14"], "--machine", "tags-zero", "--mapping", "anon,kmem-anon", *TAGGED)
    assert done.status == Exit.CLEAN and done.stdout.endswith("guarded, 0 leaks\n")
