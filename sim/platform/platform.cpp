/* Elaboration and reset. See platform.h. */
#include "sim/platform/platform.h"

#include <cstdlib>
#include <string>

/* Debian's SystemC library refers to sc_main even where somebody else has main(). */
int sc_main(int, char *[])
{
    return 0;
}

namespace iso
{

terminator::terminator(sc_core::sc_module_name name) : sc_core::sc_module(name), upstream("upstream")
{
    upstream.register_b_transport(this, &terminator::transport);
}

void terminator::transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &)
{
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

platform::platform() : node("home", shared), measurer("measurer", shared)
{
    ordinary_machine(&ordinary);
    for (unsigned i = 0; i < CPUS; i++) {
        std::string n = std::to_string(i);
        caches.push_back(std::make_unique<cache>(("cache" + n).c_str(), shared, node, i));
        cpus.push_back(std::make_unique<cpu>(("cpu" + n).c_str(), shared, node, processors, i));
        cpus[i]->memory.bind(caches[i]->upstream);
        caches[i]->downstream.bind(node.upstream);
        node.listen(i, cpus[i].get());
    }
    measurer.memory.bind(node.upstream);
    for (unsigned t = 0; t < TIERS; t++) {
        for (unsigned i = 0; i < HOPS_BEHIND_HOME; i++) {
            std::string n = "tier" + std::to_string(t) + "_hop" + std::to_string(i);
            hops.push_back(std::make_unique<hop>(n.c_str(), shared));
            if (i == 0)
                node.downstream.bind(hops.back()->upstream);
            else
                hops[hops.size() - 2]->downstream.bind(hops.back()->upstream);
        }
        ends.push_back(std::make_unique<terminator>(("end" + std::to_string(t)).c_str()));
        hops.back()->downstream.bind(ends.back()->upstream);
    }
}

/* Are two pages one frame from the start? */
static bool has_aliases(const iso_setup &setup)
{
    bool out = false;
    for (uint32_t i = 0; setup.variant.vmsa && i < setup.test->npages; i++)
        for (uint32_t k = 0; k < i; k++) {
            iso_pte a, b;
            iso_pte_decode(&a, setup.test->page[i].descriptor);
            iso_pte_decode(&b, setup.test->page[k].descriptor);
            out |= a.valid && b.valid && a.oa == b.oa;
        }
    return out;
}

void platform::configure(const iso_machine *machine, const iso_setup *setup)
{
    shared.machine = machine ? machine : &ordinary;
    shared.setup = setup;
    shared.features = shared.machine->features;
    shared.memtag = setup && setup->variant.memtag;
    const uint8_t level = iso_cpu_get(&shared.features, ISO_CPU_MTE);
    shared.tags_exist = shared.memtag && (level < ISO_VALUE_FIRST || level >= ISO_MTE_LEVEL_2);
    shared.copies_differ = setup && setup->variant.vmsa;
    for (unsigned p = 0; setup && machine && p < setup->test->npages; p++)
        shared.copies_differ |= iso_alias_copy(&setup->page_attribute[p], ISO_AS_ENCODED_YES) == ISO_COPY_PRIVATE;
    shared.may_mismatch = setup && has_aliases(*setup);
    shared.forget_effects(true);
    node.configure();
    for (auto &h : hops)
        h->unplug();
    for (auto &c : caches)
        c->configure();
    for (unsigned t = 0; t < shared.machine->ntiers && t < TIERS; t++) {
        const iso_tier &tier = shared.machine->tiers[t];
        unsigned first = first_hop_behind_home(tier);
        for (unsigned i = first; i < tier.nhops && i - first < HOPS_BEHIND_HOME; i++)
            hop_at(t, i - first).configure(tier, t, i, i + 1 == tier.nhops);
    }
}

void platform::reset(uint64_t seed)
{
    shared.seed = seed;
    shared.random.seed(mix(seed, 0x1507));
    shared.memory.clear();
    shared.next_write = 1;
    shared.any_mismatch = false;
    shared.disturbed.clear();
    const uint8_t as = shared.features.value[ISO_CPU_CACHEABILITY];
    shared.as = as == ISO_AS_ENCODED_NC || (as < ISO_VALUE_FIRST && mix(seed, 0xc08) % 2) ? ISO_AS_ENCODED_NC
                                                                                          : ISO_AS_ENCODED_YES;
    shared.outer_apart = shared.may_mismatch && mix(seed, 0x0542) % 2;
    shared.aliases_reorder = shared.may_mismatch && mix(seed, 0xb211) % 2;
    shared.tags_with_data = shared.may_mismatch && shared.tags_exist && mix(seed, 0xd106) % 2;
    shared.data_with_tags = shared.may_mismatch && shared.tags_exist && mix(seed, 0xd107) % 2;
    for (frame_use &u : shared.uses)
        u.used = false;
    for (context::lock &l : shared.locks)
        l.held = false;
    shared.forget_effects(false);
    uint32_t granule = iso_cpu_number(&shared.features, ISO_CPU_ERG);
    iso_global_monitor_init(&shared.monitor, CPUS, granule ? granule : 64);
    node.reset();
    for (auto &c : caches)
        c->reset();
    for (unsigned t = 0; t < shared.machine->ntiers && t < TIERS; t++)
        for (unsigned i = 0; i < HOPS_BEHIND_HOME; i++)
            hop_at(t, i).reset();
    /* Runs follow each other in simulated time; each begins at a round instant, so that only differences count. */
    shared.active_ps = shared.base_ps = (sc_core::sc_time_stamp().value() / 1024 + 2) * 1024;
}

platform &the_platform()
{
    static platform *const only = [] {
        setenv("SC_COPYRIGHT_MESSAGE", "DISABLE", 1);
        sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
        auto *p = new platform; /* lives as long as the simulation kernel: to the end of the process */
        sc_core::sc_start(sc_core::SC_ZERO_TIME);
        return p;
    }();
    return *only;
}

} // namespace iso
