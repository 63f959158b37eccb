// Final states of the corpus, read back: text in the herd tools' notation to struct iso_final, independent of the library's own parser.
// For: test_litmus_states.cpp. Not for: the tool, which only prints states.
#ifndef ISOTIER_CONFORMANCE_ORACLE_STATES_H
#define ISOTIER_CONFORMANCE_ORACLE_STATES_H

extern "C" {
#include "sim/isa/outcome.h"
}

#include <set>
#include <string>

// The conjuncts of a state, as ../shared/tools/compare_outcomes.py compares them: no blanks, decimal numbers, [x] is x.
std::set<std::string> state_atoms(const std::string &state);

// Fills *out so that it prints as `state`. Empty on success, else what could not be read.
std::string state_parse(iso_final *out, const iso_test *test, const std::string &state);

#endif
