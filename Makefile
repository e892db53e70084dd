# The habits of this project. CI calls the same targets as a person does.

# One step after the other: each of them uses every core already.
.NOTPARALLEL:
.PHONY: help setup run test dev bench profile timing build size fmt lint unit browser keycloak run-keycloak chaos fuzz dist

# wasm-bindgen of the locked version, then wasm-opt: cargo-leptos takes the first that it finds.
export PATH := $(CURDIR)/target/tools:$(CURDIR)/end2end/node_modules/.bin:$(PATH)
# Where the built files lie is part of this project's interface.
export CARGO_TARGET_DIR := $(CURDIR)/target

# In CI a Cargo.lock that does not fit is a fault; at a desk it is brought up to date.
LOCKED := $(if $(CI),--locked)
# Advisories where a database is at hand: cargo-deny does not fetch one by itself here.
DENY := bans licenses sources $(if $(wildcard $(HOME)/.cargo/advisory-db*),advisories)
# CI's machine is shared: what passes at its second try is called flaky there, and is looked into.
RETRIES := $(if $(CI),--retries 1)

# What a release is compiled with where the profile was made for its machine (docs/decisions/0033). Whoever
# has another compiler, or other versions of the parts, builds the same release as without it.
LAID_OUT = CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS="$$(node tools/profile.mjs flags)"

help:
	@echo 'make run     set up, build for release, serve with the embedded provider and demo data'
	@echo 'make test    set up, then every check: format, lints, unit, integration, size, browser'
	@echo 'make dev     rebuild and reload on every change (cargo leptos watch)'
	@echo 'make lint    formatting and clippy, for the server and for the browser'
	@echo 'make unit    unit and integration tests, and the examples in the documentation'
	@echo 'make browser browser tests, on the built release'
	@echo 'make keycloak      browser tests against a real Keycloak (fetched by Maven) alone'
	@echo 'make run-keycloak  the site as the device of a real Keycloak, on this machine'
	@echo 'make size    what a first visit loads, against its budget'
	@echo 'make bench   Lighthouse, CPU for each request, and peers under the same load'
	@echo 'make profile which code a day uses, by which releases are laid out (after an update)'
	@echo 'make timing  whether the time of an answer tells who is a customer (AUC of 400 samples)'
	@echo 'make chaos   an hour of customers who decide while processes are killed (CHAOS_SECONDS)'
	@echo 'make fuzz    libFuzzer on what reads text from outside, a minute for each (FUZZ_SECONDS)'
	@echo 'make dist    one archive with the program, its files, licences and the list of its parts'
	@echo 'make fmt     format the code'
	@echo 'make setup   install what is missing, and nothing else'

setup:
	@tools/setup

run: build
	target/release/ciba-login serve

# The browser tests come last: their closing line counts them.
test:
	@tools/setup test
	@$(MAKE) --no-print-directory lint unit size
	@$(MAKE) --no-print-directory chaos CHAOS_SECONDS=120
	@$(MAKE) --no-print-directory browser

# Under names that stay, a changed style can take the place of the old one.
dev: setup
	LEPTOS_HASH_FILES=false cargo leptos watch

build: setup
	$(LAID_OUT) cargo leptos build --release --precompress
	@node tools/profile.mjs check

fmt:
	cargo fmt --all

lint: setup
	cargo fmt --all --check
	cargo clippy $(LOCKED) --workspace --all-targets -- -D warnings
	cargo clippy $(LOCKED) -p front --lib --target wasm32-unknown-unknown --features hydrate -- -D warnings
	for script in src/*/pages/*.js src/*/pages/scripts/*.js; do node --check $$script || exit 1; done
# Compiling it takes longer than everything here. Licences, bans and sources are a test (parts.rs).
	@if command -v cargo-deny >/dev/null; then cargo deny --locked --offline check $(DENY); fi

unit:
	@tools/setup test
	cargo nextest run $(LOCKED) $(RETRIES) --workspace
	cargo test $(LOCKED) --doc --workspace

size: build
	@node tools/size.mjs

browser: build
	@tools/setup test
	cd end2end && npx playwright test

CHAOS_SECONDS ?= 3600
chaos: build
	@tools/setup test
	TEST_BINARY=$(CURDIR)/target/release/ciba-login CHAOS_SECONDS=$(CHAOS_SECONDS) \
		cargo nextest run $(LOCKED) --run-ignored only --no-capture -E 'test(/^chaos::/)'

FUZZ_SECONDS ?= 60
# Without the address sanitizer: no unsafe code is allowed here, and the build takes half as long. What is
# found on the way stays in target/, where the next run goes on from it; a finding is put into fuzz/corpus.
fuzz:
	@tools/setup fuzz
	@for program in fuzz/fuzz_targets/*.rs; do \
		target=$$(basename "$$program" .rs); \
		mkdir -p "target/fuzz-corpus/$$target" && \
		cargo +nightly fuzz run --sanitizer none "$$target" \
			"target/fuzz-corpus/$$target" "fuzz/corpus/$$target" -- \
			-max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 || exit; \
	done

dist: build
	@node tools/dist.mjs

keycloak: build
	@tools/setup test
	cd end2end && npx playwright test keycloak.spec.ts

run-keycloak: build
	node tools/keycloak-demo.mjs

bench: build
	@tools/setup bench
	$(LAID_OUT) cargo build --release $(LOCKED) --example bare-axum
	@node tools/bench/main.mjs

# The same release, but with counters in it, which processes that run at once add to four files as they
# end. The build has some in what it runs itself, too.
profile:
	@tools/setup profile
	cargo leptos build --release --precompress --frontend-only
	CARGO_TARGET_DIR=$(CURDIR)/target/profile RUSTFLAGS=-Cprofile-generate LLVM_PROFILE_FILE=/dev/null \
		cargo build --release $(LOCKED) --bin ciba-login
	cp -R target/site target/profile/
	TEST_BINARY=target/profile/release/ciba-login LLVM_PROFILE_FILE=$(CURDIR)/target/profile/counts/%4m.profraw \
		node tools/profile.mjs record

timing:
	cargo nextest run --run-ignored only --no-capture -E 'test(how_much_the_time)'
