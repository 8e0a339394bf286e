# The commands of this repository. `just` alone lists them. `scripts/test STEP` installs what a step needs and runs it.

tools := justfile_directory() / "target/tools"
export PATH := tools / "bin:" + env("PATH") + ":/usr/sbin"

# The binary has the name of the package.
name := `sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.toml | head -n 1`

# All that a step builds for debugging has the features of the whole workspace, so that each crate is compiled once.
# nextest where it is installed, because building it takes longer than the tests.
tests := `if command -v cargo-nextest >/dev/null; then echo cargo nextest run --no-tests=pass; else echo cargo test --no-fail-fast; fi` + " --locked --workspace --all-features"
# For tests that mostly wait: two for each processor.
wide := "NEXTEST_TEST_THREADS=$((2 * $(nproc)))"
# Every test binary of the app except those that drive a browser, start containers, or ask Prometheus.
integration := `cd tests && ls -d *.rs */main.rs | sed 's,/main.rs,,; s,\.rs$,,; /^browser$/d; /^deploy$/d; /^watch$/d; s/^/--test /' | xargs`

_list:
    @just --list --unsorted

# Start the app and the sandbox provider; nothing needs to be configured
run *ARGS:
    cargo run -- {{ARGS}}

# Run everything that CI runs, and install the tools for it
ci:
    scripts/test

# --- The steps of scripts/test, in its order ---

# Check the format
fmt:
    cargo fmt --all --check
    cargo fmt --check --manifest-path fuzz/Cargo.toml

# Run clippy: everything, the production build without the sandbox, the engine without Redis and PostgreSQL
clippy:
    cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
    cargo clippy --locked --no-default-features -- -D warnings
    cargo clippy --locked --package bff --no-default-features -- -D warnings

# Build everything
build:
    cargo build --locked --workspace --all-features --all-targets

# Run the unit tests
unit:
    {{wide}} {{tests}} --lib --bins

# Run the tests of the Redis store against Valkey, where bootstrap could fetch it
valkey:
    @test -x {{tools}}/valkey/redis-server || echo "valkey: NOT TESTED, it could not be fetched"
    if [ -x {{tools}}/valkey/redis-server ]; then {{wide}} PATH="{{tools}}/valkey:$PATH" {{tests}} --lib redis; fi

# Run the integration tests, without a browser
it:
    {{wide}} {{tests}} {{integration}}

# Run two minutes of failures under load; `just chaos` runs all of them
chaos-short: build
    ulimit -n "$(ulimit -Hn)" && target/debug/bff-chaos --program target/debug/{{name}} storm storm-postgres chaos --sessions 100 --delays 0,3 --spread-ms 5000 --seconds 60 --users 30

# Run a few cases of `just bench` for a second each, to see that figures come out
bench-short: build
    target/debug/bff-bench --program target/debug/{{name}} --small --rounds 1 --seconds 1 --repeats 0 userinfo login refresh size streams

# Count the instructions of the hot paths, and compare them with benches/instructions.json; `just counts --write` stores them, `just counts --profile login` shows the functions of one path
counts *ARGS: build
    # An incremental build divides the code by modules, so that a change of one module does not change what the compiler inlines in others.
    CARGO_INCREMENTAL=1 cargo build --locked --profile profiling
    target/debug/bff-bench counts --program target/profiling/{{name}} {{ARGS}}

# Give each target its stored inputs and up to 2,000 new ones; `just fuzz "request return_to" 3600` makes new ones for an hour each, and keeps them
fuzz TARGETS="" SECONDS="30":
    #!/usr/bin/env bash
    set -euo pipefail
    # No sanitizer: the code has no `unsafe`, and it would need another compiler (docs/adr/0018).
    build=(--sanitizer none --codegen-units 16)
    cargo fuzz build "${build[@]}"
    if [ -z "{{TARGETS}}" ]; then rm -rf fuzz/target/corpus; fi
    for target in {{ if TARGETS == "" { "$(cargo fuzz list)" } else { TARGETS } }}; do
        echo "--- fuzz $target"
        mkdir -p "fuzz/target/corpus/$target"
        cargo fuzz run "${build[@]}" "$target" "fuzz/target/corpus/$target" "fuzz/corpus/$target" -- \
            -max_total_time={{SECONDS}} {{ if TARGETS == "" { "-runs=2000 -seed=1" } else { "" } }} -timeout=10 -print_final_stats=1 -dict="fuzz/dictionaries/$target.txt"
    done

