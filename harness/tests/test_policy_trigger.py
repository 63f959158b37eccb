"""Do triggers of migration choose what moves where: in rules, in runs, in checks, in what `decide` says?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.isotier import Exit, Isotier
from harness.tests.test_policies import edited

HEAD = "policy: p\ntitle: t\ncite: c\nextends: linux-7.x\nstages:\n  migrate:\n    before:\n"
HEAP = "scenarios/migration/tagged-heap-migrate.litmus"
OPTIONS = ("--machine", "tags-zero", "--engine", "exhaustive")


def policy(tmp_path: Path, *rules: str, head: str = HEAD) -> Path:
    """A policy over linux-7.x with rules before those of stage migrate."""
    path = tmp_path / "p.yaml"
    path.write_text(head + "".join(f"      - {{{rule}, cite: c}}\n" for rule in rules), encoding="utf-8")
    return path


def decide(isotier: Isotier, of: str | Path, mapping: str, tier: str, machine: str | Path = "default") -> dict[str, Any]:
    """What a policy says of a mapping on a tier, its migration."""
    done = isotier.call("decide", "--policy", of, "--mapping", mapping, "--machine", machine, "--tier", tier, "--json")
    assert done.status is Exit.CLEAN, done.stderr
    (row,) = json.loads(done.stdout)
    found: dict[str, Any] = row["migration"]
    return found


def test_the_table_lists_every_trigger_with_its_source(isotier: Isotier) -> None:
    shown = isotier.call("show", "--triggers").stdout
    names = json.loads(isotier.call("lint", "--schema", "policy").stdout)["definitions"]["condition"]["properties"]["trigger"]["anyOf"][0]["enum"]
    assert [line.split()[0] for line in shown.splitlines() if line[0] != " "] == names and "demotion" in names
    assert shown.count("B.2:") == len(names)


def test_decide_says_where_each_trigger_may_take_a_page(isotier: Isotier) -> None:
    found = decide(isotier, "linux-7.x", "anon", "ddr")
    moves = {name: row["moves_to"] for name, row in found["triggers"]["tagged"].items()}
    assert found["from"] == "ddr"
    assert moves["move-pages"] == moves["compaction"] == ["ddr-far", "cxl", "cxl-notag", "c2c"]
    assert moves["numa-balancing"] == ["ddr-far"] and moves["demotion"] == moves["hmm"] == ["cxl", "cxl-notag", "c2c"]
    assert decide(isotier, "linux-7.x", "hugetlb", "ddr")["triggers"]["untagged"]["hmm"] == {"moves_to": [], "kept_from": []}
    assert all(not row["moves_to"] and not row["kept_from"] for row in decide(isotier, "linux-7.x", "devdax", "cxl")["triggers"]["untagged"].values())
    text = isotier.call("decide", "--policy", "linux-7.x", "--mapping", "anon").stdout
    assert "  trigger   numa-balancing: from ddr to ddr-far\n" in text
    assert "  trigger   demotion, hmm: from ddr to cxl cxl-notag c2c\n" in text


def test_pages_stay_where_the_policy_pins_them(isotier: Isotier) -> None:
    found = decide(isotier, "pkvm-protected", "anon-pkvm", "ddr")["triggers"]["untagged"]
    assert found["move-pages"] == {"moves_to": [], "kept_from": ["ddr-far"]}


def test_tag_aware_migration_chooses_another_node(isotier: Isotier) -> None:
    """E.2 P17: src tagged && dst.tags != store -> choose other node, else -EAGAIN."""
    found = decide(isotier, "tag-aware-migration", "anon", "ddr")
    assert found["triggers"]["tagged"]["demotion"] == {"moves_to": ["cxl"], "kept_from": ["cxl-notag", "c2c"]}
    assert found["triggers"]["untagged"]["demotion"]["kept_from"] == []
    here = decide(isotier, "tag-aware-migration", "kmem-anon", "cxl-notag")
    assert here["tagged"] == {"end": "refused", "rule": "tags-stay", "sequence": None, "target": "other-node", "tags": None, "errno": "EAGAIN"}
    assert here["untagged"]["end"] == "moves" and here["untagged"]["target"] == "any" and here["untagged"]["tags"] == "copy"
    assert "target other-node" in isotier.call("policy", "show", "tag-aware-migration").stdout


def test_a_rule_may_tell_triggers_apart(isotier: Isotier, tmp_path: Path) -> None:
    path = policy(tmp_path, "id: no-demotion, when: {trigger: demotion, page.tagged: yes}, then: {refuse: EBUSY}")
    found = decide(isotier, path, "anon", "ddr")["triggers"]
    assert found["tagged"]["demotion"]["moves_to"] == [] and found["tagged"]["move-pages"]["moves_to"] == ["ddr-far", "cxl", "cxl-notag", "c2c"]
    assert found["untagged"]["demotion"]["moves_to"] == ["cxl", "cxl-notag", "c2c"]
    shown = json.loads(isotier.call("policy", "show", path, "--json").stdout)["triggers"]
    assert [row["trigger"] for row in shown if row["told_apart"]] == ["demotion"] and len(shown) == 8
    assert "\n  demotion                     lower memory tiers   (a rule above is about it)\n" in isotier.call("policy", "show", path).stdout
    report = tmp_path / "r.json"
    isotier.call("run", HEAP, *OPTIONS, "--policy", path, "--mapping", "kmem-anon", "--report", report, "--quiet")
    cells = {cell["id"]: cell for cell in json.loads(report.read_text(encoding="utf-8"))["cells"]}
    others, demoted = "x+move-pages,compaction,offline,cma,soft-offline", "x+demotion"
    assert set(cells) == {f"migration/tagged-heap-migrate@cxl:kmem-anon+{plan}" for plan in (others, demoted)}
    assert cells[f"migration/tagged-heap-migrate@cxl:kmem-anon+{demoted}"]["refused"] == {"stage": "migrate", "errno": "EBUSY"}
    diverging = f"migration/tagged-heap-migrate@cxl:kmem-anon+{others}"
    assert cells[diverging]["verdict"] == "DIVERGES"
    told = isotier.call("explain", report, diverging, "--policy", path, "--no-search", "--machine", "tags-zero")
    assert told.status is Exit.DIVERGENCE and f"DIVERGES {cells[diverging]['class']}" in told.stdout
    checked = isotier.call("policy", "check", path, "--machine", "tags-zero", "--scenario", "scenarios/mte", "--mapping", "anon,kmem-anon", "--trigger", "demotion", "--json")
    (verdict,) = json.loads(checked.stdout)
    assert not [leak for leak in verdict["leaks"] if leak["tagged"] and leak["mapping"] == "kmem-anon" and "demotion" in leak["triggers"]]


def test_runs_are_narrowed_to_what_triggers_move(isotier: Isotier) -> None:
    def ids(*triggers: str) -> list[str]:
        done = isotier.call("run", HEAP, "scenarios/exclusives/counter-ldxr-stxr.litmus", "--policy", "linux-7.x", "--mapping", "anon,kmem-anon,coherent",
                            "--machine", "default", "--list", *(("--trigger", ",".join(triggers)) if triggers else ()))
        return done.stdout.split()

    def moving(*triggers: str) -> set[str]:
        return {name.split("@")[1] for name in ids(*triggers) if name.startswith("migration/")}

    ram, coherent = {f"{tier}:kmem-anon+x" for tier in ("cxl", "cxl-notag", "c2c")}, {f"{tier}:coherent+x" for tier in ("cxl", "cxl-notag", "c2c")}
    near = {"ddr:anon+x", "ddr-far:anon+x"}
    assert moving() == moving("move-pages", "hmm") == ram | coherent | near
    assert moving("demotion") == ram and moving("numa-balancing") == near and moving("hmm") == coherent
    still = [name for name in ids() if not name.startswith("migration/")]
    assert still == [name for name in ids("hmm") if not name.startswith("migration/")] and len(still) == 8


def test_nothing_that_moves_is_never_green(isotier: Isotier) -> None:
    done = isotier.call("run", HEAP, *OPTIONS, "--policy", "linux-7.x", "--mapping", "kmem-anon", "--trigger", "numa-balancing", "--no-report")
    assert done.status is Exit.VACUOUS


def test_checks_are_narrowed_to_what_triggers_move(isotier: Isotier) -> None:
    """Demotion alone, or promotion alone, already joins DDR and memory that keeps no tags; a driver's pages need a driver."""
    def check(*options: str) -> Any:
        done = isotier.call("policy", "check", "linux-7.x", "--machine", "tags-zero", "--no-errors", "--scenario", "scenarios/mte", "--json", *options)
        return json.loads(done.stdout)[0]

    every = check()
    by = {name: check("--trigger", name) for name in ("demotion", "numa-balancing", "hmm")}
    assert every["verdict"] == "leaky" and all(one["pairs"] < every["pairs"] for one in by.values())
    assert {leak["mapping"] for leak in by["demotion"]["leaks"]} == {"kmem-anon", "kmem-anon-guest"} == {leak["mapping"] for leak in by["numa-balancing"]["leaks"]}
    assert "coherent" in {leak["mapping"] for leak in by["hmm"]["leaks"]}
    for name, one in by.items():
        assert all(leak["triggers"] == [name] for leak in one["leaks"] if leak["moved_by"] == "host")
    leak = next(leak for leak in every["leaks"] if leak["mapping"] == "kmem-anon")
    assert leak["triggers"] == ["move-pages", "numa-balancing", "demotion", "compaction", "offline", "cma", "soft-offline", "hmm"]
    text = isotier.call("policy", "check", "linux-7.x", "--machine", "tags-zero", "--no-errors", "--scenario", "scenarios/mte", "--trigger", "demotion").stdout
    assert "pages that move by: demotion\n" in text and ", by demotion\n" in text


