/* `isotier decide`: rows of the truth table, as iso_decide_path() answers them; with --policy, what a policy does with a mapping.
 * Not for: outcomes of programs (run). */
#include "sim/cli.h"

#include "models/decide.h"
#include "sim/machine_load.h"
#include "sim/policy_answer.h"
#include "sim/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *machine, *format, *check, *policy;
    struct iso_strings accesses, attributes, tiers, mappings, vm;
    uint64_t offset, size;
    bool table, list, has_offset, tagged, json;
};

struct printer {
    bool json, first;
    struct iso_buffer text;
    const struct iso_machine *machine;
    size_t rows;
};

static const char *check_name(enum iso_tag_check check)
{
    switch (check) {
    case ISO_TAG_CHECK_NO:
        return "unchecked";
    case ISO_TAG_CHECK_YES:
        return "checked";
    case ISO_TAG_CHECK_MATCH:
        return "match";
    case ISO_TAG_CHECK_MISMATCH:
        return "mismatch";
    }
    return "unchecked";
}

static void print_effect_json(struct printer *p, const struct iso_effect *effect, const struct iso_tier *tier)
{
    char text[256], rule[64];
    bool first = true;
    iso_buffer_add(&p->text, "{");
    iso_effect_describe(text, sizeof text, effect);
    iso_rule_ref_name(rule, sizeof rule, &effect->rule);
    iso_buffer_json_key(&p->text, &first, "kind");
    iso_buffer_json_string(&p->text, iso_outcome_kind_name(effect->kind));
    iso_buffer_json_key(&p->text, &first, "fault");
    iso_buffer_json_string(&p->text, effect->fault == ISO_ABORT_NONE ? NULL : iso_abort_name(effect->fault));
    iso_buffer_json_key(&p->text, &first, "rule");
    iso_buffer_json_string(&p->text, rule);
    iso_buffer_json_key(&p->text, &first, "hop");
    iso_buffer_json_string(&p->text, effect->hop < tier->nhops ? tier->hops[effect->hop].name : NULL);
    iso_buffer_json_key(&p->text, &first, "text");
    iso_buffer_json_string(&p->text, text);
    iso_buffer_json_key(&p->text, &first, "assumed");
    iso_buffer_add(&p->text, "{");
    for (uint8_t i = 0; i < effect->nassumed; i++) {
        iso_buffer_add(&p->text, i ? ", " : "");
        iso_buffer_json_string(&p->text, iso_assumption_key_name(&effect->assumed[i]));
        iso_buffer_add(&p->text, ": ");
        iso_buffer_json_string(&p->text, iso_assumption_value_name(&effect->assumed[i]));
    }
    iso_buffer_add(&p->text, "}}");
}

static void print_row(struct printer *p, const struct iso_table_row *row, const struct iso_tier *tier)
{
    struct iso_effect_set set;
    char attribute[ISO_ATTRIBUTE_NAME_MAX], text[256];

    iso_decide_path(&set, &row->access, &row->attribute, tier, &p->machine->features);
    iso_attribute_name(attribute, &row->attribute);
    p->rows++;
    if (p->json) {
        iso_buffer_add(&p->text, p->first ? "[\n " : ",\n ");
        iso_buffer_add(&p->text, "{\"access\": ");
        iso_buffer_json_string(&p->text, iso_access_kind_name(row->access.kind));
        iso_buffer_format(&p->text, ", \"alignment\": \"%s\", \"attribute\": ", iso_alignment_name(row->alignment));
        iso_buffer_json_string(&p->text, attribute);
        iso_buffer_format(&p->text, ", \"check\": \"%s\", \"tier\": ", check_name(row->access.check));
        iso_buffer_json_string(&p->text, tier->name);
        iso_buffer_add(&p->text, ", \"effects\": [");
        for (size_t i = 0; i < set.count; i++) {
            iso_buffer_add(&p->text, i ? ", " : "");
            print_effect_json(p, &set.item[i], tier);
        }
        iso_buffer_add(&p->text, "]}");
    } else {
        iso_buffer_format(&p->text, "%-12s %-11s %-20s %-9s %-10s", iso_access_kind_name(row->access.kind),
                          iso_alignment_name(row->alignment), attribute, check_name(row->access.check), tier->name);
        for (size_t i = 0; i < set.count; i++) {
            iso_effect_describe(text, sizeof text, &set.item[i]);
            iso_buffer_format(&p->text, "%s%s",
                              i ? "\n                                                                   | " : " ",
                              text);
            if (set.item[i].hop < tier->nhops)
                iso_buffer_format(&p->text, " at %s", tier->hops[set.item[i].hop].name);
            for (uint8_t k = 0; k < set.item[i].nassumed; k++)
                iso_buffer_format(&p->text, "%s%s=%s", k ? ", " : "  if ",
                                  iso_assumption_key_name(&set.item[i].assumed[k]),
                                  iso_assumption_value_name(&set.item[i].assumed[k]));
        }
        iso_buffer_add(&p->text, "\n");
    }
    p->first = false;
    fwrite(p->text.data, 1, p->text.size, stdout);
    iso_buffer_clear(&p->text);
}