# Run the examples in the documentation, and build it
doc:
    cargo test --locked --workspace --all-features --doc
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --all-features --no-deps --quiet

# Run the tests against a published OAuth2 server (Node)
third-party:
    cd tests/third_party && npm test --silent

# Check the types of the scripts of the pages, and of the examples in docs/client.md, against the OpenAPI documents (Node)
types:
    cd tests/types && npm test --silent

# Run the tests in Chromium, and check the markup of the pages that they have photographed (Node)
browser:
    rm -rf target/test-artefacts/screenshots target/test-artefacts/html target/test-artefacts/program
    RUST_TEST_THREADS=1 {{tests}} --test browser
    cd tests/pages && npm run --silent html

# Judge the page with Lighthouse: signed out and signed in, as a phone and as a desktop computer (Node, Chromium)
lighthouse: build
    cd tests/pages && PROGRAM={{justfile_directory()}}/target/debug/{{name}} npm run --silent lighthouse

# Check the alert rules, the runbook and the board with Prometheus and the running program
watch:
    {{tests}} --test watch

# Find unused dependencies
machete:
    cargo machete

# Check licences, sources, duplicates and known vulnerabilities of the dependencies
deny: && _advisories
    cargo deny --all-features check bans licenses sources
    cargo deny --manifest-path fuzz/Cargo.toml --config deny.toml check sources

# The advisory database comes from a snapshot if one is beside the repository, else from GitHub. Without both this is no failure of the code.
_advisories:
    #!/usr/bin/env bash
    set -euo pipefail
    snapshot=${ADVISORY_DB:-../shared/advisory-db.tar.gz}
    if [ -e "$snapshot" ]; then
        source=$PWD/target/advisory-source
        rm -rf "$source"
        mkdir -p "$source"
        tar -xzf "$snapshot" -C "$source"
        echo "advisories: $snapshot, newest of $(grep -rhoE '^date = "[0-9-]+"' "$source/crates" | sort | tail -n 1 | cut -d '"' -f 2)"
        # cargo-deny reads only git, so the snapshot becomes a repository that replaces the real one.
        git -C "$source" init -q -b main
        git -C "$source" add -A
        git -C "$source" -c user.name=snapshot -c user.email=snapshot@localhost commit -q -m snapshot
        export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$source.insteadOf" GIT_CONFIG_VALUE_0=https://github.com/RustSec/advisory-db
    elif ! GIT_TERMINAL_PROMPT=0 timeout 60 cargo deny fetch db; then
        echo "advisories: NOT CHECKED, the database could not be fetched"
        exit
    fi
    cargo deny --all-features check advisories
    cargo deny --manifest-path fuzz/Cargo.toml --config deny.toml check advisories

# Check the files under deploy/ and .github/ without starting anything
deploy-lint:
    scripts/deploy-lint

# Build the image and run it, compose and the systemd unit; `PROGRAM=target/debug/NAME just containers compose` takes this binary, and runs some of the tests; `just containers builder` builds the binary as the Containerfile does
containers *ARGS: build
    scripts/containers {{ARGS}}

# --- Not in CI ---

# Run the commands of the transcripts in docs/deploy.md after `just containers`, and compare what they print; `just transcripts --write` stores it
transcripts *ARGS:
    scripts/transcripts {{ARGS}}

# Run the unit and integration tests
test: unit it

# Check format, clippy and dependencies
lint: fmt clippy machete deny

