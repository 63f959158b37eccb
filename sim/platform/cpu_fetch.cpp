/* Instruction fetch from memory, for programs that change code or move its page: an instruction cache per CPU, filled from the Point of Unification or
 * from what memory holds, and the maintenance that ends it. See cpu.h.
 * Fetches go in program order and early: everything of the instruction and of later ones comes after them (f-ob); a context synchronisation throws
 * younger instructions away, so that they are fetched again (IFB-ob). IC takes effect at once or, at the latest, at the DSB that completes it.
 * Not modelled: stage 2 of a guest's code; instruction caches of several levels; lines that share a set.
 * Source: Arm ARM B2.3, B2.7.4.2, C5.3; facts/arm-attributes.md section 6. */
#include "sim/platform/cpu.h"

#include <algorithm>

extern "C" {
#include "sim/isa/a64_encode.h"
}

namespace iso
{

namespace
{

constexpr uint64_t BLOCKED_POLL_PS = 50000; /* how often a fetch that waits for a migrating page looks again */
constexpr unsigned LATE = 80;               /* per mille: fetches that come later than they could */
constexpr uint32_t UNDEFINED_WORD = 0;      /* UDF #0 */

} // namespace

void code_words::forget()
{
    known_.clear();
}

void code_words::start()
{
    cleaned_.clear();
}

/* What an instruction at a place is if its word is `word`: one object a place and word, kept for all runs of the cell. */
const decoded &code_words::decode(const program &code, uint32_t place, uint32_t word)
{
    const unsigned index = place & 0xffff;
    if (code.thread->word && code.thread->word[index] == word)
        return code.code[index];
    std::unique_ptr<instruction> &slot = known_[uint64_t{place} << 32 | word];
    if (slot)
        return slot->d;
    slot = std::make_unique<instruction>();
    slot->d.insn = &slot->insn;
    if (!iso_insn_decode(&slot->insn, word, index) || !describe(slot->d)) {
        slot->d = decoded{};
        slot->d.insn = &slot->insn;
        (void)iso_insn_decode(&slot->insn, UNDEFINED_WORD, index);
        (void)describe(slot->d);
    }
    slot->d.fetched = true;
    return slot->d;
}

const uint32_t *code_words::cleaned(uint64_t place) const
{
    const auto found = cleaned_.find(place);
    return found == cleaned_.end() ? nullptr : &found->second;
}

void code_words::clean(uint64_t place, uint32_t word)
{
    cleaned_[place] = word;
}

unsigned cpu::maintenance_bytes() const
{
    const uint32_t line = shared_.setup && shared_.setup->machine ? shared_.setup->machine->l1.line_bytes : 0;
    return line && line <= 128 ? line : 4;
}

uint32_t cpu::word_in_memory(uint64_t pa)
{
    uint32_t word = 0;
    const iso_setup *setup = shared_.setup;
    const int frame = setup && setup->machine ? iso_test_frame_at(setup->test, pa & ~uint64_t{ISO_PAGE_BYTES - 1}) : -1;
    const unsigned domain = frame < 0 ? SHARED_DOMAIN : domain_of(setup->page_attribute[frame]);
    shared_.memory.read(pa, sizeof word, domain, false, reinterpret_cast<uint8_t *>(&word), nullptr);
    shared_.settle_unknown(pa, sizeof word, reinterpret_cast<uint8_t *>(&word));
    return word;
}

/* What the word held before the run: at the Point of Unification until something is cleaned there. */
uint32_t cpu::word_at_start(uint64_t pa) const
{
    const iso_test &test = *shared_.setup->test;
    const int frame = iso_test_frame_at(&test, pa & ~uint64_t{ISO_PAGE_BYTES - 1});
    const uint64_t va = frame < 0 ? pa : test.page[frame].va + pa % ISO_PAGE_BYTES;
    const uint32_t place = place_of(va);
    if (place == CODE_END || local(place) >= all_[place >> REGION_SHIFT].thread->ninsns ||
        !all_[place >> REGION_SHIFT].thread->word)
        return 0; /* a frame that code is copied to */
    return all_[place >> REGION_SHIFT].thread->word[local(place)];
}

uint32_t cpu::fetch_word(uint64_t pa)
{
    if (shared_.dic)
        return word_in_memory(pa);
    auto cached =
        std::find_if(instructions_.begin(), instructions_.end(), [pa](const cached_word &w) { return w.place == pa; });
    if (cached != instructions_.end() && !random_.permille(100)) /* else it was evicted */
        return cached->word;
    if (cached == instructions_.end())
        cached = instructions_.insert(instructions_.end(), {pa, 0});
    if (shared_.idc || random_.permille(500)) {
        cached->word = word_in_memory(pa);
    } else {
        const uint32_t *clean = shared_.code.cleaned(pa);
        cached->word = clean ? *clean : word_at_start(pa);
    }
    return cached->word;
}

/* Translation of an instruction's address. False: the page is on the move, the fetch waits. A fault is only suspected: it is taken at the head of the
 * window if it is still there. */
bool cpu::find_code(uint32_t place, uint64_t *pa, iso_fault_type *fault, bool from_memory)
{
    const iso_test &test = *shared_.setup->test;
    const uint64_t va = pc_of(place);
    const int page = iso_test_page_at(&test, va);
    *fault = ISO_FAULT_NONE;
    *pa = page < 0 ? va : test.page[page].pa + (va - test.page[page].va);
    if (page < 0 || !shared_.setup->variant.vmsa)
        return true;
    const bool hit = tlb_[page].valid && !from_memory;
    const uint64_t descriptor = hit ? tlb_[page].descriptor : read_descriptor(page);
    iso_pte pte;
    iso_pte_decode(&pte, descriptor);
    iso_mmu_access a = {};
    a.fetch = true;
    a.el0 = code_->thread->el0 && !in_handler_;
    iso_mmu_control control = {};
    control.ha = iso_setup_tthm(shared_.setup, code_->thread->tthm) != ISO_TTHM_SOFTWARE;
    switch (iso_mmu_check(&pte, &a, &control)) {
    case ISO_MMU_NONE:
        break;
    case ISO_MMU_TRANSLATION:
        *fault = ISO_FAULT_MMU_TRANSLATION;
        return !(shared_.setup->blocking_pages >> page & 1);
    case ISO_MMU_ACCESS_FLAG:
        *fault = ISO_FAULT_MMU_ACCESS_FLAG;
        return true;
    case ISO_MMU_PERMISSION:
        *fault = ISO_FAULT_MMU_PERMISSION;
        return true;
    }
    if (!hit && pte.valid && pte.af)
        tlb_[page] = {true, descriptor, 0, 0};
    *pa = pte.oa + (va - test.page[page].va);
    return true;
}

/* What the tier that a page of code lies on makes of a fetch; null: code outside of every page is ordinary memory's. */
const resolved *cpu::fetch_effect(uint32_t place, uint64_t pa)
{
    const iso_setup &setup = *shared_.setup;
    const int page = setup.machine ? iso_test_page_at(setup.test, pc_of(place)) : -1;
    if (page < 0)
        return nullptr;
    const int frame = iso_test_frame_at(setup.test, pa & ~uint64_t{ISO_PAGE_BYTES - 1});
    const uint8_t tier = frame >= 0 ? setup.frame_tier[frame] : static_cast<uint8_t>(setup.machine->reference);
    iso_access a;
    iso_access_init(&a, ISO_ACCESS_IFETCH);
    a.va = pc_of(place);
    a.pa = pa;
    a.size_bytes = a.element_bytes = 4;
    entry asked = {};
    asked.pa = pa;
    asked.tier = tier;
    asked.attribute = setup.page_attribute[page];
    return &resolve(a, asked, false);
}

/* The instruction to dispatch next; null: the fetch waits. */
const decoded *cpu::fetch_instruction(uint64_t now, iso_fault_type *fault)
{
    const program &code = all_[pc_ >> REGION_SHIFT];
    uint64_t pa = 0;
    if (mood_.load_delay_ps &&
        random_.permille(LATE)) { /* the front end falls behind: stores before may be there first */
        fetch_at_ = stamp(now + 1 + random_.below(4 * mood_.load_delay_ps));
        return nullptr;
    }
    if (!find_code(pc_, &pa, fault, false)) {
        shared_.count[COUNT_RETRIES]++;
        fetch_at_ = stamp(now + BLOCKED_POLL_PS);
        return nullptr;
    }
    const resolved *effect = *fault == ISO_FAULT_NONE ? fetch_effect(pc_, pa) : nullptr;
    if (effect && effect->effect.kind == ISO_EFFECT_FAULT)
        *fault = static_cast<iso_fault_type>(iso_effect_fault(&effect->effect));
    return &shared_.code.decode(code, pc_, *fault == ISO_FAULT_NONE ? fetch_word(pa) : UNDEFINED_WORD);
}

/* At the head of the window an instruction that could not be fetched: it faults, or can be fetched by now. */
void cpu::take_fetch_fault(entry &e, uint64_t now)
{
    uint64_t pa = 0;
    iso_fault_type fault = ISO_FAULT_NONE;
    const bool found = find_code(e.index, &pa, &fault, true);
    const resolved *effect = found && fault == ISO_FAULT_NONE ? fetch_effect(e.index, pa) : nullptr;
    if (effect && effect->effect.kind == ISO_EFFECT_FAULT) {
        fault = static_cast<iso_fault_type>(iso_effect_fault(&effect->effect));
        const int frame = iso_test_frame_at(shared_.setup->test, pa & ~uint64_t{ISO_PAGE_BYTES - 1});
        shared_.add_cause(*effect, frame >= 0 ? shared_.setup->frame_tier[frame] : 0u, id_, local(e.index));
    }
    if (found && fault != ISO_FAULT_NONE)
        take_exception(e, fault, true, pc_of(e.index), now);
    else
        squash(0, e.index, now);
}

/* An instruction cache gives up what it holds of [place, place + bytes); bytes 0: everything. */
void cpu::invalidate_code(uint64_t place, unsigned bytes)
{
    instructions_.erase(
        std::remove_if(instructions_.begin(), instructions_.end(),
                       [=](const cached_word &w) { return !bytes || (w.place >= place && w.place - place < bytes); }),
        instructions_.end());
}

void cpu::invalidate_everywhere(const code_maintenance &m)
{
    for (unsigned k = 0; k < others_.count; k++)
        if (k == id_ || m.broadcast) {
            shared_.count[COUNT_DVM] += k != id_;
            others_.member[k]->invalidate_code(m.place, m.bytes);
        }
}

void cpu::clean_code(uint64_t pa)
{
    const unsigned bytes = maintenance_bytes();
    for (uint64_t place = pa & ~uint64_t{bytes - 1}, end = place + bytes; place < end; place += 4)
        shared_.code.clean(place, word_in_memory(place));
}

void cpu::execute_ic(const iso_insn &insn, uint64_t pa)
{
    const unsigned bytes = insn.cache_op == ISO_CACHE_IC_IVAU ? maintenance_bytes() : 0;
    const code_maintenance m = {bytes ? pa & ~uint64_t{bytes - 1} : 0, bytes, insn.cache_op != ISO_CACHE_IC_IALLU};
    if (random_.permille(500))
        invalidate_everywhere(m);
    else
        maintenance_.push_back(m);
}

/* A DSB ends: so do the IC before it. */
void cpu::complete_maintenance()
{
    for (const code_maintenance &m : maintenance_)
        invalidate_everywhere(m);
    maintenance_.clear();
}

/* Some instruction caches know the program from an earlier use. */
void cpu::start_fetching()
{
    instructions_.clear();
    maintenance_.clear();
    if (!shared_.fetches || shared_.dic)
        return;
    for (unsigned t = 0; t < threads_; t++)
        for (unsigned i = 0; i < all_[t].thread->ninsns; i++) {
            const uint64_t va = all_[t].thread->code_va + 4ull * i;
            const int page = iso_test_page_at(shared_.setup->test, va);
            const uint64_t pa =
                page < 0 ? va : shared_.setup->test->page[page].pa + (va - shared_.setup->test->page[page].va);
            if (random_.permille(500))
                instructions_.push_back({pa, word_at_start(pa)});
        }
}

} // namespace iso
