# Every command of the project. `make help` lists them with the time each takes.
#
# What is up to date is not made again: cargo watches the Rust sources itself, the pages and their WASM watch
# a fingerprint of their sources' content (deploy/install/fingerprint.sh), npm packages their lock file.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
# cargo and npm use all cores themselves, and all WASM modules pass through one cargo folder.
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules

# The paths below are promises, whatever a shell or a cargo configuration says.
export CARGO_TARGET_DIR := $(CURDIR)/target
# rustup's own directory, for a shell that was open before Rust was installed.
ifneq ($(wildcard $(HOME)/.cargo/bin/cargo),)
export PATH := $(HOME)/.cargo/bin:$(PATH)
endif

PORT ?= 8080
install := deploy/install
stamp := target/stamp
doors := $(addprefix target/wasm/door-,visit.wasm seat.wasm chat.wasm pair.wasm)
# Standard output belongs to the program that is run; our own words go to standard error.
say := printf '%s\n' >&2

# Set by hand, or the first that is found: Debian's Chromium, or another browser that takes its flags.
ifeq ($(CHROMIUM),)
CHROMIUM := $(firstword $(wildcard /usr/bin/chromium /usr/bin/google-chrome /snap/bin/chromium) \
	/usr/bin/chromium)
endif
export CHROMIUM

.PHONY: help
help: ## this list
	@echo 'make …'
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name words; do \
		printf '%-10s  %s\n' "$$name" "$$words"; done

# --- make run -----------------------------------------------------------------------------------------------

.PHONY: run
run: ## serve the demo on PORT (8080): about 5 minutes the first time, then seconds; Ctrl-C ends it
	@$(install)/port.sh '$(PORT)'
	@$(say) 'Building the demo: about 5 minutes the first time, seconds when nothing changed.'
	@$(MAKE) --no-print-directory tools relay >&2
	@mkdir -p -m 700 target/demo && chmod 700 target/demo
	@$(say) 'Starting the demo on port $(PORT); Ctrl-C ends it.'
	@exec target/release/lykta serve --demo --listen '127.0.0.1:$(PORT)'

# --- what is built ------------------------------------------------------------------------------------------

.PHONY: tools
tools:
	@$(install)/tools.sh

.PHONY: relay
relay: pages
	@$(say) 'Building the relay (about 3 minutes the first time).'
	@$(install)/cargo-release.sh build --release --locked -p lykta-server

# Both pages as the relay carries them, in web-client/dist.
.PHONY: pages
pages: $(stamp)/pages

$(stamp)/pages: $(stamp)/web-client $(doors) \
		web-client/node_modules/.package-lock.json $(if $(wildcard web-client/dist),,FORCE)
	@$(say) 'Building the pages (about 20 seconds).'
	@cd web-client && npm run --silent build >&2
	@touch $@

# The client machines as WASM: the visitor's, and the desk's three. The memory is fixed in bytes.
$(doors): feature = $(@:target/wasm/door-%.wasm=%),rooms
$(doors): memory := 4194304
target/wasm/door-visit.wasm: memory := 2097152
$(doors): $(stamp)/protocol \
		web-client/build/node_modules/.package-lock.json
	@web-client/build/wasm.sh $(feature) $(memory) $@

%/node_modules/.package-lock.json: %/package-lock.json
	@$(say) 'Fetching the npm packages of $* (about 20 seconds).'
	@cd $* && npm ci --no-audit --no-fund >&2
	@touch $@

# The date of the sources is in the pages (web-client/bundle/date.ts), so it counts as one of them.
$(stamp)/web-client: FORCE
	@mkdir -p $(stamp)
	@git log -1 --format=%ct -- web-client protocol Cargo.toml Cargo.lock >$(stamp)/date 2>&1 || true
	@$(install)/fingerprint.sh $@ web-client $(stamp)/date
$(stamp)/protocol: FORCE
	@$(install)/fingerprint.sh $@ Cargo.toml Cargo.lock \
		web-client/build/wasm.sh web-client/build/fallback.mjs web-client/build/inspect.mjs \
		web-client/build/package-lock.json \
		protocol/wire protocol/trust protocol/e2ee protocol/client protocol/wasm
.PHONY: FORCE
FORCE:

# --- make test ----------------------------------------------------------------------------------------------

# A part is a target `part-NAME` that works by itself. The parts before -- are needed by all the others.
.PHONY: test
test: ## install what tests need and run them all: about 44 minutes the first time on two cores
	@$(say) 'Testing everything: about 44 minutes the first time on two cores, about 25 when all is built.'
	@MAKE='$(MAKE)' $(install)/parts.sh tools pages -- format lints doc rust valkey interop models changed web relay package browser

