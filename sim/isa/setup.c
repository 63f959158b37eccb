/* The attribute an access has in a cell, and which reads the setup takes for none. See setup.h. */
#include "sim/isa/setup.h"
#include "models/alias.h"
#include "models/translate.h"
#include "sim/isa/diag.h"

#include <string.h>

/* Full attributes of a point: what stage 2 combines with. */
static struct iso_memattr memattr_of(const struct iso_attribute *a)
{
    static const struct iso_level level[] = {
        [ISO_CLASS_NC] = {ISO_CACHEABILITY_NC, 0, false},  [ISO_CLASS_WT] = {ISO_CACHEABILITY_WT, 3, false},
        [ISO_CLASS_MIX] = {ISO_CACHEABILITY_WB, 3, false}, [ISO_CLASS_WB_WEAK] = {ISO_CACHEABILITY_WB, 2, false},
        [ISO_CLASS_WB] = {ISO_CACHEABILITY_WB, 3, false},
    };
    struct iso_memattr m = {.is_device = iso_class_is_device(a->cls),
                            .device = a->cls,
                            .shareability = a->shareability,
                            .xs = a->xs,
                            .tagging = a->tagging,
                            .no_tag_access = a->no_tag_access,
                            .provenance = a->provenance,
                            .stage1_device = a->stage1_device};
    if (!m.is_device) {
        m.inner = m.outer = level[a->cls];
        if (a->cls == ISO_CLASS_MIX)
            m.outer = level[ISO_CLASS_NC];
    }
    return m;
}

void iso_setup_share(struct iso_attribute *attribute, unsigned sh)
{
    static const enum iso_shareability of[] = {
        [0] = ISO_SHAREABILITY_NSH, [2] = ISO_SHAREABILITY_OSH, [3] = ISO_SHAREABILITY_ISH};
    bool cacheable = !iso_class_is_device(attribute->cls) && attribute->cls != ISO_CLASS_NC;
    if (cacheable &&
        (sh == 0 || sh == 2)) /* 3 is what a descriptor has that says nothing; 1 is reserved: share_reserved() */
        attribute->shareability = of[sh];
}

/* CH-02: SH=01 of a descriptor whose memory type is the page's, which is any of the three. Returns their number. */
static unsigned share_reserved(struct iso_attribute *out, unsigned sh)
{
    static const enum iso_shareability of[] = {ISO_SHAREABILITY_NSH, ISO_SHAREABILITY_ISH, ISO_SHAREABILITY_OSH};
    const struct iso_attribute page = *out;
    if (sh != 1 || iso_class_is_device(page.cls) || page.cls == ISO_CLASS_NC)
        return 1;
    for (unsigned i = 0; i < 3; i++) {
        out[i] = page;
        out[i].shareability = of[i];
    }
    return 3;
}

static bool same(const struct iso_attribute *a, const struct iso_attribute *b)
{
    return iso_attribute_point_of(a) == iso_attribute_point_of(b) && a->xs == b->xs &&
           a->stage1_device == b->stage1_device;
}

static unsigned add_each(struct iso_attribute *out, const char **rule, const struct iso_memattr_set *set)
{
    static const char *const id[] = {"CH-01", "CH-01", "CH-02", "CH-03", "CH-04", "CH-05", "CH-06"};
    unsigned count = 0;
    for (size_t i = 0; i < set->count; i++) {
        struct iso_attribute a = iso_attribute_of(&set->item[i]);
        unsigned k = 0;
        while (k < count && !same(&out[k], &a))
            k++;
        if (k == count)
            out[count++] = a;
    }
    *rule = id[set->nrules ? set->rule[set->nrules - 1] : 0];
    return count;
}

void iso_setup_attribute(struct iso_attribute *out, const struct iso_setup *setup, int page, uint64_t stage1,
                         const uint64_t *stage2)
{
    struct iso_attribute any[ISO_MEMATTR_SET_MAX];
    const char *rule;
    iso_setup_attributes(any, &rule, setup, page, stage1, stage2);
    *out = any[0];
}

