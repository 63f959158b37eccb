/* iso_platform_run(): streams seeds of one cell through the platform and collects final states. See sim/isa/engine.h.
 * Not for: what a cell is (the runner composes setups), how states print (outcome.h). */
#include "sim/platform/run.h"

#include "sim/platform/platform.h"
#include "sim/platform/timeline.h"
#include "sim/platform/waves.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>

extern "C" {
#include "sim/isa/engine.h"
}

namespace iso
{

namespace
{

constexpr uint64_t DEFAULT_MAX_CYCLES = 1000000;
constexpr uint64_t SPIN_PS = 50000000; /* nothing new for some forty accesses of the slowest tier: a loop for ever */
constexpr uint64_t QUIET_EVERY = 4; /* one run in so many has no artificial delays: its cycles are the ones reported */

uint64_t place_of(const iso_test &test, uint64_t va)
{
    int page = iso_test_page_at(&test, va);
    return page < 0 ? va : test.page[page].pa + (va - test.page[page].va);
}

/* Where the final translation of a page puts an address; the initial frame if it is not valid. */
uint64_t final_place_of(platform &p, const iso_test &test, uint64_t va, bool through_translation)
{
    int page = iso_test_page_at(&test, va);
    if (page < 0 || !through_translation)
        return place_of(test, va);
    uint64_t descriptor = 0;
    p.shared.memory.read(test.page[page].descriptor_va, sizeof descriptor, SHARED_DOMAIN, false,
                         reinterpret_cast<uint8_t *>(&descriptor), nullptr);
    iso_pte pte;
    iso_pte_decode(&pte, descriptor);
    if (!pte.valid)
        return place_of(test, va);
    int frame = iso_test_frame_at(&test, pte.oa);
    if (frame >= 0 && test.page[frame].stage2) {
        iso_s2pte second;
        p.shared.memory.read(test.page[test.page[frame].stage2 - 1].descriptor_va, sizeof descriptor, SHARED_DOMAIN,
                             false, reinterpret_cast<uint8_t *>(&descriptor), nullptr);
        iso_s2pte_decode(&second, descriptor);
        pte.oa = second.valid ? second.oa : pte.oa;
    }
    return pte.oa + (va - test.page[page].va);
}

uint8_t tier_of_frame(const iso_setup &setup, int page)
{
    return setup.machine ? setup.frame_tier[page] : uint8_t{0};
}

/* Is there anything to hold the initial tags of a location? Not where reading a tag through a Tagged mapping gives zero. */
bool keeps_tags(platform &p, const iso_setup &setup, const iso_location &l)
{
    if (!setup.machine || !setup.variant.memtag)
        return true;
    iso_access a;
    iso_access_init(&a, ISO_ACCESS_LDG);
    static thread_local iso_effect_set set; /* scratch: large */
    iso_attribute tagged = {};
    tagged.cls = ISO_CLASS_WB;
    tagged.shareability = ISO_SHAREABILITY_ISH;
    tagged.tagging = ISO_TAGGING_ALLOCATION;
    iso_decide_path(&set, &a, &tagged, &setup.machine->tiers[setup.frame_tier[l.page]], &p.shared.features);
    for (size_t k = 0; k < set.count; k++)
        if (set.item[k].tag == ISO_TAG_EFFECT_READS_ZERO)
            return false;
    return true;
}

void fill_memory(platform &p, const iso_setup &setup)
{
    const iso_test &test = *setup.test;
    for (uint32_t k = 0; k < test.nlocations; k++) {
        const iso_location &l = test.location[k];
        unsigned bytes = l.element_bytes * l.count;
        uint64_t place = place_of(test, l.va);
        for (unsigned done = 0; done < bytes; done += LINE_BYTES) {
            line &first = p.shared.memory.at(place + done);
            first.tier = tier_of_frame(setup, l.page);
        }
        line &last = p.shared.memory.at(place + bytes - 1);
        last.tier = tier_of_frame(setup, l.page);
        p.shared.memory.write(place, bytes, SHARED_DOMAIN, true, l.init, INITIAL_WRITE);
        const bool keeps = keeps_tags(p, setup, l);
        for (uint64_t g = iso_tag_granule(place); g < place + bytes; g += ISO_TAG_GRANULE_BYTES) {
            line &t = p.shared.memory.at(g);
            if (keeps)
                t.memory.tag[g % LINE_BYTES / ISO_TAG_GRANULE_BYTES] = l.tag;
        }
    }
    for (uint32_t k = 0; k < test.nthreads; k++) /* code, read as data */
        if (test.thread[k].word)
            for (uint32_t i = 0; i < test.thread[k].ninsns; i++)
                p.shared.memory.write(place_of(test, test.thread[k].code_va + 4ull * i), 4, SHARED_DOMAIN, true,
                                      reinterpret_cast<const uint8_t *>(&test.thread[k].word[i]), INITIAL_WRITE);
    for (uint32_t k = 0; k < test.npages; k++) {
        const iso_page &page = test.page[k];
        if (page.descriptor_va)
            p.shared.memory.write(page.descriptor_va, 8, SHARED_DOMAIN, true,
                                  reinterpret_cast<const uint8_t *>(&page.descriptor), INITIAL_WRITE);
    }
}

bool shares_write_back(const iso_setup &setup, int page, iso_as_encoded as)
{
    if (!setup.machine || page < 0)
        return true;
    const iso_copy copy = iso_alias_copy(&setup.page_attribute[page], as);
    return copy == ISO_COPY_INNER || copy == ISO_COPY_OUTER;
}

/* Is some mapping of the frame cacheable for all CPUs? */
bool is_cached_somehow(const iso_setup &setup, int frame, iso_as_encoded as)
{
    bool out = shares_write_back(setup, frame, as);
    for (uint32_t i = 0; i < setup.test->naliases && !out; i++)
        out = setup.test->alias[i].of == frame && shares_write_back(setup, setup.test->alias[i].page, as);
    return out;
}

/* Earlier work leaves lines in caches, here and there; pressure takes them out at any time. */
void stir_caches(platform &p, const iso_setup &setup, random_source &random, bool quiet)
{
    const iso_test &test = *setup.test;
    const unsigned threads = std::max(1u, test.nthreads);
    const size_t lines = p.shared.memory.size();
    for (size_t k = 0; k < lines; k++) {
        line &l = p.shared.memory[k];
        int frame = iso_test_frame_at(&test, l.address & ~uint64_t{ISO_PAGE_BYTES - 1});
        if (!is_cached_somehow(setup, frame, p.shared.as))
            continue;
        if (p.shared.outer_apart && mix(p.shared.seed, l.address) % 2)
            p.node.preload(l.address, OUTER_DOMAIN, 1, 0);
        uint32_t draw = random.below(10);
        if (draw < 3)
            continue;
        unsigned owner = random.below(threads);
        bool alone = draw < 8;
        uint16_t sharers = alone ? static_cast<uint16_t>(1u << owner) : static_cast<uint16_t>((1u << threads) - 1);
        p.node.preload(l.address, SHARED_DOMAIN, sharers, alone ? static_cast<int>(owner) : -1);
    }
    if (quiet || lines == 0)
        return;
    unsigned evictions = random.below(4);
    for (unsigned k = 0; k < evictions; k++) {
        line &l = p.shared.memory[random.below(static_cast<uint32_t>(lines))];
        uint64_t at = p.shared.base_ps + random.below(3000000);
        const iso_tier &tier = p.shared.machine->tiers[l.tier];
        if (iso_tier_get(&tier, ISO_CAP_COH_MODEL, nullptr) == ISO_COH_MODEL_HDM_DB)
            p.shared.count[COUNT_BACK_INVALIDATES]++;
        p.node.evict_later(l.address, SHARED_DOMAIN, at);
    }
}

mood draw_mood(random_source &random, bool quiet)
{
    static const uint32_t rates[] = {0, 200, 500, 800};
    static const uint32_t longest[] = {20000, 100000, 300000, 900000};
    static const uint32_t guesses[] = {0, 500, 1000};
    mood m = {};
    m.predict = quiet ? 900 : guesses[random.below(3)];
    m.predict_pick = quiet ? 0 : guesses[random.below(3)];
    m.split = quiet ? 0 : guesses[random.below(3)];
    m.peek = guesses[random.below(3)];
    m.pass_unknown = guesses[random.below(3)];
    m.spontaneous = quiet ? 0 : random.below(4) == 0 ? 100 : 0;
    if (quiet)
        return m;
    m.load_delay = rates[random.below(4)];
    m.load_delay_ps = longest[random.below(4)];
    m.store_delay = rates[random.below(4)];
    m.store_delay_ps = longest[random.below(4)];
    m.start_ps = random.below(2) ? 0 : random.below(longest[random.below(4)]);
    if (random.below(3) ==
        0) { /* guesses that hold together while one load in five is far away: some orders take all of it */
        m.predict = m.predict_pick = m.pass_unknown = 1000;
        m.load_delay = 200;
        m.load_delay_ps = 2000000;
        m.store_delay = 0;
    }
    return m;
}

/* At the end caches are clean where mappings could tell, so that memory shows what is left; but nothing need be written back while some thread goes
 * round for ever. */
void write_back_all(platform &p, const iso_test &test, bool is_stuck)
{
    context &shared = p.shared;
    for (size_t k = 0; k < shared.memory.size(); k++) {
        line &l = shared.memory[k];
        int frame = iso_test_frame_at(&test, l.address & ~uint64_t{ISO_PAGE_BYTES - 1});
        bool mismatched = frame >= 0 && shared.uses[frame].mismatched;
        if (mismatched ? !is_stuck : l.domain != SHARED_DOMAIN)
            p.node.evict_all(l);
    }
}

/* Whether what a place holds at the end is what memory holds: no copy that all caches share is newer. */
bool shows_memory(const platform &p, const iso_test &test, const iso_observable &o, uint64_t place)
{
    const int frame = iso_test_frame_at(&test, place & ~uint64_t{ISO_PAGE_BYTES - 1});
    if (frame < 0 || !p.shared.uses[frame].used)
        return !shares_write_back(*p.shared.setup, iso_test_page_at(&test, o.va), p.shared.as);
    const iso_copy copy = iso_alias_copy(&p.shared.uses[frame].first, p.shared.as);
    return p.shared.uses[frame].mismatched || copy == ISO_COPY_MEMORY || copy == ISO_COPY_PRIVATE ||
           (copy == ISO_COPY_OUTER && p.shared.outer_apart);
}

void read_value(platform &p, const iso_test &test, const iso_observable &o, iso_bytes16 *out)
{
    switch (static_cast<iso_observable_kind>(o.kind)) {
    case ISO_OBSERVABLE_REGISTER: {
        /* XZR and WZR can be asked for, and have no place in the file */
        uint64_t v = o.reg < ISO_REG_COUNT ? p.cpus[o.thread]->registers().x[o.reg] : 0;
        out->lo = o.bytes < 8 && o.bytes > 0 ? v & ((uint64_t{1} << (8 * o.bytes)) - 1) : v;
        return;
    }
    case ISO_OBSERVABLE_LOCATION: {
        uint64_t place = final_place_of(p, test, o.va, test.observe_through_translation);
        p.shared.memory.read(place, std::min<unsigned>(o.bytes, 16), SHARED_DOMAIN, shows_memory(p, test, o, place),
                             reinterpret_cast<uint8_t *>(out), nullptr);
        return;
    }
    case ISO_OBSERVABLE_TAG: {
        uint64_t place = final_place_of(p, test, o.va, test.observe_through_translation);
        bool dirty = false;
        uint32_t writer = 0;
        out->lo = p.node.read_tag(place, SHARED_DOMAIN, shows_memory(p, test, o, place), &dirty, &writer);
        return;
    }
    case ISO_OBSERVABLE_FAULT:
        return;
    }
}

/* Memory that speculative reads have changed in part is UNKNOWN as far as an observable goes, or a long array. */
void settle_unknown(platform &p, const iso_test &test, iso_final *final)
{
    for (uint32_t k = 0; k < test.nobservables && k < ISO_FINAL_MAX_OBSERVABLES && !p.shared.disturbed.empty(); k++) {
        const iso_observable &o = test.observable[k];
        const unsigned bytes = std::min<unsigned>(o.bytes, 16);
        if (o.kind != ISO_OBSERVABLE_LOCATION ||
            !p.shared.settle_unknown(final_place_of(p, test, o.va, test.observe_through_translation), bytes,
                                     reinterpret_cast<uint8_t *>(&final->value[k])) ||
            !iso_observable_is_one_of_many(&test, &o))
            continue;
        for (uint32_t i = 0; i < test.nobservables && i < ISO_FINAL_MAX_OBSERVABLES; i++)
            if (test.observable[i].kind == ISO_OBSERVABLE_LOCATION && test.observable[i].array == o.array)
                std::memset(&final->value[i], ISO_UNKNOWN_BYTE, std::min<unsigned>(test.observable[i].bytes, 16));
    }
}

/* Whether the run wrote code, or the descriptor of a page of code. */
bool code_was_written(context &shared, const iso_test &test)
{
    uint32_t writer[8];
    uint8_t bytes[8];
    for (uint32_t k = 0; k < test.nthreads; k++)
        for (uint32_t i = 0; test.thread[k].word && i < test.thread[k].ninsns; i++) {
            shared.memory.read(place_of(test, test.thread[k].code_va + 4ull * i), 4, SHARED_DOMAIN, false, bytes,
                               writer);
            if (std::any_of(writer, writer + 4, [](uint32_t w) { return w != INITIAL_WRITE; }))
                return true;
        }
    for (uint32_t k = 0; k < test.npages; k++) {
        if (iso_test_page_is_code(&test, k)) {
            shared.memory.read(test.page[k].descriptor_va, 8, SHARED_DOMAIN, false, bytes, writer);
            if (std::any_of(writer, writer + 8, [](uint32_t w) { return w != INITIAL_WRITE; }))
                return true;
        }
    }
    return false;
}

/* Whether a page of code cannot be fetched from as the test begins, or lies on a tier that has a say. */
bool code_is_unmapped(const iso_setup &setup)
{
    const iso_test &test = *setup.test;
    for (uint32_t k = 0; setup.machine && k < test.npages; k++)
        if (iso_test_page_is_code(&test, k))
            return true;
    for (uint32_t k = 0; setup.variant.vmsa && k < test.npages; k++) {
        iso_pte pte;
        iso_pte_decode(&pte, test.page[k].descriptor);
        if (!(pte.valid && pte.af && !pte.xn && !pte.pxn && pte.oa == test.page[k].pa) &&
            iso_test_page_is_code(&test, k))
            return true;
    }
    return false;
}

struct cell {
    platform &p;
    const iso_setup &setup;
    std::vector<program> programs;
    uint64_t max_cycles;
    bool measure;
    bool changes_code = false; /* the last run wrote code that it did not fetch: it does not count */

