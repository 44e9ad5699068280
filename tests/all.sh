#!/usr/bin/env bash
# Runs every check and every test, and says at the end what passed, what failed and what could
# not be run. `tests/all.sh rust`, `… clients` and `… browser` run a
# part.
#
# With CI=true, what could not be set up is a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

part="${1:-everything}"
cache="${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/recoup"
logs="$(mktemp -d)"
trap 'rm -rf "$logs"' EXIT
failed_steps=()
skipped_steps=()

# The binary as the tests in Rust have it: built without what only tests need, its largest
# dependencies would be compiled a second time with other features.
build() {
    step "build" cargo test --locked --workspace --test it --no-run
}

# A step that fails does not keep the others from running. What it prints is kept for the count.
step() {
    local name="$1"
    shift
    printf '\n== %s\n' "$name"
    if ! "$@" 2>&1 | tee -a "$logs/output"; then
        failed_steps+=("$name")
        return 1
    fi
}

skip() {
    printf '\n== %s\n' "$1"
    echo "not run: $2"
    skipped_steps+=("$1: $2")
}

rust_checks() {
    step "format" cargo fmt --all --check || true
    step "clippy" cargo clippy --locked --workspace --all-targets -- -D warnings || true
}

rust_tests() {
    # A test that lacks a tool of others says so there.
    export RECOUPTEST_NOT_RUN="$logs/not-run"
    if cargo nextest --version > "$logs/nextest" 2>&1; then
        step "tests" cargo nextest run --locked --workspace --no-fail-fast || true
        # nextest leaves out the examples in documentation.
        step "documentation tests" cargo test --locked --workspace --doc || true
    else
        step "tests" cargo test --locked --workspace --no-fail-fast || true
    fi
    if [ -f "$RECOUPTEST_NOT_RUN" ]; then
        mapfile -t -O "${#skipped_steps[@]}" skipped_steps < "$RECOUPTEST_NOT_RUN"
    fi
}

# Makes the virtual environment of a file of pinned packages, once, and sets `venv` to its folder.
make_venv() {
    local requirements="$1" mark
    mark="$(python3 -c 'import hashlib, sys
text = open(sys.argv[1], "rb").read() + sys.version.encode()
print(hashlib.sha256(text).hexdigest()[:16])' "$requirements")"
    venv="$cache/$(basename "$requirements" .txt)-$mark"
    if [ -f "$venv/complete" ]; then
        return 0
    fi
    echo "setting up Python packages in $venv"
    rm -rf "$venv"
    mkdir -p "$cache"
    python3 -m venv "$venv" \
        && "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
            --requirement "$requirements" \
        && touch "$venv/complete"
}

# Installs the packages of a folder's `package-lock.json`, once, and sets `node_modules`.
make_node_modules() {
    local folder="$1" mark place
    mark="$(cat "$folder/package.json" "$folder/package-lock.json" | sha256sum | cut -c 1-16)"
    place="$cache/node-$(node --version)-$mark"
    node_modules="$place/node_modules"
    if [ -f "$place/complete" ]; then
        return 0
    fi
    echo "setting up JavaScript packages in $place"
    rm -rf "$place"
    mkdir -p "$place"
    cp "$folder/package.json" "$folder/package-lock.json" "$place"
    npm ci --prefix "$place" --ignore-scripts --no-audit --no-fund --loglevel=error \
        && touch "$place/complete"
}

# Whether there is a Node.js that will do; else what is called `$1` is not run.
has_node() {
    if ! command -v node > "$logs/node" || ! command -v npm > "$logs/npm"; then
        skip "$1" "there is no node, or no npm; install Node.js 20 or newer"
        return 1
    fi
    if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)'; then
        skip "$1" "node $(node --version) is too old; they need 20 or newer"
        return 1
    fi
}

# Stand-ins for providers that are written in JavaScript. The stories need them; without, those
# that do are left out.
make_peers() {
    local name="stories with emulate and Prism" node_modules
    has_node "$name" || return 0
    if ! make_node_modules tests/clients/peers; then
        skip "$name" "the stand-ins could not be installed (see above); they need npm's packages"
        return
    fi
    export PEERS_NODE_MODULES="$node_modules"
}

