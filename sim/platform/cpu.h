/* One CPU: fetch with prediction, out-of-order execution under dependencies and barriers, loads that may be replayed, stores that
 * drain out of order, TLB, local monitor.
 *
 * How it stays inside the architecture (Arm ARM B2.3): every memory effect takes place at one instant. An effect waits until
 * every effect that is locally ordered before it has taken place (the scan, cpu_scan.cpp); writes wait until nothing older can
 * squash them. Values are bound at that instant in the coherent image, so external visibility follows from time, and internal
 * visibility from forwarding and replay.
 * Weak behaviour comes from what is *not* waited for, and from seeded delays and predictions.
 *
 * Not for: what a tier does to an access (iso_decide), tag comparison, monitors, descriptors (models/).
 * Not modelled: SVE/SIMD, value prediction other than of conditional selects and branches. */
#ifndef ISOTIER_SIM_PLATFORM_CPU_H
#define ISOTIER_SIM_PLATFORM_CPU_H

#include "sim/platform/home.h"
#include "sim/platform/window.h"

#include <string>
#include <vector>

namespace iso
{

class cpu;

/* What the CPUs of one platform know of each other: DVM and the end of a run. */
struct cluster {
    cpu *member[CPUS] = {};
    unsigned count = 0;
};

/* How adventurous a CPU is in this run; drawn from the seed. Rates are per mille. */
struct mood {
    uint32_t load_delay, load_delay_ps;
    uint32_t store_delay, store_delay_ps;
    uint32_t predict;      /* branches predicted rather than waited for */
    uint32_t predict_pick; /* conditional selects predicted */
    uint32_t split;        /* atomics whose write comes later than their read */
    uint32_t peek;         /* atomics read early */
    uint32_t pass_unknown; /* loads pass stores whose address is not known */
    uint32_t tear;         /* accesses taken in pieces where these need not be one */
    uint32_t spontaneous;  /* local monitor cleared without an event, per STX */
    uint64_t start_ps;
};

class cpu : public sc_core::sc_module, public snoop_listener
{
  public:
    tlm_utils::simple_initiator_socket<cpu> memory;

    cpu(sc_core::sc_module_name name, context &shared, home &node, cluster &others, unsigned id);
    SC_HAS_PROCESS(cpu);

    /* Takes a thread's program for the following runs; null: idle. */
    void load(const program *all, unsigned count);
    /* Architectural reset and first wake-up. */
    void start(const mood &m, uint64_t seed, unsigned phase_ps);
    bool finished() const
    {
        return finished_;
    }
    /* The thread ended in a way that the run does not count (a fault that is retried for ever). */
    bool vanished() const
    {
        return vanished_;
    }
    uint64_t end_ps() const
    {
        return end_ps_;
    }
    const iso_regs &registers() const
    {
        return arch_;
    }
    /* Another CPU (or this one) invalidated translations of a page; -1: of all. */
    void invalidate_translations(int page, bool stage1, bool stage2);
    /* The CPU runs a guest's thread. */
    bool is_guest() const
    {
        return code_ != nullptr && code_->thread->guest;
    }
    void kill(bool only_guests);
    bool holds_old_translations() const
    {
        return holds_ > 0;
    }
    void wake();
    void snooped(uint64_t address, bool invalidated) override;
    void write_back_aborted() override;
    void foreign_store(const iso_monitor_access &access);

    /* for waveforms */
    unsigned store_buffer_depth() const;
    int current_instruction() const;
    bool monitor_armed() const
    {
        return local_.mark.exclusive;
    }
    unsigned window_use() const
    {
        return count_;
    }

  private:
    context &shared_;
    home &home_;
    cluster &others_;
    const unsigned id_;
    const program *code_ = nullptr; /* own thread's */
    const program *all_ = nullptr;  /* by thread index */
    unsigned threads_ = 0;
    transaction transaction_;
    bool one_choice_[ISO_CPU_COUNT]; /* by knob: iso_cpu_is_one_choice() */
    random_source random_;
    mood mood_ = {};
    sc_core::sc_event wake_;
    unsigned phase_ps_ = 0;

