/* The table of access kinds and what follows from a kind alone. */
#include "models/access.h"

#include <string.h>

struct kind_row {
    const char *name;
    enum iso_family family;
    bool reads, writes, checkable;
    uint8_t alignments, size_bytes;
};

static const struct kind_row rows[ISO_ACCESS_KIND_COUNT] = {
#define ROW(symbol, name, family, reads, writes, checkable, alignments, size)                                          \
    [ISO_ACCESS_##symbol] = {name, ISO_FAMILY_##family, reads, writes, checkable, alignments, size},
    ISO_ACCESS_KINDS(ROW)
#undef ROW
};

void iso_access_init(struct iso_access *out, enum iso_access_kind kind)
{
    const struct kind_row *row = &rows[kind];
    bool pair = kind == ISO_ACCESS_LDP || kind == ISO_ACCESS_STP || kind == ISO_ACCESS_LDIAPP;
    *out = (struct iso_access){
        .kind = kind,
        .size_bytes = row->size_bytes,
        .element_bytes = pair ? row->size_bytes / 2u : row->size_bytes,
        .write = row->writes,
        .acquire = kind == ISO_ACCESS_LDAR,
        .acquire_pc = kind == ISO_ACCESS_LDAPR || kind == ISO_ACCESS_LDIAPP,
        .release = kind == ISO_ACCESS_STLR,
        .no_return = kind == ISO_ACCESS_LSE_STORE,
        .nontemporal = kind == ISO_ACCESS_SVE_NONTEMPORAL,
        .tag_access = true,
        .tcf = ISO_TCF_SYNC,
    };
}

static const struct {
    const char *name;
    bool of_port;
} conditions[ISO_CONDITION_COUNT] = {
    [ISO_CONDITION_NORMAL] = {"none", false},       [ISO_CONDITION_POISONED] = {"poison", false},
    [ISO_CONDITION_ISOLATED] = {"isolation", true}, [ISO_CONDITION_VIRAL] = {"viral", true},
    [ISO_CONDITION_NXM] = {"nxm", false},           [ISO_CONDITION_RELEASED] = {"released", false},
    [ISO_CONDITION_TEE_MISMATCH] = {"tsp", false},  [ISO_CONDITION_TIMEOUT] = {"timeout", true},
};

const char *iso_condition_name(enum iso_condition condition)
{
    return conditions[condition].name;
}

bool iso_condition_find(enum iso_condition *out, const char *name, size_t size)
{
    for (unsigned i = ISO_CONDITION_NORMAL + 1; i < ISO_CONDITION_COUNT; i++)
        if (strlen(conditions[i].name) == size && memcmp(conditions[i].name, name, size) == 0) {
            *out = (enum iso_condition)i;
            return true;
        }
    return false;
}

bool iso_condition_is_of_port(enum iso_condition condition)
{
    return conditions[condition].of_port;
}

const char *iso_access_kind_name(enum iso_access_kind kind)
{
    return rows[kind].name;
}

bool iso_access_kind_find(enum iso_access_kind *out, const char *name)
{
    for (size_t i = 0; i < ISO_ACCESS_KIND_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0) {
            *out = (enum iso_access_kind)i;
            return true;
        }
    return false;
}

enum iso_family iso_access_family(enum iso_access_kind kind)
{
    return rows[kind].family;
}

bool iso_access_reads(const struct iso_access *access)
{
    if (access->kind == ISO_ACCESS_LDIAPP)
        return !access->write;
    return rows[access->kind].reads;
}

bool iso_access_writes(const struct iso_access *access)
{
    if (access->kind == ISO_ACCESS_LDIAPP)
        return access->write;
    return rows[access->kind].writes && access->kind != ISO_ACCESS_CAS_MISS;
}

bool iso_access_tag_checkable(enum iso_access_kind kind)
{
    return rows[kind].checkable;
}

unsigned iso_access_alignment_count(enum iso_access_kind kind)
{
    return rows[kind].alignments;
}

bool iso_access_writes_data(const struct iso_access *access)
{
    bool tags_only =
        access->kind == ISO_ACCESS_STG || access->kind == ISO_ACCESS_STGM || access->kind == ISO_ACCESS_DC_GVA;
    return iso_access_writes(access) && !tags_only;
}

bool iso_access_writes_tags(const struct iso_access *access)
{
    return rows[access->kind].family == ISO_FAMILY_TAG && rows[access->kind].writes;
}

bool iso_access_reads_tags(const struct iso_access *access)
{
    return access->kind == ISO_ACCESS_LDG || access->kind == ISO_ACCESS_LDGM;
}
