/* What composing a migration has of its own where a guest runs, as declared in compose.h: the stage-2 entry that the host works on, the exit
 * to the host in a guest's thread, and what a guest's page cannot do. Not for: steps (compose_steps.c).
 * Not modelled: a host that uses the page through a mapping of its own while it moves (vhost, the VMM). */
#include "models/translate.h"
#include "sim/compose_build.h"
#include "sim/isa/value.h"

#include <stdio.h>
#include <string.h>

uint16_t iso_build_stage2_entry(struct build *b, uint16_t page)
{
    uint16_t index = (uint16_t)b->to->npages;
    struct iso_s2pte pte = {.valid = true,
                            .af = true,
                            .read = true,
                            .write = true,
                            .memattr = iso_s2pte_as_stage1(b->from->variant.fwb),
                            .sh = 3,
                            .oa = b->page[page].pa};
    if (b->page[page].stage2)
        return (uint16_t)(b->page[page].stage2 - 1);
    b->page[index] = (struct iso_page){.name = b->page[page].name,
                                       .va = ISO_MAP_STAGE2 + (uint64_t)index * ISO_MAP_STRIDE,
                                       .pa = ISO_MAP_STAGE2 + (uint64_t)index * ISO_MAP_STRIDE,
                                       .descriptor_va = ISO_MAP_DESCRIPTOR + (uint64_t)index * ISO_MAP_SLOT,
                                       .descriptor = iso_s2pte_encode(&pte),
                                       .location = b->to->nlocations,
                                       .is_stage2 = true,
                                       .base = page};
    b->page[page].stage2 = (uint16_t)(index + 1);
    b->out->origin[index] = page;
    b->to->npages++;
    return index;
}

/* "HOST", "HOST2", ... */
static const char *fresh_label(const struct build *b, uint32_t thread)
{
    char name[24] = "HOST";
    for (unsigned n = 2;; n++) {
        bool taken = false;
        for (uint32_t i = 0; i < b->to->nlabels; i++)
            taken |= b->label[i].thread == thread && strcmp(b->label[i].name, name) == 0;
        if (!taken)
            return iso_arena_string(b->to->arena, name, strlen(name));
        snprintf(name, sizeof name, "HOST%u", n);
    }
}

void iso_build_host_label(struct build *b, uint32_t thread, uint32_t at)
{
    struct iso_label label = {.name = fresh_label(b, thread), .thread = thread, .insn = at};
    b->label[b->to->nlabels++] = label;
}

/* The host's thread of a test with a guest that uses a page, or its stage-2 descriptor, itself; -1: none. */
static int host_user(const struct iso_test *test, uint16_t page)
{
    const struct iso_page *p = &test->page[page];
    uint64_t entry = p->stage2 ? test->page[p->stage2 - 1].descriptor_va : p->descriptor_va;
    for (uint32_t t = 0; t < test->nthreads; t++) {
        const struct iso_thread *thread = &test->thread[t];
        for (unsigned reg = 0; reg < ISO_REG_COUNT && !thread->guest; reg++) {
            uint64_t value = thread->init.x[reg];
            if (value == entry || value == p->descriptor_va || iso_test_page_at(test, iso_address_strip(value)) == page)
                return (int)t;
        }
        for (uint32_t i = 0; i < thread->ninsns; i++)
            if ((!thread->guest || thread->insn[i].host) && thread->insn[i].target < 0 && thread->insn[i].imm &&
                iso_test_page_at(test, iso_address_strip((uint64_t)thread->insn[i].imm)) == page)
                return (int)t;
    }
    return -1;
}

bool iso_compose_can_move(const struct iso_test *test, uint16_t page)
{
    return test->page[page].nlocations && !(test->has_guest && host_user(test, page) >= 0);
}

/* What a guest's page cannot do: move while its host uses it through a mapping of its own, be mapped untagged by stage 2; its protection is
 * its own kernel's. */
int iso_build_check_guest(const struct build *b, const struct iso_migrate *plan, size_t nplans,
                          const struct iso_migration *sequence, bool tagged)
{
    const struct iso_test *test = b->from;
    for (size_t i = 0; i < nplans; i++) {
        const char *name = test->page[plan[i].page].name;
        int user = host_user(test, plan[i].page);
        if (user >= 0) {
            const struct iso_thread *thread = &test->thread[user];
            iso_diags_add(b->diags, false, test->file, thread->ninsns ? thread->insn[0].line : 1,
                          thread->ninsns ? thread->insn[0].column : 1,
                          "Migrate=%s: P%u of the host uses %s or its descriptor; expected threads of Guest= alone",
                          name, thread->id, name);
            return -1;
        }
    }
    if (test->nmprotects) {
        iso_diags_add(
            b->diags, false, test->file, 1, 1,
            "Mprotect= in a test with Guest=; expected one or the other: a guest's protection is its kernel's");
        return -1;
    }
    if (nplans && tagged && iso_sequence_has(sequence, ISO_MIGRATION_WRITE_PTE_UNTAGGED)) {
        iso_diags_add(b->diags, false, test->file, 1, 1,
                      "sequence %s maps a page untagged at stage 1; expected one that a VM's page can have",
                      sequence->name);
        return -1;
    }
    return 0;
}
