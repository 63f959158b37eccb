// One litmus text on a bent bench in both engines: what is allowed, and what runs have shown. Not for: the program's command line.
#ifndef ISOTIER_CONFORMANCE_BOTH_ENGINES_H
#define ISOTIER_CONFORMANCE_BOTH_ENGINES_H

#include "conformance/bench.h"

struct Both {
    std::set<std::string> allowed, seen;
    uint64_t positive_allowed = 0, positive_seen = 0; // states that meet the condition; runs that did
    bool bounded = false;
    // How many of the allowed states have this in them, and how many of the seen ones.
    size_t allows(const std::string &part) const;
    size_t shows(const std::string &part) const;
};

// Every page on the bench's tier under `attribute`. Fails the test if an engine cannot run it or a run shows what is not allowed.
Both both(const Bench &bench, const char *attribute, const std::string &text, const char *variant = "",
          uint32_t seeds = 1500);

#endif