    iso_regs arch_ = {};
    entry slot_[WINDOW];
    uint8_t around_[WINDOW][2 * LINE_BYTES]; /* by slot: of a write that its tier makes of larger units, what it read */
    uint64_t readers_ = 0, writers_ = 0; /* slots that hold memory instructions that read (data or tags), that write */
    uint64_t open_ = 0;                  /* slots whose instruction was not done when the scan last looked */
    bool looked_ = false;                /* what the scan does now depends on other memory instructions of the window */
    unsigned head_ = 0, count_ = 0;
    scan_mark mark_[WINDOW] = {};   /* by slot: the last scan's look at it */
    bool restart_ = false;          /* the next scan looks at everything: something happened outside of it */
    int16_t rename_[ISO_REG_COUNT]; /* producer of each register: see source_value */
    uint32_t next_uid_ = 1;
    uint32_t anew_ = 0;     /* the store that was started anew and is not finished yet: its index + 1; 0: none */
    uint32_t furthest_ = 0; /* one past the last instruction of the code that has retired */
    uint32_t pc_ = 0;
    bool fetch_stopped_ = false; /* waits for a branch, an exception or a return */
    bool in_handler_ = false;
    uint64_t fetch_at_ = 0;
    std::vector<cached_word> instructions_;     /* instruction cache */
    std::vector<code_maintenance> maintenance_; /* IC that have not taken effect yet */
    bool finished_ = true, vanished_ = false, hung_ = false;
    uint64_t end_ps_ = 0;
    iso_local_monitor local_ = {};
    uint8_t marked_domain_ = 0; /* which copy the load exclusive looked at */
    bool marked_uncached_ = false;
    bool retried_ = false;     /* an instruction faulted and was started again (ISO_FAULT_MODE_HANDLED) */
    unsigned late_tags_ = 0;   /* bits of TFSR that a read of it may not show yet (CH-60) */
    unsigned late_at_dsb_ = 0; /* those of them before the last DSB */
    bool async_abort_ = false;
    bool killed_ = false; /* the VM is gone */
    unsigned holds_ = 0;
    bool dvm_pending_ = false; /* a TLBI of this CPU waits for a DSB */
    uint64_t dvm_done_ps_ = 0;
    straddle straddle_ = {};
    struct {
        uint64_t pa;
        uint32_t writer[16];
        uint8_t bytes;
    } reserved_[2] = {}; /* what a load exclusive over two pages read on each */
    struct tlb_entry {
        bool valid;
        uint64_t descriptor;
        int combined; /* of a page of memory: 1 + the page that stands for the stage-2 descriptor that is in the entry too; 0: none */
        uint64_t stage2;
    } tlb_[ISO_SETUP_MAX_PAGES] = {};

    /* Where an instruction's last accesses went and what became of them: the next one is mostly alike (no translation, no tags). */
    struct habit {
        const resolved *effect; /* null: none yet in this run */
        int page;
        uint8_t low; /* address modulo a line */
        uint8_t tier, domain;
        bool uncached, through;
        iso_attribute attribute;
    };
    std::vector<habit> habits_; /* by instruction of the own code and 16 bytes of the line */
    habit &habit_of(const entry &e)
    {
        return habits_[local(e.index) * size_t{LINE_BYTES / 16} + e.va % LINE_BYTES / 16];
    }
    bool follow_habit(entry &e);