static bool listed(const struct iso_strings *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->list[i], name) == 0)
            return true;
    return names->count == 0;
}

/* Rows of the table that the options let through, on every tier named (the table alone: the reference tier). */
static void print_table(struct printer *p, const struct options *o)
{
    struct iso_table_cursor cursor;
    struct iso_table_row row;
    for (size_t t = 0; t < p->machine->ntiers; t++) {
        if (o->tiers.count ? !listed(&o->tiers, p->machine->tiers[t].name) : t != p->machine->reference)
            continue;
        iso_table_begin(&cursor);
        while (iso_table_next(&row, &cursor)) {
            char attribute[ISO_ATTRIBUTE_NAME_MAX];
            iso_attribute_name(attribute, &row.attribute);
            if (listed(&o->accesses, iso_access_kind_name(row.access.kind)) && listed(&o->attributes, attribute))
                print_row(p, &row, &p->machine->tiers[t]);
        }
    }
}

static int print_asked(const struct iso_cli *cli, struct printer *p, const struct options *o)
{
    static const enum iso_tag_check checks[] = {ISO_TAG_CHECK_NO, ISO_TAG_CHECK_MATCH, ISO_TAG_CHECK_MISMATCH};
    for (size_t a = 0; a < o->accesses.count; a++)
        for (size_t b = 0; b < o->attributes.count; b++)
            for (size_t t = 0; t < p->machine->ntiers; t++) {
                struct iso_table_row row = {0};
                enum iso_access_kind kind;
                if (!iso_access_kind_find(&kind, o->accesses.list[a]))
                    return iso_cli_usage(cli, "--access has \"%s\"; `isotier decide --list` lists the kinds",
                                         o->accesses.list[a]);
                if (iso_attribute_parse(&row.attribute, o->attributes.list[b], NULL, NULL) != 0)
                    return iso_cli_usage(
                        cli,
                        "--attr has \"%s\"; expected wb-tagged wb wb-weak wt nc device-gre ..., `isotier run --help`",
                        o->attributes.list[b]);
                if (!listed(&o->tiers, p->machine->tiers[t].name))
                    continue;
                for (size_t c = 0; c < 3; c++) {
                    iso_access_init(&row.access, kind);
                    if (o->size)
                        row.access.size_bytes = row.access.element_bytes = (uint32_t)o->size;
                    row.access.va = row.access.pa = o->offset;
                    row.access.check = checks[c];
                    row.alignment = o->offset % row.access.size_bytes == 0         ? ISO_ALIGNMENT_ALIGNED
                                    : o->offset % 16 + row.access.size_bytes <= 16 ? ISO_ALIGNMENT_INSIDE_16
                                                                                   : ISO_ALIGNMENT_CROSSES_16;
                    if (o->check ? strcmp(o->check, check_name(checks[c])) == 0
                                 : checks[c] == ISO_TAG_CHECK_NO || (row.attribute.tagging != ISO_TAGGING_UNTAGGED &&
                                                                     iso_access_tag_checkable(kind)))
                        print_row(p, &row, &p->machine->tiers[t]);
                }
            }
    return ISO_EXIT_CLEAN;
}

