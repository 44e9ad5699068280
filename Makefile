# What one does with recoup. `make help` lists it.

WASM_TARGET := wasm32-unknown-unknown
# dev builds in minutes; `make run PROFILE=release` runs faster and builds slower.
PROFILE ?= dev
# What `recoup demo` is told beside, such as ARGS="--listen 127.0.0.1:9000".
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test rust clients browser prove bench wasm-target

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: wasm-target ## Build everything and start the demo
	cargo run --locked --profile $(PROFILE) -- demo $(ARGS)

test: wasm-target ## Run every check and every test
	@tests/all.sh

rust: wasm-target ## Only the checks and tests written in Rust
	@tests/all.sh rust

clients: wasm-target ## Only the stories with client libraries and peers of providers
	@tests/all.sh clients

browser: wasm-target ## Only the stories at a real browser, with axe on every page
	@tests/all.sh browser

# Each proof is run by `make test` in a short form; its variable says how long it is here.
prove: wasm-target ## Run the proofs of docs/correctness.md at full length
	RECOUPTEST_KILLS=2000 cargo test --locked --test it proofs:: -- --nocapture --test-threads=1
	RECOUPTEST_LONG=1 cargo test --locked --test it disk:: -- --nocapture --test-threads=1
	RECOUP_SIM_SEEDS=1000 RECOUP_SIM_PAYABLES=200 CARGO_PROFILE_DEV_OPT_LEVEL=2 \
		cargo test --locked --test sim every_seed -- --nocapture

bench: wasm-target ## Measure how fast it collects
	cargo bench --locked --bench collect

# The plugins are WebAssembly, so the compiler needs one more target.
wasm-target:
	@libraries="$$(rustc --print target-libdir --target $(WASM_TARGET))" || exit 1; \
	if [ ! -d "$$libraries" ]; then \
		if ! command -v rustup > /dev/null; then \
			echo "rustup is missing, so Rust's $(WASM_TARGET) target cannot be added;" \
				"install it with whatever installed rustc" >&2; \
			exit 1; \
		fi; \
		rustup target add $(WASM_TARGET); \
	fi