    /* cpu.cpp: the loop, fetch, retirement */
    void step();
    void fetch(uint64_t now);
    bool dispatch(uint64_t now);
    bool retire(uint64_t now);
    bool may_fetch(uint64_t now) const;
    void finish(uint64_t now);
    void squash(unsigned from, uint32_t next_pc, uint64_t now);
    void rebuild_rename();
    entry &at(unsigned i)
    {
        return slot_[(head_ + i) % WINDOW];
    }
    /* Of a set of slots, the positions in the window from `from` to before `to`, as bits. */
    uint64_t positions(uint64_t slots, unsigned from, unsigned to) const
    {
        static_assert(WINDOW == 64, "one bit a slot");
        const uint64_t turned = slots >> head_ | slots << (-head_ % WINDOW);
        return from < to ? turned & (~uint64_t{0} << from) & (~uint64_t{0} >> (WINDOW - to)) : 0;
    }
    uint64_t stamp(uint64_t t) const
    {
        return (t & ~uint64_t{15}) + phase_ps_ + (((t & ~uint64_t{15}) + phase_ps_) < t ? 16 : 0);
    }
    uint64_t cycle_ps() const
    {
        return shared_.machine->cpu_timing.cycle_ps ? shared_.machine->cpu_timing.cycle_ps : 333;
    }

    /* cpu_scan.cpp: what may go ahead */
    void scan(uint64_t now, uint64_t *next);
    static uint64_t due_at(const entry &e);
    bool advance(unsigned i, order_state s, order_state *adds, uint64_t now);
    bool advance_memory(unsigned i, order_state s, uint64_t now);
    bool advance_load(unsigned i, order_state s, uint64_t now);
    bool advance_write(unsigned i, order_state s, uint64_t now);
    uint64_t issue_delay(bool is_store);
    bool advance_barrier(entry &e, order_state s, uint64_t now);
    order_state after_memory(unsigned i, order_state s);
    order_state cares_for(const entry &e, uint64_t now) const;
    bool younger_is_visible(unsigned i);
    bool older_read_open(unsigned i);
    bool load_may_go(unsigned i, order_state s);
    bool arrives_later(unsigned i);
    bool store_may_go(unsigned i, order_state s);

    /* cpu_execute.cpp: registers */
    void capture(entry &e);
    bool have(const entry &e, unsigned roles) const;
    void fill_registers(iso_regs &regs, const entry &e) const;
    void compute(iso_regs &regs, const entry &e);
    bool advance_compute(unsigned i, uint64_t now);
    bool advance_branch(unsigned i, uint64_t now);
    uint32_t pick_mask(const entry &e, iso_regs &regs) const;
    void take_results(entry &e, const iso_regs &regs, result_role role);
    uint64_t pc_of(uint32_t place) const
    {
        return all_[place >> REGION_SHIFT].thread->code_va + 4ull * (place & 0xffff);
    }
    uint32_t place_of(uint64_t address) const;
    bool at_end(uint32_t place) const;
    static unsigned local(uint32_t place)
    {
        return place & 0xffff;
    }

    /* cpu_memory.cpp: requests, loads, forwarding, replay */
    enum class source_of { MEMORY, FORWARD, BLOCKED };
    uint8_t domain_of(const iso_attribute &attribute) const; /* whose copy of a line an access sees */
    void find_effect(entry &e);
    void settle(entry &e);
    iso_condition condition_of(const entry &e, uint64_t *state);
    bool look_for_errors(entry &e);
    void settle_peek(entry &e);
    unsigned piece_bytes(const entry &e, unsigned at) const;
    static void start_again(entry &e);
    void make_access(iso_access *out, const entry &e) const;
    uint64_t request(entry &e, want need, uint64_t now);
    want want_of(const entry &e, bool write) const;
    bool bind_load(unsigned i, uint64_t now);
    bool read_piece(entry &e, uint64_t now);
    bool prepare_data(entry &e);
    void finish_load(entry &e, const iso_bytes16 loaded[2]);
    source_of look_back(unsigned i, bool tags, int *from);
    static bool tags_overlap(const entry &a, const entry &b);
    /* Whether the order of the two is kept because they are to one place: not under mismatched definitions (Arm ARM B2.11). */
    bool overlaps(const entry &a, const entry &b, bool tags) const
    {
        if (shared_.aliases_reorder && !iso_alias_same(&a.attribute, &b.attribute))
            return false;
        if (tags)
            return tags_overlap(a, b);
        return a.pa < b.pa + b.d->data_bytes && b.pa < a.pa + a.d->data_bytes && a.d->data_bytes && b.d->data_bytes;
    }
    void late_address(unsigned i, uint64_t now);
    void late_write(unsigned i, uint64_t now);
    void replay_younger(unsigned i, uint64_t now);
    int own_write_position(uint32_t write_id);
    int found_own_write(const entry &read, uint32_t write_id);

