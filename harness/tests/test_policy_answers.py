"""Does every question about policies have its answer as JSON, by a published schema, that says what the text says?"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.isotier import ROOT, Exit, Isotier
from harness.tests.test_policies import TWENTY

RAM = ("--machine", "tags-zero", "--mapping", "anon,kmem-anon", "--scenario", "scenarios/mte")
SCHEMA = json.loads((ROOT / "reports" / "schema" / "policy-answers.schema.json").read_text(encoding="utf-8"))


def valid(name: str, text: str) -> Any:
    """An answer that keeps the schema's definition of it, and the schema as a whole."""
    answer = json.loads(text)
    jsonschema.validate(answer, {**SCHEMA, "anyOf": [{"$ref": f"#/definitions/{name}"}]})
    jsonschema.validate(answer, SCHEMA)
    return answer


def strict(schema: Any) -> bool:
    """No object of the schema lets unknown keys in, but those that say so."""
    if isinstance(schema, list):
        return all(map(strict, schema))
    if not isinstance(schema, dict):
        return True
    return ("properties" not in schema or "required" in schema) and all(map(strict, schema.values()))


def test_the_schema_is_published_and_names_what_it_requires(isotier: Isotier) -> None:
    assert json.loads(isotier.call("lint", "--schema", "policy-answers").stdout) == SCHEMA
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert strict(SCHEMA["definitions"])
    assert json.loads(isotier.call("lint", "--schema", "cost").stdout)["title"] == "isotier cost"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("list", ("list",)),
        ("show", ("show", "tag-aware-migration")),
        ("check", ("check", TWENTY["P9"], TWENTY["P14"], *RAM)),
        ("guest", ("check", TWENTY["P9"], "--guest", "hostile", "--machine", "tags-alias", "--scenario", "scenarios/mte")),
        ("diff", ("diff", TWENTY["P9"], TWENTY["P14"], *RAM, "--no-cost")),
        ("needs", ("needs", TWENTY["P9"], *RAM)),
        ("suggest", ("suggest", TWENTY["P9"], *RAM)),
    ],
)
def test_answers_keep_their_schema(isotier: Isotier, name: str, arguments: tuple[str, ...]) -> None:
    plain, told = isotier.call("policy", *arguments, "--json"), isotier.call("policy", *arguments, "--format", "json")
    assert plain == told and not plain.stderr
    assert plain.status == isotier.call("policy", *arguments).status
    answer = valid(name, plain.stdout)
    broken = json.loads(plain.stdout)
    (broken[0] if isinstance(broken, list) else broken)["surprise"] = 1
    if name != "guest":
        with pytest.raises(jsonschema.ValidationError):
            valid(name, json.dumps(broken))
    assert answer


def test_needs_say_as_json_what_they_say_in_words(isotier: Isotier) -> None:
    text, answer = isotier.call("policy", "needs", TWENTY["P9"], *RAM), valid("needs", isotier.call("policy", "needs", TWENTY["P9"], *RAM, "--json").stdout)
    rows = [line for line in text.stdout.splitlines() if line.startswith("  tiers.")]
    (tier,) = answer["tiers"]
    assert tier["tier"] == "cxl" and tier["leaks"] == answer["leaks"] and tier["not_of_the_tier"] == 0 and not tier["search_cut"]
    for row, found in zip(rows, tier["sets"], strict=True):
        (change,) = found["changes"]
        assert row.startswith(f"  {change['key']}: {change['from']} -> {change['to']} (hop {change['hop']})")
        assert found["enough"] is True and found["needed"] == 1 and found["left"] == []
    assert f"({tier['judged']} machines judged)" in text.stdout


