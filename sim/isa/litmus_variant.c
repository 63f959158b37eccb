/* Variant names: the features a test runs with, from the command line and from a file's Variant= line.
 * Names and meaning as in the herd tools: precise/fatal, imprecise/handled say what a fault does to the program; sync, async, asym
 * say how a tag check reports. Names of features outside the model are known and set not_supported.
 * Source: facts/oracle.md section 7. */
#include "sim/isa/litmus.h"

#include <string.h>
#include <strings.h>

enum variant_effect {
    EFFECT_NONE, /* changes nothing a final state shows */
    EFFECT_MEMTAG,
    EFFECT_VMSA,
    EFFECT_MIXED,
    EFFECT_IFETCH,
    EFFECT_STORE_ONLY,
    EFFECT_ETS2,
    EFFECT_ETS3,
    EFFECT_EXS,
    EFFECT_EIS,
    EFFECT_EOS,
    EFFECT_FWB,
    EFFECT_PTW,
    EFFECT_CU,
    EFFECT_SYNC,
    EFFECT_ASYNC,
    EFFECT_ASYM,
    EFFECT_FATAL,
    EFFECT_HANDLED,
    EFFECT_SKIP,
    EFFECT_DIC,
    EFFECT_IDC,
    EFFECT_INSTRUCTIONS, /* outside the model, and adds instructions alone: the assembler knows those or refuses them */
    EFFECT_MEANING       /* outside the model, and gives known instructions another meaning */
};

static const struct {
    const char *name;
    enum variant_effect effect;
} variants[] = {
    {"memtag", EFFECT_MEMTAG},
    {"tagmem", EFFECT_MEMTAG},
    {"mte", EFFECT_MEMTAG},
    {"vmsa", EFFECT_VMSA},
    {"kvm", EFFECT_VMSA},
    {"mixed", EFFECT_MIXED},
    {"ifetch", EFFECT_IFETCH},
    {"self", EFFECT_IFETCH},
    {"store-only", EFFECT_STORE_ONLY},
    {"ets", EFFECT_NONE}, /* FEAT_ETS was withdrawn; ETS2 took its place */
    {"ets2", EFFECT_ETS2},
    {"ets3", EFFECT_ETS3},
    {"exs", EFFECT_EXS},
    {"eis", EFFECT_EIS},
    {"eos", EFFECT_EOS},
    {"fwb", EFFECT_FWB}, /* HCR_EL2.FWB=1; ours */
    {"ptw", EFFECT_PTW}, /* HCR_EL2.PTW=1; ours */
    {"cu", EFFECT_CU},
    {"constrainedunpredictable", EFFECT_CU},
    {"sync", EFFECT_SYNC},
    {"synchronous", EFFECT_SYNC},
    {"async", EFFECT_ASYNC},
    {"asynchronous", EFFECT_ASYNC},
    {"asym", EFFECT_ASYM},
    {"asymmetric", EFFECT_ASYM},
    {"fatal", EFFECT_FATAL},
    {"precise", EFFECT_FATAL},
    {"handled", EFFECT_HANDLED},
    {"imprecise", EFFECT_HANDLED},
    {"faulttonext", EFFECT_SKIP},
    {"skip", EFFECT_SKIP},
    {"dic", EFFECT_DIC},
    {"idc", EFFECT_IDC},
    {"deps", EFFECT_NONE},
    {"unaligned", EFFECT_NONE},
    {"dontcheckmixed", EFFECT_NONE},
    {"telechat", EFFECT_NONE},
    {"warn", EFFECT_NONE},
    {"strict", EFFECT_NONE},
    {"cos-opt", EFFECT_NONE},
    {"optrfrmw", EFFECT_NONE},
    {"success", EFFECT_NONE},
    {"instances", EFFECT_NONE},
    {"noptebranch", EFFECT_NONE},
    {"exp", EFFECT_NONE},
    {"test", EFFECT_NONE},
    {"pte2", EFFECT_MEANING},
    {"pte-squared", EFFECT_MEANING},
    {"neon", EFFECT_INSTRUCTIONS},
    {"sve", EFFECT_INSTRUCTIONS},
    {"sme", EFFECT_INSTRUCTIONS},
    {"morello", EFFECT_INSTRUCTIONS},
    {"nv2", EFFECT_MEANING},
    {"shadowstack", EFFECT_MEANING},
    {"pauth1", EFFECT_MEANING},
    {"pauth2", EFFECT_MEANING},
    {"fpac", EFFECT_MEANING},
    {"const-pac-field", EFFECT_MEANING},
    {"no-key-da", EFFECT_MEANING},
    {"no-key-db", EFFECT_MEANING},
    {"no-key-ia", EFFECT_MEANING},
    {"no-key-ib", EFFECT_MEANING},
    {"d128", EFFECT_MEANING},
    {"s128", EFFECT_MEANING},
    {"asl", EFFECT_MEANING},
};