# The licences are read also of what a dependency would need in a browser, and never built.
.PHONY: part-tools
part-tools: tools
	@cargo fetch --locked --quiet --target wasm32-unknown-unknown
	@$(install)/packages.sh redis-server=redis-server /usr/sbin/nginx=nginx-light caddy=caddy \
		tor=tor systemd-analyze=systemd strace=strace $(CHROMIUM)=chromium firefox-esr=firefox-esr \
		/usr/share/fonts/truetype/liberation=fonts-liberation \
		/usr/share/fonts/truetype/noto=fonts-noto-core \
		/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf=fonts-noto-color-emoji

.PHONY: part-pages
part-pages: pages

.PHONY: part-format
part-format:
	@$(say) 'Is every Rust file formatted? (a second)'
	@cargo fmt --all --check

# The relay embeds the pages, so whatever compiles it needs them first.
.PHONY: part-lints
part-lints: pages
	@$(say) 'Clippy over the workspace, warnings are errors (about 3 minutes).'
	@cargo clippy --workspace --all-targets --locked -- -D warnings

# The manual is part of the crates' documentation.
.PHONY: part-doc
part-doc: pages
	@$(say) 'The documentation, manual included: does every link lead somewhere? (about a minute)'
	@RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked

.PHONY: part-rust
part-rust: pages
	@$(say) 'The Rust tests: units, stories, faults, tidiness (about 10 minutes).'
	@cargo test --workspace --locked --no-fail-fast

# In the same build as part-rust: naming one package would compile its dependencies with other features again.
.PHONY: part-interop
part-interop:
	@$(install)/interop.sh
	@$(say) 'Our encryption against one written from the manual in another language (seconds after part-rust).'
	@LYKTA_INTEROP_PYTHON=target/interop-venv/bin/python \
		cargo test --workspace --locked --test interop -- --include-ignored
	@target/interop-venv/bin/python -W ignore tests/interop/replay.py

# Where Valkey cannot be had its script says so and ends with 3: nothing was tried, and nothing failed.
.PHONY: part-valkey
part-valkey:
	@status=0; $(install)/valkey.sh || status=$$?; [ $$status -ne 3 ] || exit 0; [ $$status -eq 0 ]; \
		printf '%s\n' "The line's contract on Valkey (seconds after part-rust)." >&2; \
		LYKTA_VALKEY=$(CURDIR)/target/valkey/valkey-server \
		cargo test --workspace --locked --lib -- --ignored the_line_on_valkey_keeps_the_contract

.PHONY: part-models
part-models:
	@$(say) 'Every protocol model, briefly (about 2 minutes; Verifpal itself 4 the first time).'
	@protocol/model/run.sh install >&2
	@protocol/model/run.sh quick

.PHONY: part-changed
part-changed:
	@$(say) 'Mutants of what changed in e2ee and trust (a second when nothing did, at most 15 minutes).'
	@protocol/mutants.sh changed

.PHONY: part-web
part-web: pages
	@$(say) 'The web client: types and its own tests (about a minute).'
	@cd web-client && npm run --silent check && npm --silent test

.PHONY: part-relay
part-relay: relay

.PHONY: part-browser
part-browser: relay tests/browser/node_modules/.package-lock.json
	@cargo build --locked -p lykta-root
	@$(say) 'The browser stories, in Chromium and Firefox (about 15 minutes).'
	@cd tests/browser && npm --silent test

# --- make nightly -------------------------------------------------------------------------------------------

.PHONY: nightly
nightly: ## the long ones: models, flipped bits, ten thousand seeds and days, fuzzing, mutants: about 4 hours
	@$(say) 'The long tests: about 4 hours.'
	@MAKE='$(MAKE)' $(install)/parts.sh tools pages -- twice longmodels bits seeds days outages night looks fuzz mutants

# Of what is committed: what is not cannot be built by anybody else.
.PHONY: part-twice
part-twice:
	@$(say) 'The same bytes when it is built twice? (about 15 minutes)'
	@$(install)/twice.sh

.PHONY: part-longmodels
part-longmodels:
	@$(say) 'The protocol models with two sessions each (12 to 25 minutes; Verifpal itself 4 the first time).'
	@protocol/model/run.sh install >&2
	@protocol/model/run.sh all

.PHONY: part-bits
part-bits:
	@$(say) 'Every single bit of hello and answer flipped (about 2 minutes).'
	@cargo test --locked --profile fuzz -p lykta-e2ee -- --ignored not_one_of_all_single_flipped_bits

