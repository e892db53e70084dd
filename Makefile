# The habits of this project. CI calls the same targets as a person does.

# One step after the other: each of them uses every core already.
.NOTPARALLEL:
.PHONY: help setup run test dev bench build size fmt lint unit browser keycloak run-keycloak

# wasm-bindgen of the locked version, then wasm-opt: cargo-leptos takes the first that it finds.
export PATH := $(CURDIR)/target/tools:$(CURDIR)/end2end/node_modules/.bin:$(PATH)
# Where the built files lie is part of this project's interface.
export CARGO_TARGET_DIR := $(CURDIR)/target

# In CI a Cargo.lock that does not fit is a fault; at a desk it is brought up to date.
LOCKED := $(if $(CI),--locked)
# CI's machine is shared: what passes at its second try is called flaky there, and is looked into.
RETRIES := $(if $(CI),--retries 1)

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
	@echo 'make bench   Lighthouse, requests per second, and a peer under the same load'
	@echo 'make fmt     format the code'
	@echo 'make setup   install what is missing, and nothing else'

setup:
	@tools/setup

run: build
	target/release/ciba-login serve

# The browser tests come last: their closing line counts them.
test:
	@tools/setup test
	@$(MAKE) --no-print-directory lint unit size browser

# Under names that stay, a changed style can take the place of the old one.
dev: setup
	LEPTOS_HASH_FILES=false cargo leptos watch

build: setup
	cargo leptos build --release --precompress

fmt:
	cargo fmt --all

lint: setup
	cargo fmt --all --check
	cargo clippy $(LOCKED) --workspace --all-targets -- -D warnings
	cargo clippy $(LOCKED) -p front --lib --target wasm32-unknown-unknown --features hydrate -- -D warnings
	for script in src/*/pages/*.js src/*/pages/scripts/*.js; do node --check $$script || exit 1; done

unit:
	@tools/setup test
	cargo nextest run $(LOCKED) $(RETRIES) --workspace
	cargo test $(LOCKED) --doc --workspace

size: build
	@node tools/size.mjs

browser: build
	@tools/setup test
	cd end2end && npx playwright test

keycloak: build
	@tools/setup test
	cd end2end && npx playwright test keycloak.spec.ts

run-keycloak: build
	node tools/keycloak-demo.mjs

bench: build
	@tools/setup bench
	cargo build --release $(LOCKED) --example bare-axum
	@node tools/bench/main.mjs