# Count the lines of code of each crate, without tests, comments and blank lines
lines:
    #!/usr/bin/env bash
    set -euo pipefail
    git ls-files 'src/*.rs' 'crates/*/src/*.rs' | grep -vE '/(tests|contract)(\.rs|/)' | xargs awk '
        FNR == 1 { is_test = is_next = 0 }
        { line = $0; sub(/^ +/, "", line) }
        # An item of tests ends with a brace at its own indentation, or with its first line.
        is_test { if ($0 == indent "}") is_test = 0; next }
        line ~ /^#\[cfg\(test\)\]/ { indent = substr($0, 1, length($0) - length(line)); is_next = 1; next }
        is_next && line ~ /^#\[/ { next }
        is_next { is_next = 0; is_test = line !~ /;$/; next }
        line == "" || line ~ /^\/\// { next }
        { split(FILENAME, part, "/"); lines[part[1] == "src" ? "the app" : part[2]]++ }
        END { for (name in lines) printf "%6d %s\n", lines[name], name }' | sort -rn

# Format the code
format:
    cargo fmt --all
    cargo fmt --manifest-path fuzz/Cargo.toml

# Photograph every state of the page at four widths, light and dark: target/test-artefacts/gallery
gallery:
    rm -rf target/test-artefacts/gallery
    RUST_TEST_THREADS=1 cargo test --locked --workspace --all-features --test browser gallery -- --ignored

# Copy the screenshots of the browser tests into the README
screenshots: browser
    cp target/test-artefacts/screenshots/signed-in-1280-light.png docs/images/signed-in.png
    cp target/test-artefacts/screenshots/signed-out-390-dark.png docs/images/signed-out.png

# Run all failures under load against the release binary, about an hour; `just chaos storm --seed 7` runs one of them
chaos *ARGS:
    cargo build --release --all-features
    cargo run --release --package bff-chaos -- --program target/release/{{name}} {{ARGS}}

# Measure the program beside nginx, a bare proxy and Express, ten minutes; `just bench full` measures everything, `just bench login` one case
bench *ARGS: (_with "bench")
    cargo build --locked --release
    cargo build --locked --release --package bff-bench
    ulimit -n "$(ulimit -Hn)" && target/release/bff-bench --program target/release/{{name}} {{ARGS}}

# Measure what docs/scaling.md computes with, three minutes: single operations, then three replicas on a Redis Cluster; `just scaling --write` updates the document
scaling *ARGS: (_with "scaling")
    cargo build --locked --release
    cargo build --locked --release --package bff-bench
    target/release/bff-bench scaling --program target/release/{{name}} --json target/scaling.json
    scripts/scaling.py --measured target/scaling.json {{ARGS}}

# Install what a step needs
_with STEP:
    scripts/bootstrap {{STEP}}

# Run external tools against the program; `just audit csp` runs one of them
audit *ARGS:
    scripts/audit {{ARGS}}

# List the components of the production build as CycloneDX, under target/sbom/
sbom:
    cargo cyclonedx --quiet --format json --spec-version 1.5 --no-default-features --target all --override-filename {{name}}.cdx
    mkdir -p target/sbom
    mv {{name}}.cdx.json target/sbom/

# Mutate the rules and the use cases, and report mutants that no unit test detects; two hours (.cargo/mutants.toml)
mutants:
    cargo mutants --test-tool nextest --output target -- --profile mutants -E 'package(bff-core) or test(/^(flow|http)::/)'

# Measure the lines that the tests reach, with the programs that they start
coverage:
    #!/usr/bin/env bash
    set -euo pipefail
    llvm=/usr/lib/llvm-$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')/bin
    export LLVM_COV=$llvm/llvm-cov LLVM_PROFDATA=$llvm/llvm-profdata
    # Tests kill the programs that they start, so the counters are written continuously (%c) and not at the end.
    export LLVM_PROFILE_FILE_NAME={{name}}-%p%c.profraw RUSTFLAGS="${RUSTFLAGS:-} -C llvm-args=-runtime-counter-relocation"
    cargo llvm-cov test --locked --all-features --workspace --lib {{integration}} --summary-only --ignore-filename-regex '/tests/|/tests\.rs$|/contract/'
