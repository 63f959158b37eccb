# isotier: `make help` lists the goals. Everything a goal needs is set up by the goal (harness/setup.sh, harness/packages.txt).
PYTHON ?= /usr/bin/python3
JOBS   ?= $(shell nproc 2>/dev/null || echo 2)
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: run test build campaign bench baselines docs format clean help setup-run setup-test
.DEFAULT_GOAL := help

help: ## list the goals
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: build ## build, run the bundled scenarios on the default machine, print the matrix, write report.json
	@harness/run.sh build/bin/isotier

test: setup-test ## build with -Werror and with sanitizers, then every test
	@$(PYTHON) -m harness.check --jobs $(JOBS)

build: setup-run ## build build/bin/isotier (preset release)
	@cmake --preset release >build.log 2>&1 || { cat build.log; rm -f build.log; exit 1; }; rm -f build.log
	@cmake --build --preset release --parallel $(JOBS)

campaign: build setup-test ## the long runs: 100,000 instruction sequences against QEMU, the public corpus with 200 seeds
	@$(PYTHON) -m harness.campaign --jobs $(JOBS)

bench: build setup-test ## start-up, runs and accesses a second, outcome sets a second, how cost grows (build/bench/scaling.svg)
	@$(PYTHON) -m harness.bench

baselines: build setup-test ## rewrite reports/baselines and the scenarios of the profile gate; look at the diff of the surfaces
	@$(PYTHON) -m harness.baselines --write

docs: build setup-test ## redraw the pictures, refresh the sample runs in README.md
	@build/bin/isotier run --quiet --report docs/report.json scenarios/migration/tagged-heap-migrate.litmus || [ $$(($$? & ~24)) -eq 0 ]
	@build/bin/isotier explain docs/report.json migration/tagged-heap-migrate@cxl-notag:wb-tagged+x --no-search --dot docs/witness.dot >/dev/null || [ $$(($$? & ~24)) -eq 0 ]
	@rm -f docs/report.json
	@for picture in docs/*.dot; do dot -Tsvg $$picture -o $${picture%.dot}.svg; done
	@$(PYTHON) -m harness.readme --write

format: setup-test ## let clang-format rewrite the C and C++ sources
	@git ls-files -co --exclude-standard '*.c' '*.h' '*.cpp' '*.hpp' | xargs -r clang-format-14 -i

clean: ## remove what was built
	@rm -rf build build-dev build-asan .pytest_cache .mypy_cache report.json
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup-run:
	@harness/setup.sh run

setup-test:
	@harness/setup.sh test
