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
# Seconds for each target. FUZZ_RUNS gives it a number of inputs instead; with both, whatever ends first.
FUZZ_SECONDS ?= $(if $(FUZZ_RUNS),0,60)
FUZZ_RUNS ?=
FUZZ_TARGETS ?= $(basename $(notdir $(wildcard fuzz/fuzz_targets/*.rs)))
# 0 for another one every time; the run tells which.
FUZZ_SEED ?= 0
# How much test-long does, and from which random numbers: those of another night can be had again.
LONG_CASES ?= 20000
LONG_PEOPLE ?= 50000
LONG_FUZZ_SECONDS ?= 1200
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

# What is about to happen comes before it happens.
.NOTPARALLEL:

.PHONY: quickstart
quickstart: announce programs ## A local Kubernetes, a simulated Google Workspace and the operator, left running
	@$(BIN)/local-stack up --dir .run

# Built by nobody: `up` left the program there, and it outlives cargo clean.
.PHONY: stop
stop: ## End what quickstart started; the data stay in .run
	@if [[ ! -d .run ]]; then
	  echo "nothing was started here"
	  exit
	fi
	stack=.run/local-stack
	[[ -x $$stack ]] || stack=$(BIN)/local-stack
	if [[ ! -x $$stack ]]; then
	  echo "the program that ends the stack is not there: run make quickstart, then make stop" >&2
	  exit 1
	fi
	"$$stack" down --dir .run

.PHONY: control-plane
control-plane: programs ## Build etcd, kube-apiserver, kube-controller-manager, kubectl and helm, unless they are there
	@$(BIN)/local-stack build

# All of them in one build: cargo compiles a dependency once more for each other set of packages.
# The first time on a machine, Go compiles the control plane into its own cache beside cargo: downloads and the stretches in
# which a compiler has one thing to do overlap. local-stack has only to link then. Nothing is lost when it fails: local-stack
# tries again and says why.
.PHONY: programs
programs: tools
	@if [[ -z $${KUBEBUILDER_ASSETS:-} ]] && ! compgen -G "$(CACHE)/control-plane-*/helm" >/dev/null; then
	  echo "building the operator, the Google simulator and the harness, and the control plane beside them"
	  # A group of its own, so that all of it ends when cargo fails or somebody presses Ctrl-C.
	  set -m
	  for module in etcd kubernetes helm; do
	    (cd tests/control-plane/$$module && env CGO_ENABLED=0 GOWORK=off GOTOOLCHAIN=local nice go list -export -deps \
	      -trimpath -buildvcs=false -f '{{""}}' tool) </dev/null >/dev/null 2>&1 || true
	  done &
	  beside=$$!
	  set +m
	  trap 'kill -- -$$beside 2>/dev/null || true' EXIT
	else
	  echo "building the operator, the Google simulator and the harness (minutes the first time)"
	fi
	$(CARGO) build --locked --workspace --bins
	wait

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
test: FOR := test
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
test-long: control-plane ## What takes a night: LONG_CASES per property, a directory of LONG_PEOPLE, LONG_FUZZ_SECONDS per fuzz target, the image, all plans of faults
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
	part "$(LONG_FUZZ_SECONDS) seconds for each fuzz target with FUZZ_SEED=$(LONG_SEED)" \
	  $(MAKE) fuzz FUZZ_SECONDS=$(LONG_FUZZ_SECONDS) FUZZ_SEED=$(LONG_SEED)
	part "the container image" $(MAKE) test-image
	part "all plans of faults" \
	  env DIALPLANE_PLANS=all $(CARGO) test --locked --test operator plans:: -- --nocapture --test-threads 4
	exit $$broken

.PHONY: lint
lint: lint-rust lint-generated lint-dependencies lint-chart ## Formatting, clippy, generated files, licences, chart

.PHONY: lint-rust
lint-rust: rust-components
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
	# That of the fuzz targets holds the operator's dependencies too, and grows old with them.
	$(CARGO) fetch --locked --manifest-path fuzz/Cargo.toml || { echo "fuzz/Cargo.lock is stale: run make fuzz-lock" >&2; exit 1; }
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

# With --target, cargo leaves build scripts and macros without the flags. A target that fails does not keep the others from running.
.PHONY: fuzz
fuzz: tools ## A minute of random input for each parser of foreign input, from its seeds and what earlier runs found
	@cd fuzz
	host=$$(rustc -vV | sed -n 's/^host: //p')
	env $(if $(FUZZ_SANITIZER),RUSTC_BOOTSTRAP=1) RUSTFLAGS="$(FUZZ_FLAGS)" \
	  $(CARGO) build --locked --release --target "$$host" --target-dir target $(FUZZ_TARGETS:%=--bin %)
	failed=
	for name in $(FUZZ_TARGETS); do
	  echo "== $$name"
	  mkdir -p found/$$name artifacts/$$name
	  words=$$name.dict
	  [[ -f $$words ]] || words=google.dict
	  "target/$$host/release/$$name" -runs=$(or $(FUZZ_RUNS),-1) -max_total_time=$(FUZZ_SECONDS) -seed=$(FUZZ_SEED) \
	    -max_len=4096 -timeout=5 -rss_limit_mb=$(if $(FUZZ_SANITIZER),2048,512) -print_final_stats=1 -dict=$$words \
	    -artifact_prefix=artifacts/$$name/ found/$$name corpus/$$name || failed+=" $$name"
	done
	[[ -z $$failed ]] || { echo "failed:$$failed; the inputs are in fuzz/artifacts" >&2; exit 1; }

.PHONY: fuzz-lock
fuzz-lock: ## Give the fuzz targets the versions of the operator's Cargo.lock
	@cp Cargo.lock fuzz/Cargo.lock
	$(CARGO) metadata --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null

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

# Debian's packages whose programs the builds and the README's commands call, when they are missing; with FOR=test those that the
# tests call, too. setpriv and setsid are util-linux's: they tie the tests' processes to the tests.
define MISSING
missing=()
command -v cc >/dev/null || missing+=(build-essential)
command -v curl >/dev/null || missing+=(curl)
command -v setpriv >/dev/null && command -v setsid >/dev/null || missing+=(util-linux)
[[ "$(FOR)" != test ]] || python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
may_install() { [[ $$(id -u) == 0 ]] && command -v apt-get >/dev/null; }
endef

# Says what quickstart is going to do, before anything is done.
.PHONY: announce
announce:
	@$(MISSING)
	echo "make quickstart starts a local Kubernetes, a simulated Google Workspace and the operator, and asks nothing."
	if (( ! $${#missing[@]} )); then
	  echo "  installs   nothing"
	elif may_install; then
	  echo "  installs   with apt-get, from Debian: $${missing[*]}"
	fi
	if [[ -x $(BIN)/local-stack ]]; then
	  echo "  builds     what has changed since the last time"
	else
	  echo "  builds     with cargo, into $(or $(CARGO_TARGET_DIR),target): the operator, the simulator and what starts them"
	fi
	if [[ -n $${KUBEBUILDER_ASSETS:-} ]]; then
	  echo "  takes      what is in $$KUBEBUILDER_ASSETS"
	elif ! compgen -G "$(CACHE)/control-plane-*/helm" >/dev/null; then
	  echo "  builds     with Go, into $(CACHE): etcd, kube-apiserver, kube-controller-manager, kubectl, helm"
	  echo "  takes      about 14 minutes on two cores and a download of some 500 MB the first time, seconds the next time"
	fi

# Installs what is missing on a Debian machine when we may; says otherwise, all at once, what is missing and what to do.
.PHONY: tools
tools:
	@$(MISSING)
	if (( $${#missing[@]} )) && may_install; then
	  echo "installing $${missing[*]}"
	  apt-get -qq update
	  DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "$${missing[@]}" </dev/null
	  missing=()
	fi
	needed=()
	(( ! $${#missing[@]} )) || needed+=("$${missing[*]}: sudo apt-get install --yes $${missing[*]}")
	command -v $(CARGO) >/dev/null || needed+=("Rust 1.95: https://rustup.rs")
	if [[ -z $${KUBEBUILDER_ASSETS:-} ]] && ! command -v go >/dev/null &&
	  ! compgen -G "$(CACHE)/control-plane-*/helm" >/dev/null; then
	  needed+=("Go 1.26: https://go.dev/dl/")
	fi
	if (( $${#needed[@]} )); then
	  printf 'please install %s\n' "$${needed[@]}" >&2
	  exit 1
	fi

.PHONY: rust-components
rust-components: tools
	@if ! { $(CARGO) fmt --version && $(CARGO) clippy --version; } >/dev/null 2>&1 && command -v rustup >/dev/null; then
	  rustup component add rustfmt clippy
	fi