def test_needs_name_what_no_tier_can_mend(isotier: Isotier) -> None:
    """B.3, device-coherent: the kernel copies tags through an untagged alias."""
    arguments = ("policy", "needs", TWENTY["P9"], "--machine", "tags-zero", "--mapping", "anon,coherent", "--scenario", "scenarios/mte,scenarios/migration")
    answer = valid("needs", isotier.call(*arguments, "--json").stdout)
    sets = answer["tiers"][0]["sets"]
    assert answer["tiers"][0]["not_of_the_tier"] > 0
    assert sets and all(found["enough"] is False and {leak["mapping"] for leak in found["left"]} == {"coherent"} for found in sets)
    text = isotier.call(*arguments).stdout
    assert re.search(r"not enough: \d leaks are left\)\n      left: \S+ of coherent, migration/", text)


def test_suggestions_hold_the_policy_and_each_refusal(isotier: Isotier, tmp_path: Path) -> None:
    text = isotier.call("policy", "suggest", TWENTY["P9"], *RAM).stdout
    answer = valid("suggest", isotier.call("policy", "suggest", TWENTY["P9"], *RAM, "--json").stdout)
    assert text.split("\n", 1)[1] == answer["text"]
    assert answer["suggested"] == {"policy": f"{TWENTY['P9']}-guarded", "verdict": "guarded", "needed": len(answer["refusals"])}
    for refusal in answer["refusals"]:
        line = next(line for line in text.splitlines() if f"id: {refusal['rule']}," in line)
        assert refusal["reason"] in line and f"refuse: {refusal['errno']}" in line and all(f"{key}: " in line for key in refusal["when"])
    path = tmp_path / f"{answer['suggested']['policy']}.yaml"
    path.write_text(answer["text"], encoding="utf-8")
    (checked,) = valid("check", isotier.call("policy", "check", path, *RAM, "--json").stdout)
    assert checked["verdict"] == "guarded" and checked["leaks"] == []


def test_nothing_to_suggest_and_nothing_needed(isotier: Isotier) -> None:
    done = isotier.call("policy", "suggest", TWENTY["P14"], *RAM, "--json")
    answer = valid("suggest", done.stdout)
    assert done.status is Exit.CLEAN and answer["suggested"] is None and answer["refusals"] == [] and answer["text"] is None and answer["verdict"] == "guarded"
    done = isotier.call("policy", "needs", TWENTY["P14"], *RAM, "--json")
    assert done.status is Exit.CLEAN and valid("needs", done.stdout)["tiers"] == []


def test_diff_says_what_it_costs(isotier: Isotier) -> None:
    """Point of the argument of 2023: usemem of a VM, Normal-NC or cacheable."""
    arguments = ("policy", "diff", TWENTY["P7"], TWENTY["P10"], "--machine", "grace-like", "--mapping", "usemem-guest", "--scenario", "scenarios/alignment/ldp-pair-whole.litmus")
    text = isotier.call(*arguments).stdout
    cost = text.split("\nwhat it costs\n")[1]
    (ratio,) = [line.split() for line in cost.splitlines() if line.startswith("  second / first")]
    assert float(ratio[4]) < 0.1 and "0.00" not in ratio  # chase-warm: a hit against the link's latency
    answer = valid("diff", isotier.call(*arguments, "--json").stdout)
    jsonschema.validate(answer["cost"], json.loads(isotier.call("lint", "--schema", "cost").stdout))
    assert {row["policy"] for row in answer["cost"]["rows"]} == {TWENTY["P7"], TWENTY["P10"]}
    without = isotier.call(*arguments, "--no-cost")
    assert "what it costs" not in without.stdout and text.startswith(without.stdout)
    assert valid("diff", isotier.call(*arguments, "--no-cost", "--json").stdout)["cost"] is None


@pytest.mark.parametrize("subcommand", [("list",), ("show", "linux-7.x"), ("needs", "linux-7.x"), ("suggest", "linux-7.x"), ("check", "linux-7.x")])
def test_unknown_formats_are_named(isotier: Isotier, subcommand: tuple[str, ...]) -> None:
    done = isotier.call("policy", *subcommand, "--format", "xml")
    assert done.status is Exit.BAD_INPUT and '--format is "xml"; expected text or json' in done.stderr and not done.stdout
