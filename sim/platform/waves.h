/* Waveform (VCD) of one run: per CPU the current instruction, window and store-buffer depth, local monitor; per hop its use.
 * Not for: many runs. Written beside the final path and renamed when complete. */
#ifndef ISOTIER_SIM_PLATFORM_WAVES_H
#define ISOTIER_SIM_PLATFORM_WAVES_H

#include <string>
#include <systemc>
#include <vector>

namespace iso
{

struct platform;

class waves
{
  public:
    waves(platform &p, const char *path, unsigned cpus);
    ~waves();
    waves(const waves &) = delete;
    waves &operator=(const waves &) = delete;
    bool good() const
    {
        return file_ != nullptr;
    }
    void begin(uint64_t base_ps);
    /* Samples what changed; the platform calls it after each step of a CPU. */
    void sample();
    /* False: the file could not be put in place. */
    bool close();

  private:
    struct cpu_signals {
        int instruction, window, store_buffer;
        bool monitor, finished;
    };
    platform &platform_;
    std::string path_, partial_;
    sc_core::sc_trace_file *file_ = nullptr;
    std::vector<cpu_signals> cpu_;
    std::vector<unsigned> hop_;
    std::vector<int> hop_signal_;
};

} // namespace iso

#endif
