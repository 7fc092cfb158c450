#!/usr/bin/env bash
# Sets up what is missing, then checks everything: format, lint, contracts, types, tests, wheel.
set -uo pipefail
cd "$(dirname "$0")/.."
bash packaging/setup.sh dev || exit 1
export PATH="$PWD/.venv/bin:$PATH" QT_API=pyside6 LC_ALL=C.UTF-8 PYTHONHASHSEED=0
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
failed=()

step() {
    local name=$1 start=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    "$@" || failed+=("$name")
    printf '== %s: %d s\n' "$name" $((SECONDS - start))
}

check_wheel() {
    python -m pip wheel -q --no-deps --no-build-isolation -w "$results" . &&
        python packaging/check_wheel.py "$results"/medviewer-*.whl
}

step "ruff format" ruff format --check --quiet .
step "ruff check" ruff check --quiet .
step "import contracts" lint-imports --no-logo
step "types" mypy
step "wheel" check_wheel
# Off-screen rendering needs a process without a display; widgets need one with.
step "tests/rendering, no display" env -u DISPLAY -u WAYLAND_DISPLAY \
    python -m pytest tests/rendering --junitxml="$results/rendering.xml"
step "all other tests, Xvfb" xvfb-run -a -s "-screen 0 1920x1200x24" \
    python -m pytest --ignore=tests/rendering --ignore=tests/benchmarks \
    --junitxml="$results/others.xml"

printf '\n'
if ((${#failed[@]})); then printf 'Failed: %s\n' "${failed[@]}"; fi
python packaging/summarise.py "$results/rendering.xml" "$results/others.xml" || exit 1
((${#failed[@]} == 0))