    /* cpu_write.cpp: stores, atomics */
    bool assume_equal(unsigned i);
    void give_result(unsigned i, const iso_bytes16 &old, uint64_t now);
    bool peek_atomic(unsigned i, uint64_t now);
    void compute_atomic(unsigned i, uint64_t now);
    bool perform_store(unsigned i, uint64_t now);
    bool perform_atomic(unsigned i, uint64_t now);
    bool read_and_lock(unsigned i, uint64_t now);
    void unlock(entry &e);
    bool write_piece(entry &e, uint64_t now);
    bool starts_again(const entry &e);
    bool starts_anew(const entry &e, uint64_t now);
    bool may_repeat(const entry &e) const;
    void blame_repeat(const entry &e);
    void settle_loaded(entry &e);
    void settle_parts(const entry &e, unsigned from, unsigned bytes, uint8_t *data);
    bool disturb(const entry &e);
    void load_disturbed(unsigned i, uint64_t now);
    void write_memory(entry &e);
    bool write_bytes(const entry &e, uint64_t place, unsigned size, const uint8_t *bytes);
    void take_line(entry &e);
    enum class tag_result { GO, WAIT, FAULT };
    tag_result check_before_write(unsigned i);

    /* cpu_monitor.cpp: exclusives, tags */
    void mark_exclusive(const entry &e);
    void leave_unknown(entry &e, const iso_mark &mark, const iso_store_decision &decision);
    void perform_exclusive(entry &e);
    void monitor_write(const entry &e);
    iso_monitor_access monitor_access(const entry &e) const;
    bool still_exclusive(iso_monitor_choice c);
    void monitor_return(); /* of an exception: B2.12.5 */
    iso_tag_verdict compare_tags(entry &e, const entry *forwarded);
    void read_tags(entry &e, const entry *forwarded);
    void async_tag_fault(const entry &e);
    uint64_t hidden_tags();
    void tag_barrier(const entry &e);

    /* cpu_translate.cpp: TLB, walks, TLBI */
    bool translate(unsigned i, order_state s, uint64_t now);
    bool use_descriptor(entry &e, uint64_t descriptor, bool at_head, uint64_t now);
    uint64_t read_descriptor(int page);
    uint64_t walk_delay(int page, uint64_t now);
    void locate(entry &e, uint64_t pa);
    iso_attribute attribute_of(int page, const iso_pte *pte) const;
    bool tag_checked(const entry &e) const;
    void execute_tlbi(entry &e, uint64_t now);
    void execute_at(entry &e, uint64_t now);
    bool execute_cache(entry &e, uint64_t now, uint64_t *next);
    enum class maintained { PLACE, NOTHING, FAULT, WAITS };
    iso_mmu_maintenance maintenance_of(const iso_insn &insn) const;
    bool ignores(const iso_mmu_maintenance &m, iso_mmu_fault fault) const;
    maintained translate_cache(entry &e, iso_pte *pte, uint64_t *pa, uint64_t now, uint64_t *next);
    void write_descriptor(entry &e, uint64_t value);
    static constexpr uint32_t ALWAYS_IF_BOUND = 501; /* where `update` is the machine's word; else one time in two */
    bool optional_update(uint32_t permille);
    bool update_is_optional(const entry &e, const iso_pte &pte);
    bool meets_conflict(entry &e, uint64_t *descriptor);
    bool holds_two(int page);