static void apply(struct iso_variant *v, enum variant_effect effect, const char *name)
{
    switch (effect) {
    case EFFECT_NONE:
        return;
    case EFFECT_MEMTAG:
        v->memtag = true;
        return;
    case EFFECT_VMSA:
        v->vmsa = true;
        return;
    case EFFECT_MIXED:
        v->mixed = true;
        return;
    case EFFECT_IFETCH:
        v->ifetch = true;
        return;
    case EFFECT_STORE_ONLY:
        v->store_only = true;
        return;
    case EFFECT_ETS2:
        v->ets = v->ets > 2 ? v->ets : 2;
        return;
    case EFFECT_ETS3:
        v->ets = 3;
        return;
    case EFFECT_EXS:
        v->exs = true;
        return;
    case EFFECT_EIS:
        v->eis = true;
        return;
    case EFFECT_EOS:
        v->eos = true;
        return;
    case EFFECT_FWB:
        v->fwb = true;
        return;
    case EFFECT_PTW:
        v->ptw = true;
        return;
    case EFFECT_CU:
        v->cu = true;
        return;
    case EFFECT_SYNC:
    case EFFECT_ASYNC:
    case EFFECT_ASYM:
        v->tag_mode = effect == EFFECT_SYNC    ? ISO_TAG_MODE_SYNC
                      : effect == EFFECT_ASYNC ? ISO_TAG_MODE_ASYNC
                                               : ISO_TAG_MODE_ASYM;
        v->tag_mode_given = true;
        return;
    case EFFECT_FATAL:
    case EFFECT_HANDLED:
    case EFFECT_SKIP:
        v->fault_mode = effect == EFFECT_FATAL     ? ISO_FAULT_MODE_FATAL
                        : effect == EFFECT_HANDLED ? ISO_FAULT_MODE_HANDLED
                                                   : ISO_FAULT_MODE_SKIP;
        v->fault_mode_given = true;
        return;
    case EFFECT_DIC:
        v->dic = true;
        return;
    case EFFECT_IDC:
        v->idc = true;
        return;
    case EFFECT_INSTRUCTIONS:
    case EFFECT_MEANING:
        v->not_supported = true;
        if (v->changes_meaning)
            return;
        v->changes_meaning = effect == EFFECT_MEANING;
        memset(v->not_supported_name, 0, sizeof v->not_supported_name);
        strncpy(v->not_supported_name, name, sizeof v->not_supported_name - 1);
        return;
    }
}

static bool is_separator(char c)
{
    return c == ',' || c == ' ' || c == '\t' || c == '\r';
}

int iso_variant_parse(struct iso_variant *variant, const char *text, const char **bad, size_t *bad_size)
{
    for (const char *at = text; *at;) {
        if (is_separator(*at)) {
            at++;
            continue;
        }
        size_t size = 0, i = 0;
        while (at[size] && !is_separator(at[size]))
            size++;
        for (; i < sizeof variants / sizeof variants[0]; i++)
            if (strlen(variants[i].name) == size && !strncasecmp(variants[i].name, at, size))
                break;
        if (i < sizeof variants / sizeof variants[0]) {
            const bool before = variant->changes_meaning;
            apply(variant, variants[i].effect, variants[i].name);
            if (variant->changes_meaning && !before)
                variant->column = (uint32_t)(at - text) + 1;
        } else if (size > 4 && (!strncasecmp(at, "sve:", 4) || !strncasecmp(at, "sme:", 4))) {
            apply(variant, EFFECT_INSTRUCTIONS, at[1] == 'v' || at[1] == 'V' ? "sve" : "sme");
        } else {
            if (bad)
                *bad = at;
            if (bad_size)
                *bad_size = size;
            return -1;
        }
        at += size;
    }
    return 0;
}

void iso_variant_merge(struct iso_variant *out, const struct iso_variant *command_line, const struct iso_test *test)
{
    const struct iso_variant *file = &test->variant;
    struct iso_variant v = *command_line;

    v.memtag |= file->memtag;
    v.vmsa |= file->vmsa;
    v.mixed |= file->mixed;
    v.ifetch |= file->ifetch;
    v.dic |= file->dic;
    v.idc |= file->idc;
    v.store_only |= file->store_only;
    v.ets = file->ets > v.ets ? file->ets : v.ets;
    v.exs |= file->exs;
    v.eis |= file->eis;
    v.eos |= file->eos;
    v.cu |= file->cu;
    v.fwb |= file->fwb;
    v.ptw |= file->ptw;
    if (file->tag_mode_given) {
        v.tag_mode = file->tag_mode;
        v.tag_mode_given = true;
    }
    if (file->fault_mode_given) {
        v.fault_mode = file->fault_mode;
        v.fault_mode_given = true;
    }
    v.not_supported |= file->not_supported;
    if (file->not_supported && !v.changes_meaning) {
        v.changes_meaning = file->changes_meaning;
        v.line = file->line;
        v.column = file->column;
        memcpy(v.not_supported_name, file->not_supported_name, sizeof v.not_supported_name);
    }
    *out = v;
}
