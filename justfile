# What one can do here. `just` alone lists it.

_list:
    @just --list --unsorted

# Start the app and the sandbox provider, with nothing configured
run *ARGS:
    cargo run -- {{ARGS}}

# Everything that CI runs, in its order; brings the tools it needs
ci:
    scripts/test

# Unit and integration tests, without a browser
test:
    scripts/test unit it

# The tests in Chromium
browser:
    scripts/test browser

# The screenshots in the README, from the browser tests
screenshots: browser
    cp target/test-artefacts/screenshots/signed-in-1280-light.png docs/images/signed-in.png
    cp target/test-artefacts/screenshots/signed-out-390-dark.png docs/images/signed-out.png

# The tests against a provider that is not ours (Node)
third-party:
    scripts/test third-party

# Formatting, clippy, dependencies
lint:
    scripts/test fmt clippy machete deny

# Format the code
fmt:
    cargo fmt

# The documentation of the code
doc:
    cargo doc --no-deps --document-private-items --open

# Storms, near misses, kills and outages against the release binary, about an hour; `just chaos storm --seed 7` for one of them
chaos *ARGS:
    cargo build --release --all-features
    cargo run --release --package bff-chaos -- --program target/release/aihubmix-bff {{ARGS}}

# Random inputs to one target of fuzz/, with other choices each time; `just fuzz "request return_to" 3600`
fuzz TARGETS SECONDS="600":
    FUZZ_TARGETS="{{TARGETS}}" FUZZ_SECONDS={{SECONDS}} FUZZ_SEED=0 scripts/test fuzz

# Start to first answer, and idle memory, of the release binary
bench:
    cargo build --release
    scripts/bench

# Tools that others wrote judge the running program; `just audit csp` for one of them
audit *ARGS:
    scripts/audit {{ARGS}}

# What is in the program, as CycloneDX: target/sbom/
sbom:
    scripts/test sbom

# The rules and the use cases are changed in every way that cargo-mutants knows; a unit test has to notice. Two hours; .cargo/mutants.toml
mutants:
    scripts/test mutants

# How much of the code the tests reach, lines and branches: target/coverage/. A build of its own
coverage:
    scripts/test coverage