.PHONY: part-seeds
part-seeds:
	@$(say) 'Ten thousand seeds of a relay that loses, reorders, lies and forgets (about 3 minutes).'
	@cargo test --locked --profile fuzz -p lykta-client --test story_network -- --ignored ten_thousand

.PHONY: part-looks
part-looks: relay tests/browser/node_modules/.package-lock.json
	@$(say) 'Every screen in every language in every look (about 15 minutes).'
	@cd tests/browser && LYKTA_NIGHTLY=1 node --test --test-reporter=spec seen.test.mjs

# In the same build as part-rust, with its checks for overflow.
.PHONY: part-days
part-days: pages
	@$(say) 'Ten thousand simulated days, and a relay dying at each of its awaits (about 15 minutes).'
	@cargo test --workspace --locked --profile fuzz --test sim -- --ignored ten_thousand_simulated_days a_relay_dies_at_every_single_await

# A row of chances of its own for every day; the number is printed, so that a day can be run again.
.PHONY: part-fuzz
part-fuzz: export LYKTA_FUZZ_SEED ?= $(shell date +%Y%m%d)
part-fuzz:
	@$(say) 'Every fuzz target for two minutes, chances of $(LYKTA_FUZZ_SEED) (about 25 minutes).'
	@cargo run --locked --profile fuzz -p lykta-fuzz -- 120

.PHONY: part-mutants
part-mutants:
	@$(say) 'Every mutant of e2ee and trust (1 to 2 hours).'
	@protocol/mutants.sh all

# --- make bench ---------------------------------------------------------------------------------------------

.PHONY: bench
bench: relay tests/browser/node_modules/.package-lock.json ## the relay against bare baselines, storms, abuse, greeting, a slow phone: about 20 minutes, the first time 10 more
	@$(say) 'Measuring greeting and sealing (seconds once it is compiled).'
	@$(install)/cargo-release.sh bench --quiet --locked -p lykta-wasm --bench doors | node web-client/bench/doors.mjs target/bench/results.json
	@$(say) 'Measuring chats while somebody abuses the relay (about 4 minutes once it is compiled).'
	@cargo bench --quiet --locked --profile fuzz -p lykta-tests --bench abuse
	@$(say) 'A slow phone: 400 kbit/s, 400 ms, a processor six times slower (about a minute).'
	@cd tests/browser && npm run --silent bench
	@$(say) 'Measuring the relay against the barest thing of its own crates (about 15 minutes once it is compiled).'
	@cargo bench --quiet --locked -p lykta-tests --bench load

# --- pictures -----------------------------------------------------------------------------------------------

.PHONY: pictures
pictures: part-tools relay tests/browser/node_modules/.package-lock.json ## pictures of every screen in target/screenshots, to be looked at: about 3 minutes
	@$(say) 'Pictures of every screen: target/screenshots/picture-*.png (about 3 minutes).'
	@cd tests/browser && npm run --silent pictures

# In the same build as part-rust.
.PHONY: part-outages
part-outages: part-tools pages
	@$(say) 'Phones without network for minutes, relays that sleep unnoticed, 500 chats while both relays restart (about 22 minutes after part-rust).'
	@cargo test --workspace --locked --test fault -- --ignored

# Each in turn: a phone that sleeps for minutes does not mind, one that is short of time does.
.PHONY: part-night
part-night: part-tools relay tests/browser/node_modules/.package-lock.json
	@$(say) 'Leaving in Firefox from everywhere, and a phone that sleeps for 2, 10 and 16 minutes (about 35 minutes).'
	@cd tests/browser && npm --silent run night

# --- make package -------------------------------------------------------------------------------------------

.PHONY: package
package: tools relay ## Debian packages for the server and the offline machine, and a container: about 4 minutes the first time
	@$(say) 'Building the offline tool (about 2 minutes the first time).'
	@$(install)/cargo-release.sh build --release --locked -p lykta-root
	@deploy/package/build.sh
	@deploy/container/build.sh

.PHONY: part-package
part-package: package
	@$(install)/packages.sh systemd-analyze=systemd man=man-db groff=groff-base objdump=binutils
	@$(say) 'The packages: installed into a folder, run, removed; and started under a systemd of their own (about a minute).'
	@deploy/package/test.sh
	@deploy/package/booted.sh

# --- make audit ---------------------------------------------------------------------------------------------

.PHONY: audit
audit: tools ## known advisories against our dependencies; needs the network: about 5 minutes the first time
	@$(install)/audit.sh