static int check_options(const struct iso_cli *cli, const struct options *o, const struct iso_machine *machine)
{
    for (size_t i = 0; i < o->tiers.count; i++)
        if (!iso_machine_tier(machine, o->tiers.list[i]))
            return iso_cli_usage(cli, "machine %s has no tier \"%s\"", machine->name, o->tiers.list[i]);
    if (strcmp(o->format, "text") != 0 && strcmp(o->format, "json") != 0)
        return iso_cli_usage(cli, "--format is \"%s\"; expected text or json", o->format);
    if (o->size > 64 || (o->size & (o->size - 1)))
        return iso_cli_usage(cli, "--size is %llu; expected a power of two from 1 to 64", (unsigned long long)o->size);
    if (!o->policy && (o->mappings.count || o->vm.count || o->tagged))
        return iso_cli_usage(cli, "--mapping, --vm and --tagged ask a policy; expected --policy");
    if (o->policy && (o->table || o->accesses.count || o->attributes.count))
        return iso_cli_usage(cli, "--policy answers for mappings; expected no --access, --attr or --table beside it");
    if (o->policy && !o->mappings.count)
        return iso_cli_usage(cli, "expected --mapping beside --policy; --mapping all asks about every one");
    if (!o->policy && !o->table && (!o->accesses.count || !o->attributes.count))
        return iso_cli_usage(cli, "expected --access and --attr, or --table");
    return ISO_EXIT_CLEAN;
}

/* Each mapping, on each tier asked for: those named, all that can back it for a policy that reads tiers, else no tier at all. */
static int print_policy(const struct iso_cli *cli, struct printer *p, const struct options *o)
{
    const struct iso_mapping *mapping[ISO_MAPPINGS_MAX];
    struct iso_policy_file *file = NULL;
    struct iso_diags diags = {0};
    struct iso_policy_vm vm;
    size_t count;
    if (iso_mappings_choose(mapping, &count, cli, &o->mappings) != 0 || iso_policy_vm_parse(&vm, cli, &o->vm) != 0)
        return ISO_EXIT_USAGE;
    iso_policy_open(&file, &diags, o->policy, cli->data_folder);
    int status = iso_cli_report(&diags);
    struct iso_policy_answer *answer = iso_allocate(sizeof *answer);
    for (size_t m = 0; status == 0 && m < count; m++) {
        size_t rows = p->rows;
        for (size_t t = 0; t <= p->machine->ntiers; t++) {
            bool by_tier = o->tiers.count || file->policy.reads_tiers, none = t == p->machine->ntiers;
            bool wanted = none ? !o->tiers.count && p->rows == rows
                               : by_tier && listed(&o->tiers, p->machine->tiers[t].name) &&
                                     iso_mapping_fits(mapping[m], p->machine->tiers[t].kind);
            if (!wanted)
                continue;
            iso_policy_answer(answer, file, mapping[m], p->machine, t, &vm, o->tagged);
            if (p->json) {
                iso_buffer_add(&p->text, p->first ? "[\n " : ",\n ");
                iso_policy_answer_json(&p->text, answer);
            } else {
                iso_buffer_add(&p->text, p->first ? "" : "\n");
                iso_policy_answer_text(&p->text, answer);
            }
            p->first = false;
            p->rows++;
            fwrite(p->text.data, 1, p->text.size, stdout);
            iso_buffer_clear(&p->text);
        }
    }
    free(answer);
    iso_policy_file_free(file);
    return status;
}

static int run_decide(const struct iso_cli *cli, int argc, char **argv)
{
    struct options o = {.machine = "default", .format = "text"};
    struct iso_strings operands = {0};
    struct iso_diags diags = {0};
    struct iso_machine_file *machine = NULL;
    struct iso_buffer path = {0};
    struct printer p = {.first = true};
    int parsed = iso_cli_options(&o, &operands, cli, argc, argv), status = parsed > 0 ? ISO_EXIT_USAGE : ISO_EXIT_CLEAN;

    if (parsed == 0 && o.list) {
        for (unsigned i = 0; i < ISO_ACCESS_KIND_COUNT; i++)
            printf("%s\n", iso_access_kind_name((enum iso_access_kind)i));
    } else if (parsed == 0) {
        if (iso_machine_path(&path, &diags, o.machine, cli->data_folder) == 0)
            iso_machine_load(&machine, &diags, path.data);
        status = iso_cli_report(&diags);
        if (status == 0)
            status = check_options(cli, &o, &machine->machine);
        if (status == 0 && !o.policy && !o.table &&
            iso_run_check_attributes(&diags, &machine->machine, &o.attributes) != 0)
            status = iso_cli_report(&diags);
        if (status == 0) {
            p.machine = &machine->machine;
            p.json = o.json || strcmp(o.format, "json") == 0;
            if (o.policy)
                status = print_policy(cli, &p, &o);
            else if (o.table)
                print_table(&p, &o);
            else
                status = print_asked(cli, &p, &o);
            if (p.json && status == 0)
                printf(p.first ? "[]\n" : "\n]\n");
            if (status == 0 && p.rows == 0)
                status = ISO_EXIT_VACUOUS;
        }
    }
    iso_machine_file_free(machine);
    iso_buffer_free(&path);
    iso_buffer_free(&p.text);
    iso_strings_free(&operands);
    iso_strings_free(&o.accesses);
    iso_strings_free(&o.attributes);
    iso_strings_free(&o.tiers);
    iso_strings_free(&o.mappings);
    iso_strings_free(&o.vm);
    return status;
}

