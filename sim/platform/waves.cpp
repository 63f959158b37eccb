/* Waveforms. See waves.h. */
#include "sim/platform/waves.h"

#include "sim/platform/platform.h"

#include <cstdio>

namespace iso
{

waves::waves(platform &p, const char *path, unsigned cpus) : platform_(p), path_(path), partial_(path_ + ".partial")
{
    FILE *probe = std::fopen((partial_ + ".vcd").c_str(), "w"); /* SystemC stops the program where it cannot write */
    if (!probe)
        return;
    std::fclose(probe);
    file_ = sc_core::sc_create_vcd_trace_file(partial_.c_str());
    file_->set_time_unit(1, sc_core::SC_PS);
    cpu_.assign(cpus, cpu_signals{});
    for (unsigned i = 0; i < cpus; i++) {
        std::string n = "P" + std::to_string(i) + ".";
        sc_core::sc_trace(file_, cpu_[i].instruction, n + "instruction");
        sc_core::sc_trace(file_, cpu_[i].window, n + "window");
        sc_core::sc_trace(file_, cpu_[i].store_buffer, n + "store_buffer");
        sc_core::sc_trace(file_, cpu_[i].monitor, n + "local_monitor");
        sc_core::sc_trace(file_, cpu_[i].finished, n + "finished");
    }
    for (unsigned k = 0; k < p.hops.size(); k++)
        if (p.hops[k]->in_use())
            hop_.push_back(k);
    hop_signal_.assign(hop_.size(), 0);
    for (size_t k = 0; k < hop_.size(); k++)
        sc_core::sc_trace(file_, hop_signal_[k], "hop." + p.hops[hop_[k]]->title() + ".busy");
}

waves::~waves()
{
    if (file_) {
        sc_core::sc_close_vcd_trace_file(file_);
        std::remove((partial_ + ".vcd").c_str());
    }
    platform_.shared.wave = nullptr;
}

void waves::begin(uint64_t)
{
    platform_.shared.wave = this;
    sample();
}

void waves::sample()
{
    uint64_t now = sc_core::sc_time_stamp().value();
    for (size_t i = 0; i < cpu_.size(); i++) {
        const cpu &c = *platform_.cpus[i];
        cpu_[i].instruction = c.current_instruction();
        cpu_[i].window = static_cast<int>(c.window_use());
        cpu_[i].store_buffer = static_cast<int>(c.store_buffer_depth());
        cpu_[i].monitor = c.monitor_armed();
        cpu_[i].finished = c.finished();
    }
    for (size_t k = 0; k < hop_.size(); k++)
        hop_signal_[k] = platform_.hops[hop_[k]]->busy_until() > now;
}

bool waves::close()
{
    platform_.shared.wave = nullptr;
    sc_core::sc_close_vcd_trace_file(file_);
    file_ = nullptr;
    return std::rename((partial_ + ".vcd").c_str(), path_.c_str()) == 0;
}

} // namespace iso