    /* One seed. False: the run does not count. */
    bool run(uint64_t seed, iso_final *final, uint64_t *cycles, waves *w);
};

bool cell::run(uint64_t seed, iso_final *final, uint64_t *cycles, waves *w)
{
    context &shared = p.shared;
    const iso_test &test = *setup.test;
    const bool quiet = measure || seed % QUIET_EVERY == 0;
    p.reset(seed);
    *final = {};
    shared.final = final;
    random_source random(mix(seed, 0x5eed));
    fill_memory(p, setup);
    shared.code.start();
    if (!measure)
        stir_caches(p, setup, random, quiet);
    unsigned turn = random.below(CPUS);
    for (unsigned i = 0; i < CPUS; i++) {
        mood m = draw_mood(random, quiet);
        p.cpus[i]->load(i < test.nthreads ? programs.data() : nullptr, test.nthreads);
        p.cpus[i]->start(m, mix(seed, 100 + i), (i + turn) % CPUS);
        if (i + 1 >= test.nthreads && i + 1 >= p.last_used) {
            break;
        }
    }
    p.last_used = test.nthreads;
    if (w)
        w->begin(shared.base_ps);
    const uint64_t cycle = shared.machine->cpu_timing.cycle_ps ? shared.machine->cpu_timing.cycle_ps : 333;
    const uint64_t end = shared.base_ps + max_cycles * cycle;
    uint64_t now = sc_core::sc_time_stamp().value();
    uint64_t host = shared.measure_kernel ? host_ns() : 0;
    sc_core::sc_start(sc_core::sc_time::from_value(end - now), sc_core::SC_EXIT_ON_STARVATION);
    if (shared.measure_kernel)
        shared.total_ns += host_ns() - host;
    bool vanished = false;
    uint64_t last = shared.base_ps;
    for (unsigned i = 0; i < test.nthreads; i++) {
        vanished |= p.cpus[i]->vanished();
        if (!p.cpus[i]->finished()) {
            final->no_progress |= 1u << i;
            shared.count[COUNT_WATCHDOG]++;
        } else {
            last = std::max(last, p.cpus[i]->end_ps());
        }
    }
    *cycles = (last - shared.base_ps) / cycle;
    write_back_all(p, test, final->no_progress != 0);
    for (uint32_t k = 0; k < test.nobservables && k < ISO_FINAL_MAX_OBSERVABLES; k++)
        read_value(p, test, test.observable[k], &final->value[k]);
    settle_unknown(p, test, final);
    shared.final = nullptr;
    changes_code = !shared.fetches && code_was_written(shared, test);
    return !vanished;
}

bool refuse(iso_diags *diags, const iso_test &test, unsigned line, unsigned column, const char *what)
{
    iso_diags_add(diags, false, test.file, line, column, "%s", what);
    return false;
}

bool can_run(iso_diags *diags, const iso_setup &setup)
{
    const iso_test &test = *setup.test;
    static_assert(static_cast<unsigned>(CPUS) >= ISO_SETUP_MAX_THREADS, "a CPU for each thread");
    if (iso_setup_check(diags, &setup) < 0)
        return false;
    if (test.nobservables > ISO_FINAL_MAX_OBSERVABLES)
        return refuse(diags, test, 0, 0, "more than 96 observed values, expected fewer for a final state");
    if (setup.machine && setup.machine->ntiers > TIERS)
        return refuse(diags, test, 0, 0, "more than 16 tiers, expected at most 16 for the timed engine");
    return true;
}

uint64_t percentile(const std::vector<uint64_t> &sorted, unsigned permille)
{
    return sorted.empty() ? 0 : sorted[std::min(sorted.size() - 1, sorted.size() * permille / 1000)];
}

void add_stats(iso_platform_stats *stats, const context &shared, std::vector<uint64_t> &quiet,
               std::vector<uint64_t> &all, uint32_t runs)
{
    std::vector<uint64_t> &cycles = quiet.empty() ? all : quiet;
    std::sort(cycles.begin(), cycles.end());
    *stats = {};
    stats->runs = runs;
    stats->accesses = shared.count[COUNT_LOADS] + shared.count[COUNT_STORES];
    stats->cycles_p50 = percentile(cycles, 500);
    stats->cycles_p99 = percentile(cycles, 990);
    if (!cycles.empty()) {
        stats->cycles_min = cycles.front();
        stats->cycles_max = cycles.back();
    }
    if (shared.total_ns)
        stats->kernel_share = 1.0 - static_cast<double>(shared.module_ns) / static_cast<double>(shared.total_ns);
    for (unsigned k = 0; k < COUNTERS && k < ISO_PLATFORM_COUNTERS; k++)
        stats->counter[k] = shared.count[k];
}

} // namespace

int run_cell(iso_outcome_set *out, iso_platform_stats *stats, iso_diags *diags, const iso_setup &setup,
             const iso_platform_options &options)
{
    const iso_test &test = *setup.test;
    if (!can_run(diags, setup))
        return -1;
    platform &p = the_platform();
    p.configure(setup.machine, &setup);
    cell c{p, setup, {}, options.max_cycles ? options.max_cycles : DEFAULT_MAX_CYCLES, options.measure};
    /* A long loop of loads alone is work where work is measured: only the watchdog ends it there. */
    p.shared.spin_ps = options.measure ? c.max_cycles * 1000000 : SPIN_PS;
    p.shared.fetches = code_is_unmapped(setup);
    p.shared.dic = setup.variant.dic || iso_cpu_has(&p.shared.features, ISO_CPU_DIC);
    p.shared.idc = p.shared.dic || setup.variant.idc || iso_cpu_has(&p.shared.features, ISO_CPU_IDC);
    p.shared.code.forget();
    c.programs.resize(test.nthreads);
    for (unsigned i = 0; i < test.nthreads; i++) {
        unsigned bad = 0;
        if (!c.programs[i].build(test.thread[i], &bad)) {
            const iso_insn &insn = test.thread[i].insn[bad];
            iso_diags_add(diags, false, test.file, insn.line, insn.column,
                          "%s: no meaning in the timed engine, expected an integer instruction", insn.mnemonic);
            return -1;
        }
    }
    std::unique_ptr<FILE, int (*)(FILE *)> trace_file(nullptr, std::fclose);
    std::unique_ptr<timeline> trace;
    if (options.trace_path) {
        trace_file.reset(std::fopen(options.trace_path, "w"));
        if (!trace_file) {
            iso_diags_add(diags, false, options.trace_path, 0, 0,
                          "cannot be written, expected a path for the timeline");
            return -1;
        }
        trace = std::make_unique<timeline>(trace_file.get());
    }
    std::unique_ptr<waves> w;
    if (options.vcd_path) {
        w = std::make_unique<waves>(p, options.vcd_path, test.nthreads);
        if (!w->good()) {
            iso_diags_add(diags, false, options.vcd_path, 0, 0, "cannot be written, expected a path for the waveform");
            return -1;
        }
    }
    std::memset(p.shared.count, 0, sizeof p.shared.count);
    p.shared.module_ns = p.shared.total_ns = 0;
    std::vector<uint64_t> quiet, all;
    uint32_t counted = 0;
    auto final = std::make_unique<iso_final>();
    for (uint32_t k = 0; k < options.runs; k++) {
        uint64_t seed = options.first_seed + k, cycles = 0;
        bool single = k + 1 == options.runs;
        p.shared.trace = single ? trace.get() : nullptr;
        bool counts = c.run(seed, final.get(), &cycles, single ? w.get() : nullptr);
        if (c.changes_code) { /* from here on instructions come from memory */
            p.shared.fetches = true;
            counts = c.run(seed, final.get(), &cycles, single ? w.get() : nullptr);
        }
        if (!counts)
            continue;
        counted++;
        all.push_back(cycles);
        if (options.measure || seed % QUIET_EVERY == 0)
            quiet.push_back(cycles);
        iso_outcome_set_add(out, &test, final.get(), 1);
    }
    if (p.shared.left_out)
        out->flags |= ISO_OUTCOME_PARTS_LEFT_OUT;
    p.shared.left_out = false;
    p.shared.trace = nullptr;
    p.shared.setup = nullptr;
    p.shared.machine = &p.ordinary;
    p.shared.forget_effects(true);
    if (stats)
        add_stats(stats, p.shared, quiet, all, counted);
    if (w && !w->close()) {
        iso_diags_add(diags, false, options.vcd_path, 0, 0, "cannot be written, expected a path for the waveform");
        return -1;
    }
    return 0;
}

} // namespace iso

extern "C" int iso_platform_run(iso_outcome_set *out, iso_platform_stats *stats, iso_diags *diags,
                                const iso_setup *setup, const iso_platform_options *options)
{
    return iso::run_cell(out, stats, diags, *setup, *options);
}

extern "C" const char *iso_platform_counter_name(unsigned index)
{
    static const char *const names[] = {
#define ISO_COUNTER_NAME(symbol, name) name,
        ISO_COUNTERS(ISO_COUNTER_NAME)
#undef ISO_COUNTER_NAME
    };
    return index < iso::COUNTERS ? names[index] : nullptr;
}
