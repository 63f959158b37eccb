#!/bin/sh
# `make run`: the bundled scenarios on the default machine, judged as a run and not as a verdict.
# The tool's status is a bitmask; divergence (8) and unknown capabilities (16) are answers, everything else means that the run went wrong.
# usage: harness/run.sh ISOTIER [ARGUMENT...]
# Exit status: 0 the run went well; else the tool's own status.
set -u
isotier=$1
shift
status=0
SC_COPYRIGHT_MESSAGE=DISABLE "$isotier" run --machine default --report report.json "$@" scenarios || status=$?
answers=$((8 + 16))
if [ $((status & ~answers)) -ne 0 ]; then
    echo "make run: the run went wrong, status $status (1 tool error, 2 bad input, 4 changed, 32 nothing observed)" >&2
    exit "$status"
fi
if [ ! -s report.json ]; then
    echo "make run: no report.json was written" >&2
    exit 1
fi