def test_tags_kept_aside_are_mapped_untagged(isotier: Isotier, tmp_path: Path) -> None:
    """P17's other half: the tags stay in a side store and the page is mapped untagged meanwhile."""
    path = policy(tmp_path, "id: aside, when: {page.tagged: yes, tier.tags: {not: store}}, then: {sequence: tag-aware-untagged, tags: aside}",
                  head=HEAD.replace("extends", "reads_tiers: yes\nextends"))
    found = decide(isotier, path, "kmem-anon", "cxl", "tags-zero")
    assert found["tagged"]["tags"] == "aside" and found["tagged"]["sequence"] == "tag-aware-untagged" and found["tagged"]["end"] == "moves"
    report = tmp_path / "r.json"
    isotier.call("run", HEAP, *OPTIONS, "--policy", path, "--mapping", "kmem-anon", "--report", report, "--quiet")
    (cell,) = json.loads(report.read_text(encoding="utf-8"))["cells"]
    assert "(tag-aware-untagged)" in cell["migration"] and cell["verdict"] == "DIVERGES"


WRONG = {
    "no such trigger": ("id: a, when: {trigger: whim}, then: {refuse: EIO}", "8:33", 'trigger is "whim"; expected one of move-pages, numa-balancing, demotion'),
    "aside without a sequence": ("id: a, when: always, then: {tags: aside}", "8:37", "tags: aside has no sequence that keeps them so; expected sequence: one of swap, tag-aware-untagged"),
    "aside with one that copies": ("id: a, when: always, then: {sequence: base, tags: aside}", "8:37", "tags: aside, but the sequence base keeps no tags aside"),
    "copy with one that does not": ("id: a, when: always, then: {sequence: dma-offload, tags: copy}", "8:37", "tags: copy, but the sequence dma-offload copies none; expected one of base"),
    "a sequence to nowhere": ("id: a, when: always, then: {sequence: base, target: other-node}", "8:37", "target: other-node says that the page does not come here; expected no sequence"),
    "tags to nowhere": ("id: a, when: always, then: {target: other-node, tags: copy}", "8:37", "expected no tags beside it"),
    "no such target": ("id: a, when: always, then: {target: moon}", "8:46", 'target is "moon"; expected one of any, other-node'),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_are_named(isotier: Isotier, tmp_path: Path, name: str) -> None:
    text, place, said = WRONG[name]
    path = policy(tmp_path, text)
    done = isotier.call("lint", path)
    assert done.status is Exit.BAD_INPUT
    assert f"{path}:{place}: " in done.stderr and said in done.stderr, done.stderr


def test_a_trigger_is_known_at_stage_migrate_alone(isotier: Isotier, tmp_path: Path) -> None:
    path = policy(tmp_path, "id: a, when: {trigger: hmm}, then: {refuse: EIO}", head=HEAD.replace("migrate", "memslot"))
    done = isotier.call("lint", path)
    assert done.status is Exit.BAD_INPUT and ":8:24: trigger is not known at stage memslot; expected it in stage migrate" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", HEAP, "--policy", "linux-7.x", "--trigger", "reclaim"), '--trigger has "reclaim"; expected some of move-pages numa-balancing'),
        (("policy", "check", "linux-7.x", "--trigger", "reclaim"), '--trigger has "reclaim"; expected some of'),
        (("run", HEAP, "--trigger", "demotion"), "--mapping, --vm and --trigger are about a policy; expected --policy"),
        (("run", HEAP, "--policy", "linux-7.x", "--trigger", ""), "--trigger is empty; expected LIST"),
    ],
)
def test_bad_options_are_named(isotier: Isotier, arguments: tuple[str, ...], said: str) -> None:
    done = isotier.call(*arguments)
    assert done.status is Exit.BAD_INPUT and said in done.stderr


def test_unknown_tag_storage_is_no_answer(isotier: Isotier, tmp_path: Path) -> None:
    unsure = edited(tmp_path / "unsure.yaml", "tag.storage", "unknown")
    assert decide(isotier, "tag-aware-migration", "kmem-anon", "cxl", unsure)["tagged"]["end"] == "unknown"