# The stories that are told with JavaScript clients. `RECOUP_BIN` is built.
node_stories() {
    local name="JavaScript client stories" folder="tests/clients/node" node_modules
    has_node "$name" || return 0
    if ! make_node_modules "$folder"; then
        skip "$name" "the clients could not be installed (see above); they need npm's packages"
        return
    fi
    # Modules are looked for beside the file that names them: the stories are read from a copy.
    mkdir -p "$logs/stories"
    cp "$folder"/*.mjs "$logs/stories"
    ln -sfn "$node_modules" "$logs/stories/node_modules"
    step "$name" node --test --test-reporter=tap "$logs"/stories/*.test.mjs || true
}

client_stories() {
    local name="client stories" venv peer newest
    if ! command -v python3 > "$logs/python"; then
        skip "$name" "there is no python3; install Python 3.10 or newer"
        return
    fi
    if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
        skip "$name" "$(python3 --version) is too old; they need 3.10 or newer"
        return
    fi
    if ! make_venv tests/clients/requirements-localstripe.txt; then
        skip "$name" "localstripe could not be installed (see above); it needs python3-venv and PyPI"
        return
    fi
    peer="$venv/bin/python"
    if ! make_venv tests/clients/requirements-metronome-newest.txt; then
        skip "$name" "metronome-sdk could not be installed (see above); it needs python3-venv and PyPI"
        return
    fi
    newest="$venv/bin/python"
    if ! make_venv tests/clients/requirements.txt; then
        skip "$name" "the clients could not be installed (see above); they need python3-venv and PyPI"
        return
    fi
    make_peers
    build || return 0
    export RECOUP_BIN LOCALSTRIPE_PYTHON="$peer" METRONOME_NEWEST_PYTHON="$newest"
    RECOUP_BIN="$(target_folder)/debug/recoup"
    step "$name" "$venv/bin/python" -m pytest tests/clients || true
    node_stories
}

# Debian's Chromium with its driver: installed where they are missing and that is permitted.
have_chromium() {
    if command -v chromium && command -v chromedriver; then
        return 0
    fi
    if [ "$(id -u)" != 0 ] || ! command -v apt-get; then
        return 1
    fi
    apt-get install --yes --no-install-recommends chromium chromium-driver
}

browser_stories() {
    local name="browser stories" folder="tests/browser" venv node_modules
    if ! have_chromium > "$logs/chromium" 2>&1; then
        skip "$name" "there is no chromium, or no chromedriver; install Debian's chromium-driver"
        return
    fi
    if ! make_venv "$folder/requirements-browser.txt"; then
        skip "$name" "selenium could not be installed (see above); it needs python3-venv and PyPI"
        return
    fi
    if ! command -v npm > "$logs/npm" || ! make_node_modules "$folder"; then
        skip "$name" "axe could not be installed; it needs npm and its packages"
        return
    fi
    build || return 0
    export RECOUP_BIN AXE_CORE="$node_modules/axe-core/axe.min.js"
    RECOUP_BIN="$(target_folder)/debug/recoup"
    step "$name" "$venv/bin/python" -m pytest "$folder" || true
}

target_folder() {
    cargo metadata --locked --no-deps --format-version 1 \
        | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}

# Adds up what the runners said: nextest's summary, or cargo's line per binary, pytest's line, and
# node's line per number.
count() {
    sed 's/\x1b\[[0-9;]*m//g' "$logs/output" | awk '
        function number_before(word,    at) {
            if (match($0, "[0-9]+ " word)) {
                at = substr($0, RSTART, RLENGTH)
                return at + 0
            }
            return 0
        }
        /^ *Summary \[.*tests? run:/ || /^test result: / || /^(=+ )?[0-9]+ (passed|failed|skipped|error).* in [0-9]/ {
            passed += number_before("passed")
            failed += number_before("failed") + number_before("timed out") + number_before("error")
            skipped += number_before("skipped") + number_before("ignored")
        }
        /^# pass [0-9]+$/ { passed += $3 }
        /^# (fail|cancelled) [0-9]+$/ { failed += $3 }
        /^# (skipped|todo) [0-9]+$/ { skipped += $3 }
        END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }'
}

case "$part" in
    everything) rust_checks; rust_tests; client_stories; browser_stories ;;
    rust) rust_checks; rust_tests ;;
    clients) client_stories ;;
    browser) browser_stories ;;
    *) echo "usage: tests/all.sh [rust|clients|browser]" >&2; exit 2 ;;
esac

printf '\n'
for step in ${skipped_steps[@]+"${skipped_steps[@]}"}; do
    echo "NOT RUN   $step"
done
for step in ${failed_steps[@]+"${failed_steps[@]}"}; do
    echo "FAILED    $step"
done
touch "$logs/output"
count
if [ "${#failed_steps[@]}" -gt 0 ]; then
    exit 1
fi
if [ "${#skipped_steps[@]}" -gt 0 ] && [ "${CI:-}" = "true" ]; then
    exit 1
fi
