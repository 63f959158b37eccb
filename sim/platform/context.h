/* What all modules of one run share: the machine, the seed, memory, the monitors of the home node, counters and causes.
 * One object per process, owned by the platform (platform.h), reset between runs.
 * Not for: state of a single module. */
#ifndef ISOTIER_SIM_PLATFORM_CONTEXT_H
#define ISOTIER_SIM_PLATFORM_CONTEXT_H

#include "sim/platform/code.h"
#include "sim/platform/counters.h"
#include "sim/platform/image.h"
#include "sim/platform/random.h"

#include <string>
#include <unordered_map>

extern "C" {
#include "models/alias.h"
#include "models/decide.h"
#include "models/monitor.h"
#include "models/straddle.h"
#include "models/translate.h"
#include "sim/isa/effect_cause.h"
#include "sim/isa/outcome.h"
#include "sim/isa/setup.h"
}

namespace iso
{

class timeline;
class waves;

/* Picks one element of a set for the whole run: by rule, tier and access kind. */
const iso_effect &choose_effect(const iso_effect_set &set, uint64_t seed, unsigned tier, unsigned kind);

/* What becomes of one kind of access on one tier: the path's merged answer, kept for the run (or longer, if no hop had a choice). */
struct resolved {
    iso_effect effect;
    iso_cause_effect deviation; /* how it differs from ordinary memory; NONE: it does not */
    uint16_t rule;              /* of the deviation, index in the register */
    bool seed_dependent;
};

struct access_key {
    uint64_t access, place;
    bool operator==(const access_key &o) const
    {
        return access == o.access && place == o.place;
    }
};
struct access_key_hash {
    size_t operator()(const access_key &k) const
    {
        return static_cast<size_t>(mix(k.access, k.place));
    }
};

/* How a run has used a frame so far: under which definition, and whether under mismatched ones (Arm ARM B2.11). */
struct frame_use {
    bool used, mismatched;
    uint8_t cpu; /* the first to use it */
    iso_attribute first;
};

struct context {
    const iso_machine *machine = nullptr; /* of the run; never null in a run */
    const iso_setup *setup = nullptr;     /* null in a measurement */
    bool left_out = false;                /* some run read what its setup leaves out */
    iso_cpu_features features = {};
    uint64_t seed = 0;
    random_source random; /* of the home node and the hops; CPUs have their own */
    image memory;
    iso_global_monitor monitor = {}; /* PoC and system monitor: one mark per CPU */
    uint64_t count[COUNTERS] = {};
    uint64_t base_ps = 0;   /* SystemC time at which the run started */
    uint64_t spin_ps = 0;   /* so long with nothing new anywhere counts as spinning for ever */
    uint64_t active_ps = 0; /* last instant at which anything new happened: a write, code not reached before */
    struct lock {
        bool held;
        uint64_t place, bytes;
    } locks[CPUS] = {};      /* read-modify-writes that have read and not yet written: at most one a CPU */
    bool tags_exist = false; /* MTE is on and the CPU has allocation tags: lines travel with theirs */
    bool memtag = false;
    bool fetches = false;          /* instructions are fetched from memory: the cell changes code or its mapping */
    bool dic = false, idc = false; /* CTR_EL0 */
    code_words code;
    bool copies_differ =
        false; /* caches may hold other data than what other mappings show: maintenance is in program order */
    bool any_mismatch = false;              /* some frame of the run has been used so */
    bool may_mismatch = false;              /* two pages of the cell are one frame */
    iso_as_encoded as = ISO_AS_ENCODED_YES; /* how the CPUs of the run take Write-Through and mixed memory (CH-08) */
    bool outer_apart = false;               /* caches keep a copy of its own for Outer Shareable accesses */
    bool aliases_reorder = false;           /* a CPU's accesses under mismatched definitions lose their order */
    /* Under mismatched definitions (D10.6.3): a line's tags are written back with its data, though nobody wrote them; data with tags (RPMQPF). */
    bool tags_with_data = false, data_with_tags = false;
    frame_use uses[ISO_SETUP_MAX_PAGES] = {};
    struct disturbance {
        uint64_t place, bytes;
    };
    std::vector<disturbance> disturbed;   /* where speculative reads have changed what was there (CH-61) */
    uint32_t next_write = 1;              /* numbers of writes, from 1 */
    iso_final *final = nullptr;           /* faults and causes go here */
    timeline *trace = nullptr;            /* null: not traced */
    waves *wave = nullptr;                /* null: no waveform */
    bool measure_kernel = false;          /* host time of the modules is measured: slower */
    uint64_t module_ns = 0, total_ns = 0; /* host time inside the modules' processes, and of all of sc_start() */
    std::unordered_map<access_key, resolved, access_key_hash> effects;

    /* Of the attributes that a page's descriptors may stand for the one that this run takes (CH-01 to CH-05). */
    iso_attribute attribute_at(int page, uint64_t stage1, const uint64_t *stage2) const;
    /* Data of which speculative reads have left some byte UNKNOWN are so as a whole. True: they are. */
    bool settle_unknown(uint64_t place, unsigned bytes, uint8_t *data) const;
    void add_cause(const resolved &what, unsigned tier, unsigned cpu, unsigned insn);
    /* An access to a frame under an attribute; frames are numbered as pages are. */
    void note_use(int frame, const iso_attribute &attribute, unsigned cpu);
    /* The access went through one of several mismatched mappings of its frame: what may have come of it. */
    void add_alias_cause(uint64_t pa, bool write, unsigned tier, unsigned cpu, unsigned insn);
    void add_fault(unsigned thread, iso_fault_type type, bool has_address, uint64_t va, unsigned insn,
                   bool is_fetch = false);
    /* Must a write by this CPU wait for another's read-modify-write? */
    bool is_locked(unsigned cpu, uint64_t place, uint64_t bytes) const;
    /* Value of a setting of all CPUs: the machine's, or where it leaves it open the seed's. */
    uint8_t setting(enum iso_cpu_key key) const;
    /* Forgets effects that the seed chose; all of them if `all`. */
    void forget_effects(bool all);
};

/* Adds the host time of a scope to the modules' share, where that is measured. */
class host_time
{
  public:
    explicit host_time(context &shared);
    ~host_time();
    host_time(const host_time &) = delete;
    host_time &operator=(const host_time &) = delete;

  private:
    context &shared_;
    uint64_t begin_;
};
uint64_t host_ns();

/* Key of an access for the memory of effects: everything iso_decide() may look at. */
access_key key_of(const iso_access &access, const iso_attribute &attribute, unsigned tier);
/* How an effect differs from ordinary write-back memory's answers to the same access. */
iso_cause_effect deviation_of(const iso_effect &effect, const iso_access &access, const iso_cpu_features &features);
/* Register row of a rule, 0 if it has none. */
uint16_t rule_index(const iso_rule_ref &rule);

/* A machine of one tier of ordinary memory: WB everything, tags stored. */
void ordinary_machine(iso_machine *out);

} // namespace iso

#endif