unsigned iso_setup_attributes(struct iso_attribute out[ISO_MEMATTR_SET_MAX], const char **rule,
                              const struct iso_setup *setup, int page, uint64_t stage1, const uint64_t *stage2)
{
    unsigned count = 1;
    struct iso_decode_features features = {.mte2 = true, .mte_perm = true};
    struct iso_memattr_set first, final;
    struct iso_overrides none = {0};
    struct iso_stage2 descriptor;
    struct iso_s2pte s2;
    struct iso_pte pte;
    bool plain;
    iso_pte_decode(&pte, stage1);
    plain = !setup->variant.vmsa || pte.attr == 0;
    *out = setup->page_attribute[page];
    if (setup->variant.vmsa && plain && setup->machine)
        iso_setup_share(out, pte.sh);
    *rule = "CH-01";
    if (setup->variant.vmsa && plain && setup->machine && (count = share_reserved(out, pte.sh)) > 1)
        *rule = "CH-02";
    if (plain && !stage2)
        return count;
    features.share_input = ISO_SHARE_INPUT_CONFIGURED;
    if (setup->machine) {
        features.share_input = (enum iso_share_input)iso_cpu_get(&setup->machine->features, ISO_CPU_SHARE_INPUT);
        features.xs = iso_cpu_has(&setup->machine->features, ISO_CPU_XS);
        features.mte_perm = iso_cpu_has(&setup->machine->features, ISO_CPU_MTE_PERM);
    }
    if (plain) {
        first.count = count;
        first.nrules = 0;
        for (unsigned i = 0; i < count; i++)
            first.item[i] = memattr_of(&out[i]);
        if (count > 1)
            first.rule[first.nrules++] = 2;
    } else {
        iso_stage1_decode(&first, setup->test->mair[pte.attr & 7u], pte.sh, &features);
        count = add_each(out, rule, &first);
    }
    if (!stage2)
        return count;
    iso_s2pte_decode(&s2, *stage2);
    if (s2.memattr == iso_s2pte_as_stage1(setup->variant.fwb))
        return count; /* as stage 1 says, whatever that is */
    descriptor = (struct iso_stage2){.memattr = s2.memattr, .sh = s2.sh, .fwb = setup->variant.fwb};
    iso_attribute_combine(&final, &first, &descriptor, &features, &none);
    return add_each(out, rule, &final);
}

unsigned iso_setup_ets(const struct iso_setup *setup)
{
    if (setup->variant.ets || !setup->machine)
        return setup->variant.ets;
    if (iso_cpu_get(&setup->machine->features, ISO_CPU_ETS) < ISO_VALUE_FIRST) /* what every CPU does */
        return 0;
    return iso_cpu_number(&setup->machine->features, ISO_CPU_ETS);
}

uint8_t iso_setup_tthm(const struct iso_setup *setup, uint8_t tthm)
{
    uint8_t value = tthm == ISO_TTHM_SOFTWARE || !setup->machine
                        ? ISO_HAFDBS_AF_DB
                        : iso_cpu_get(&setup->machine->features, ISO_CPU_HAFDBS);
    if (value == ISO_HAFDBS_NO)
        return ISO_TTHM_SOFTWARE;
    return value == ISO_HAFDBS_AF && tthm == ISO_TTHM_HAHD ? ISO_TTHM_HA : tthm;
}

bool iso_setup_may_lift(const struct iso_setup *setup, int stage2_page)
{
    return setup->machine && setup->variant.fwb && stage2_page >= 0;
}

void iso_setup_straddle_page(struct iso_straddle_page *out, const struct iso_setup *setup, int page, uint64_t stage1,
                             const uint64_t *stage2)
{
    static const struct iso_decode_features features = {.mte2 = true, .mte_perm = true};
    struct iso_overrides none = {0};
    struct iso_memattr_set first = {.count = 1}, final;
    struct iso_s2pte s2;
    iso_setup_attribute(&out->attribute, setup, page, stage1, stage2);
    iso_setup_attribute(&out->stage1, setup, page, stage1, NULL);
    out->stage2 = (struct iso_attribute){.cls = ISO_CLASS_WB, .shareability = ISO_SHAREABILITY_ISH};
    out->has_stage2 = stage2 != NULL;
    if (!stage2)
        return;
    iso_s2pte_decode(&s2, *stage2);
    if (s2.memattr == iso_s2pte_as_stage1(setup->variant.fwb))
        return;
    first.item[0] = memattr_of(&out->stage2);
    struct iso_stage2 descriptor = {.memattr = s2.memattr, .sh = s2.sh, .fwb = setup->variant.fwb};
    iso_attribute_combine(&final, &first, &descriptor, &features, &none);
    out->stage2 = iso_attribute_of(&final.item[0]);
}

unsigned iso_setup_route_row(const struct iso_setup *setup, unsigned thread, const struct iso_insn *insn,
                             unsigned stage)
{
    bool kernel = (setup->kernel_thread && thread >= setup->kernel_thread) || insn->host ||
                  (setup->test->has_guest && !setup->test->thread[thread].guest);
    return kernel ? ISO_ROUTE_KERNEL : stage;
}

bool iso_setup_leaves_out(const struct iso_setup *setup, uint64_t pa)
{
    const struct iso_test *test = setup->test;
    int frame = setup->whole_locations && setup->variant.vmsa ? iso_test_frame_at(test, pa) : -1;
    const struct iso_location *location;
    uint64_t va;
    if (frame < 0 || !test->page[frame].nlocations)
        return false;
    va = test->page[frame].va + (pa - test->page[frame].pa);
    location = iso_test_location_at(test, va);
    return !location || (va - location->va) % location->element_bytes != 0;
}

