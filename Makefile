# Everything that a person or CI does with this repository. `make` alone lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

CARGO ?= cargo
# Outside the repository, so that a fresh clone is quick on a machine that has built one before.
CACHE := $(or $(DIALPLANE_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/dialplane)
CARGO_DENY_VERSION := 0.20.2
CARGO_DENY := $(CACHE)/cargo-deny-$(CARGO_DENY_VERSION)/bin/cargo-deny
BIN := $(or $(CARGO_TARGET_DIR),target)/debug
CHART := charts/dialplane
# Tests at the same time, for two cores or more.
TEST_THREADS ?= 5
SCALE_THREADS ?= 3
FUZZ_RUNS ?= 200000
# 0 for another one every time; the run tells which.
FUZZ_SEED ?= 0
# How much test-long does, and from which random numbers: those of another night can be had again.
LONG_CASES ?= 20000
LONG_PEOPLE ?= 50000
LONG_FUZZ_RUNS ?= 20000000
ifndef LONG_SEED
LONG_SEED := $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
endif
# For example address, for errors of memory in unsafe dependencies; slower.
FUZZ_SANITIZER ?=
# cargo-fuzz's flags for coverage, which a stable compiler takes. It takes a sanitizer only when told to.
FUZZ_FLAGS := $(if $(FUZZ_SANITIZER),-Zsanitizer=$(FUZZ_SANITIZER)) --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
  -Cllvm-args=-sanitizer-coverage-trace-compares

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

.PHONY: quickstart
quickstart: programs ## A local Kubernetes, a simulated Google Workspace and the operator, left running
	@$(BIN)/local-stack up

.PHONY: stop
stop: ## End what quickstart started; the data stay in .run
	@if [[ ! -d .run ]]; then
	  echo "nothing was started here"
	  exit
	fi
	$(MAKE) programs
	$(BIN)/local-stack down

.PHONY: control-plane
control-plane: programs ## Build etcd, kube-apiserver, kube-controller-manager, kubectl and helm, unless they are there
	@$(BIN)/local-stack build

# All of them in one build: cargo compiles a dependency once more for each other set of packages.
.PHONY: programs
programs: tools
	@echo "building the operator, the Google simulator and the harness (minutes the first time)"
	$(CARGO) build --locked --workspace --bins

.PHONY: build
build: tools ## The operator, as it is released
	@$(CARGO) build --locked --release --bin dialplane

# IMAGE names it, OUTPUT is the file, WITH=docker has an engine build the Dockerfile instead.
.PHONY: image
image: ## The container image as a file for clusters and registries, built without a container engine
	@CARGO="$(CARGO)" image/build.sh

.PHONY: test-image
test-image: image ## The image runs with nothing beside it
	@DIALPLANE_IMAGE="$(abspath $(or $(OUTPUT),target/dialplane-image.tar))" $(CARGO) test --locked --test image -- --include-ignored

# The tests of many people need the machine for themselves, most others wait most of the time. What one run skips by name the
# other one picks by the same name, so that every test is run once.
.PHONY: test
test: control-plane ## Every test, against a real API server and the Google simulator
	@log=$$(mktemp)
	trap 'rm -f "$$log"' EXIT
	$(CARGO) test --locked --workspace --no-run
	broken=0
	run() {
	  $(CARGO) test --locked --workspace --no-fail-fast "$$@" 2>&1 | tee -a "$$log" || broken=1
	}
	run -- --skip scale:: --test-threads $(TEST_THREADS)
	run scale:: -- --test-threads $(SCALE_THREADS)
	# A program that broke off without telling how counts as one failure.
	awk '/^test result: / { passed += $$4; failed += $$6; told += /FAILED/ }
	  /^error: (test|doctest) failed, to rerun/ { broken++ }
	  END { printf "%d passed, %d failed\n", passed, failed + broken - told }' "$$log"
	exit $$broken

# Without optimisation the properties alone would take days; what a test checks is checked all the same.
.PHONY: test-long
test-long: control-plane ## What takes a night: LONG_CASES per property, a directory of LONG_PEOPLE, LONG_FUZZ_RUNS inputs, the image
	@broken=0
	part() {
	  local began=$$SECONDS verdict=done
	  echo "$$1"
	  "$${@:2}" || { broken=1 verdict=failed; }
	  echo "$$1: $$verdict after $$((SECONDS - began)) s"
	}
	part "properties with PROPTEST_CASES=$(LONG_CASES) PROPTEST_RNG_SEED=$(LONG_SEED)" \
	  env PROPTEST_CASES=$(LONG_CASES) PROPTEST_RNG_SEED=$(LONG_SEED) \
	  CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true CARGO_PROFILE_RELEASE_LTO=off \
	  $(CARGO) test --locked --workspace --release --lib
	part "a directory of $(LONG_PEOPLE) people" \
	  env DIALPLANE_BENCH_ROUNDS=0 DIALPLANE_BENCH_LARGE=$(LONG_PEOPLE) $(CARGO) bench --locked --bench sync
	part "$(LONG_FUZZ_RUNS) inputs with FUZZ_SEED=$(LONG_SEED)" \
	  $(MAKE) fuzz FUZZ_RUNS=$(LONG_FUZZ_RUNS) FUZZ_SEED=$(LONG_SEED)
	part "the container image" $(MAKE) test-image
	exit $$broken

.PHONY: lint
lint: tools lint-rust lint-generated lint-dependencies lint-chart ## Formatting, clippy, generated files, licences, chart

.PHONY: lint-rust
lint-rust: tools
	@$(CARGO) fmt --all --check
	$(CARGO) fmt --check --manifest-path fuzz/Cargo.toml
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

.PHONY: lint-generated
lint-generated: programs
	@generated=$$(mktemp -d)
	trap 'rm -rf "$$generated"' EXIT
	$(BIN)/dialplane crds --output-dir "$$generated"
	for copy in crds $(CHART)/files/crds; do
	  diff --recursive --unified "$$copy" "$$generated" || { echo "$$copy is stale: run make crds" >&2; exit 1; }
	done

# Advisories need the network and change by themselves: `cargo deny check advisories` belongs in a schedule, not here.
.PHONY: lint-dependencies
lint-dependencies: tools $(CARGO_DENY)
	@$(CARGO) fetch --locked
	$(CARGO_DENY) --offline check --hide-inclusion-graph bans licenses sources

# CARGO_TARGET_DIR would leave another program's build in this project's directory.
$(CARGO_DENY):
	@echo "building cargo-deny $(CARGO_DENY_VERSION) into $(CACHE) (minutes, once)"
	rm -rf $(CACHE)/cargo-deny-*
	env --unset=CARGO_TARGET_DIR $(CARGO) install --locked --root $(CACHE)/cargo-deny-$(CARGO_DENY_VERSION) cargo-deny@$(CARGO_DENY_VERSION)

.PHONY: lint-chart
lint-chart: control-plane
	@"$$($(BIN)/local-stack path helm)" lint --strict $(CHART)

.PHONY: bench
bench: control-plane ## Speed, CPU and memory of syncs: medians of three rounds; only SIZES="10 1000", or only TENANTS=200, when given
	@$(if $(SIZES),DIALPLANE_BENCH_ROUNDS=0 DIALPLANE_BENCH_SIZES="$(SIZES)") \
	  $(if $(TENANTS),DIALPLANE_BENCH_ROUNDS=0 DIALPLANE_BENCH_LARGE=0 DIALPLANE_BENCH_TENANTS="$(TENANTS)") $(CARGO) bench --locked --bench '*'

# With --target, cargo leaves build scripts and macros without the flags.
.PHONY: fuzz
fuzz: tools ## FUZZ_RUNS random inputs for each fuzz target, from its corpus and what earlier runs found
	@cd fuzz
	host=$$(rustc -vV | sed -n 's/^host: //p')
	env $(if $(FUZZ_SANITIZER),RUSTC_BOOTSTRAP=1) RUSTFLAGS="$(FUZZ_FLAGS)" $(CARGO) build --locked --release --target "$$host" --target-dir target
	mkdir -p found/property artifacts/property
	"target/$$host/release/property" -runs=$(FUZZ_RUNS) -seed=$(FUZZ_SEED) -max_len=4096 -timeout=5 -dict=property.dict \
	  -artifact_prefix=artifacts/property/ found/property corpus/property

.PHONY: crds
crds: programs ## Write crds/ and the chart's copy from the types
	@rm -rf crds $(CHART)/files/crds
	for copy in crds $(CHART)/files/crds; do
	  $(BIN)/dialplane crds --output-dir "$$copy"
	done

.PHONY: clean
clean: stop ## Remove what was built here and the stack's data; not the cache
	@rm -rf .run
	$(CARGO) clean

# Installs on a Debian machine what the builds and tests call, when it is missing and we may; says what is missing
# otherwise. setpriv and setsid are util-linux's: they tie the tests' processes to the tests.
.PHONY: tools
tools:
	@missing=()
	command -v cc >/dev/null || missing+=(build-essential)
	command -v setpriv >/dev/null && command -v setsid >/dev/null || missing+=(util-linux)
	python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
	if (( $${#missing[@]} )); then
	  if [[ $$(id -u) == 0 ]] && command -v apt-get >/dev/null; then
	    echo "installing $${missing[*]}"
	    apt-get -qq update
	    DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "$${missing[@]}"
	  else
	    echo "please install: $${missing[*]}" >&2
	    exit 1
	  fi
	fi
	command -v $(CARGO) >/dev/null || { echo "please install Rust: https://rustup.rs" >&2; exit 1; }
	if ! { $(CARGO) fmt --version && $(CARGO) clippy --version; } >/dev/null 2>&1 && command -v rustup >/dev/null; then
	  rustup component add rustfmt clippy
	fi