    /* cpu_fetch.cpp: instructions from memory, IC and DC to the Point of Unification */
    const decoded *fetch_instruction(uint64_t now, iso_fault_type *fault);
    bool find_code(uint32_t place, uint64_t *pa, iso_fault_type *fault, bool from_memory);
    const resolved *fetch_effect(uint32_t place, uint64_t pa);
    uint32_t fetch_word(uint64_t pa);
    uint32_t word_in_memory(uint64_t pa);
    uint32_t word_at_start(uint64_t pa) const;
    unsigned maintenance_bytes() const;
    void take_fetch_fault(entry &e, uint64_t now);
    void invalidate_code(uint64_t place, unsigned bytes);
    void invalidate_everywhere(const code_maintenance &m);
    void clean_code(uint64_t pa);
    void execute_ic(const iso_insn &insn, uint64_t pa);
    void complete_maintenance();
    void start_fetching();

    /* cpu_priority.cpp: places in the order of faults, from the highest on */
    enum class rank { TRANSLATION, ACCESS_FLAG, PERMISSION, STAGE2, STAGE2_PERMISSION, TAG };
    bool unsupported_outranks(rank place) const;
    bool is_misaligned(const entry &e) const;
    bool faults_untranslated(entry &e);
    bool faults_before_stage2(entry &e);
    bool outranked(entry &e, uint64_t pa, const iso_attribute &attribute, unsigned stage, rank place);
    bool checks_first(entry &e);

    /* cpu_stage2.cpp */
    int stage2_of(uint64_t ipa, bool by_host) const;
    bool second_stage(entry &e, uint64_t stage1, uint64_t ipa, bool at_head, uint64_t now);
    bool end_stage2_walk(entry &e);
    bool use_stage2(entry &e, uint64_t descriptor, bool at_head);
    void remember_stage2(int page, uint64_t ipa);
    void write_stage2(const entry &e, uint64_t value);
    bool stage2_fault(entry &e, uint64_t now, uint64_t *next);
    bool emulate(entry &e, uint64_t now, uint64_t *next);
    bool table_allows(entry &e, bool write, bool at_head);
    bool table_update(entry &e);
    bool table_was_mapped(unsigned page) const;
    const resolved &resolve(const iso_access &access, const entry &e, bool emulated);
    void end_by(iso_fault_type result, bool has_address, uint64_t va, unsigned insn, uint64_t now);

    /* cpu_straddle.cpp: accesses over two pages, at the head of the window */
    uint8_t straddles(const entry &e) const;
    void begin_straddle(const entry &e);
    bool head_straddle(entry &e, uint64_t now, uint64_t *next);
    bool translate_part(entry &part, uint64_t now, uint64_t *next);
    bool check_part(entry &part, uint64_t now, uint64_t *next);
    bool decide_both(entry &e, uint64_t now, uint64_t *next);
    bool is_emulated(const entry &e) const;
    bool access_parts(entry &e, uint64_t now);
    bool access_piece(entry &e, unsigned part, uint64_t now);
    void access_at_once(entry &e, uint64_t now);
    bool may_store_exclusive(entry &e);
    void read_part(entry &e, unsigned part, unsigned at, unsigned bytes, uint8_t *out);
    void write_part(entry &e, unsigned part, unsigned at, unsigned bytes, const uint8_t *data);
    bool finish_straddle(entry &e, uint64_t now);

    /* cpu_exception.cpp: what happens at the head of the window */
    bool at_head(uint64_t now, uint64_t *next);
    bool fails_first(entry &e);
    /* Whether the fault is of a migration entry: the access then starts again after an exception return, at e.when. */
    bool waits_for_page(entry &e, uint64_t now);
    bool head_fault(entry &e, uint64_t now, uint64_t *next);
    void take_exception(entry &e, iso_fault_type type, bool has_address, uint64_t va, uint64_t now);
    bool head_memory(entry &e, uint64_t now, uint64_t *next);
    void do_nothing(entry &e);
    void retired_load(const entry &e);
    void trace_retired(const entry &e, uint64_t now);
};

/* Sees to it that a static program instruction is one of those that run only when everything before them is finished. */
bool runs_at_head(const decoded &d);

} // namespace iso

#endif