bool iso_setup_table_attribute(struct iso_attribute *out, const struct iso_setup *setup, int table,
                               const uint64_t *stage2)
{
    static const struct iso_decode_features features = {.mte2 = true, .mte_perm = true};
    struct iso_overrides none = {0};
    struct iso_memattr_set first, final;
    struct iso_stage2 descriptor;
    struct iso_s2pte s2;
    bool device;

    *out = (struct iso_attribute){.cls = ISO_CLASS_WB, .shareability = ISO_SHAREABILITY_ISH};
    if (setup->machine)
        *out = setup->page_attribute[table];
    device = iso_class_is_device(out->cls);
    if (stage2) {
        iso_s2pte_decode(&s2, *stage2);
        if (s2.memattr != iso_s2pte_as_stage1(setup->variant.fwb)) {
            first.count = 1;
            first.nrules = 0;
            first.item[0] = memattr_of(out);
            descriptor = (struct iso_stage2){.memattr = s2.memattr, .sh = s2.sh, .fwb = setup->variant.fwb};
            iso_attribute_combine(&final, &first, &descriptor, &features, &none);
            *out = iso_attribute_of(&final.item[0]);
            device = iso_class_is_device(out->cls);
        }
    }
    if (device)
        *out = (struct iso_attribute){.cls = ISO_CLASS_NC, .shareability = ISO_SHAREABILITY_OSH};
    out->tagging = ISO_TAGGING_UNTAGGED; /* tables are never Tagged */
    return !(device && stage2 && setup->variant.ptw);
}

/* MemAttr without what it says of tags. */
static uint8_t type_of_memattr(uint8_t memattr, bool fwb)
{
    if (fwb)
        return memattr >= 0xe ? memattr & 7u : memattr;
    return memattr == 4 ? 0xf : memattr;
}

bool iso_setup_conflicts(const struct iso_setup *setup, int page, uint64_t a, uint64_t b, bool same_contents)
{
    struct iso_pte first, second;
    if (setup->test->page[page].is_stage2) {
        struct iso_s2pte one, other;
        iso_s2pte_decode(&one, a);
        iso_s2pte_decode(&other, b);
        bool same =
            type_of_memattr(one.memattr, setup->variant.fwb) == type_of_memattr(other.memattr, setup->variant.fwb);
        return iso_s2pte_needs_bbm(&one, &other, same, same_contents) ||
               iso_s2pte_needs_bbm(&other, &one, same, same_contents);
    }
    iso_pte_decode(&first, a);
    iso_pte_decode(&second, b);
    struct iso_attribute one, other;
    iso_setup_attribute(&one, setup, page, a, NULL);
    iso_setup_attribute(&other, setup, page, b, NULL);
    bool same_type = iso_alias_same(&one, &other);
    return iso_pte_needs_bbm(&first, &second, same_type, same_contents) ||
           iso_pte_needs_bbm(&second, &first, same_type, same_contents);
}

/* What a frame holds when the test begins. */
static void fill_frame(uint8_t out[ISO_PAGE_BYTES], const struct iso_test *test, int frame)
{
    memset(out, 0, ISO_PAGE_BYTES);
    for (uint32_t i = 0; i < test->nlocations; i++) {
        const struct iso_location *l = &test->location[i];
        uint64_t at = l->va - test->page[l->page].va, bytes = (uint64_t)l->element_bytes * l->count;
        if (l->page == frame && at + bytes <= ISO_PAGE_BYTES)
            memcpy(out + at, l->init, bytes);
    }
}

bool iso_setup_same_contents(const struct iso_setup *setup, uint64_t a, uint64_t b)
{
    int one = iso_test_frame_at(setup->test, a), other = iso_test_frame_at(setup->test, b);
    uint8_t first[ISO_PAGE_BYTES], second[ISO_PAGE_BYTES];
    if (one < 0 || other < 0)
        return one == other;
    fill_frame(first, setup->test, one);
    fill_frame(second, setup->test, other);
    return !memcmp(first, second, sizeof first);
}

int iso_setup_check(struct iso_diags *diags, const struct iso_setup *setup)
{
    const struct iso_test *test = setup->test;
    const struct iso_variant *v = &setup->variant;
    if (v->changes_meaning) {
        iso_diags_add(diags, false, v->line ? test->file : "--variant", v->line, v->line ? v->column : 0,
                      "variant %s gives known instructions another meaning, expected none that is outside the model",
                      v->not_supported_name);
    } else if (test->nthreads > ISO_SETUP_MAX_THREADS) {
        const struct iso_thread *t = &test->thread[ISO_SETUP_MAX_THREADS];
        iso_diags_add(diags, false, test->file, t->ninsns ? t->insn[0].line : 0, t->ninsns ? t->insn[0].column : 0,
                      "%u threads, expected at most %u", test->nthreads, ISO_SETUP_MAX_THREADS);
    } else if (test->npages > ISO_SETUP_MAX_PAGES) {
        const struct iso_location *l = &test->location[test->page[ISO_SETUP_MAX_PAGES].location];
        iso_diags_add(diags, false, test->file, l->line, l->column, "%u pages, expected at most %u", test->npages,
                      ISO_SETUP_MAX_PAGES);
    } else {
        return 0;
    }
    return -1;
}