static const struct iso_option options[] = {
    {"access", ISO_OPTION_LIST, offsetof(struct options, accesses), "LIST",
     "ldr str ldp stp ldar ldapr stlr ldxr stxr ldop stop swp cas-hit cas-miss casp ldg stg dc-zva",
     "kinds of access; --list names all 51"},
    {"attr", ISO_OPTION_LIST, offsetof(struct options, attributes), "LIST",
     "wb-tagged wb wb-weak wt nc device-gre device-ngre device-ngnre device-ngnrne", "final attributes"},
    {"tier", ISO_OPTION_LIST, offsetof(struct options, tiers), "LIST", NULL,
     "tiers (default: all; with --table: the reference)"},
    {"machine", ISO_OPTION_TEXT, offsetof(struct options, machine), "NAME|FILE", "@machine",
     "bundled machine or YAML file (default: default)"},
    {"offset", ISO_OPTION_NUMBER, offsetof(struct options, offset), "BYTES", NULL,
     "address of the access from an aligned one (default 0)"},
    {"size", ISO_OPTION_NUMBER, offsetof(struct options, size), "BYTES", NULL,
     "size of the access (default: the usual one of its kind)"},
    {"check", ISO_OPTION_TEXT, offsetof(struct options, check), "NAME", "unchecked match mismatch",
     "outcome of the tag comparison (default: all that apply)"},
    {"table", ISO_OPTION_FLAG, offsetof(struct options, table), NULL, NULL,
     "every row of the truth table; --access and --attr narrow it"},
    {"format", ISO_OPTION_TEXT, offsetof(struct options, format), "NAME", "text json", "text (default) or json"},
    {"json", ISO_OPTION_FLAG, offsetof(struct options, json), NULL, NULL, "the same as --format json"},
    {"policy", ISO_OPTION_TEXT, offsetof(struct options, policy), "NAME|FILE", "@policy",
     "ask a bundled policy or YAML file about --mapping: the rules that fired, in order"},
    {"mapping", ISO_OPTION_LIST, offsetof(struct options, mappings), "LIST", NULL,
     "mappings (anon, usemem-guest, ...); all"},
    {"vm", ISO_OPTION_LIST, offsetof(struct options, vm), "LIST", ISO_POLICY_VM_WORDS, "what is enabled in the VM"},
    {"tagged", ISO_OPTION_FLAG, offsetof(struct options, tagged), NULL, NULL,
     "the program uses allocation tags: PROT_MTE, or KVM_CAP_ARM_MTE in a VM"},
    {"list", ISO_OPTION_FLAG, offsetof(struct options, list), NULL, NULL, "list the kinds of access"},
};

const struct iso_verb iso_verb_decide = {
    .name = "decide",
    .operands = "",
    .summary = "what becomes of an access on a tier, or what a policy does with a mapping; each with its rule",
    .examples = "isotier decide --access ldxr,stxr --attr nc --tier cxl\nisotier decide --access ldr --attr "
                "device-ngnre --offset 1\n"
                "isotier decide --table --tier cxl --format json\n"
                "isotier decide --policy linux-6.17-cacheable-pfnmap --mapping usemem-guest --vm mte --machine "
                "grace-like",
    .options = options,
    .noptions = sizeof options / sizeof options[0],
    .run = run_decide,
};
