#!/usr/bin/env bash
# Brings a fresh clone on Debian or Ubuntu to a working .venv: what is installed already is left
# alone, so that a second call takes a second. `setup.sh dev` adds what the tests need.
set -euo pipefail
cd "$(dirname "$0")/.."
extras=${1:-}

# Alternatives separated by "|": names differ between releases.
libraries=(
    libgl1 libegl1 libopengl0 libgl1-mesa-dri libosmesa6
    libx11-6 libx11-xcb1 libxcursor1 libxrender1 libxkbcommon0 libxkbcommon-x11-0
    libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0
    libxcb-render-util0 libxcb-shape0 libxcb-sync1 libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1
    libdbus-1-3 libfontconfig1 "libglib2.0-0t64|libglib2.0-0" fonts-dejavu-core fonts-noto-cjk
)
[[ $extras == dev ]] && libraries+=(xvfb xauth)

# Names this release was found to lack the last time: not searched for again.
absent_list=.venv/medviewer-absent-packages
absent=$(cat "$absent_list" 2>/dev/null || true)

say() { printf '%s\n' "== $*" >&2; }

is_installed() { [[ $(dpkg-query -W -f='${Status}' "$1" 2>/dev/null) == *"ok installed" ]]; }

as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# install_packages NAME...: only what is missing; a name this release lacks is skipped.
install_packages() {
    local missing=() names choice name
    for names in "$@"; do
        choice=
        for name in ${names//|/ }; do
            if is_installed "$name"; then choice=installed; fi
        done
        [[ $choice == installed || " $absent " == *" $names "* ]] || missing+=("$names")
    done
    ((${#missing[@]})) || return 0
    if ! command -v apt-get >/dev/null || { ((EUID != 0)) && ! command -v sudo >/dev/null; }; then
        say "Not installed, and no way to install them from here: ${missing[*]}"
        return 0
    fi
    say "Installing system packages: ${missing[*]}"
    as_root apt-get update -qq || say "apt-get update failed; trying with the lists at hand"
    local wanted=()
    for names in "${missing[@]}"; do
        choice=
        for name in ${names//|/ }; do
            if [[ -z $choice ]] && apt-cache show "$name" >/dev/null 2>&1; then choice=$name; fi
        done
        if [[ -n $choice ]]; then
            wanted+=("$choice")
        else
            say "This release has no $names"
            absent+=" $names"
        fi
    done
    ((${#wanted[@]})) || return 0
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${wanted[@]}" >&2
}

# Prints a Python of at least 3.11 that can make virtual environments.
find_python() {
    local candidate
    for candidate in python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
            >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

make_environment() {
    local python
    if ! python=$(find_python); then
        install_packages python3 python3-venv
        python=$(find_python) || { install_packages python3.11 python3.11-venv; python=$(find_python); } ||
            { say "Python 3.11 or newer is needed and could not be installed."; exit 1; }
    fi
    say "Making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
}

install_python_packages() {
    local pip=(.venv/bin/python -m pip --disable-pip-version-check) torch
    torch=$(sed -n 's/^torch==//p' packaging/constraints.txt)
    # The CPU build is a tenth of the size; where pip cannot find it, any build will do.
    if command -v nvidia-smi >/dev/null && nvidia-smi >/dev/null 2>&1; then
        "${pip[@]}" install -qq "torch==$torch" >&2
    else
        "${pip[@]}" install -qq "torch==$torch+cpu" >&2 2>/dev/null ||
            "${pip[@]}" install -qq "torch==$torch" >&2
    fi
    say "Installing Python packages (a few minutes the first time)"
    "${pip[@]}" install -qq -c packaging/constraints.txt -e ".${extras:+[$extras]}" >&2
}

install_packages "${libraries[@]}"

wanted=$(cat pyproject.toml packaging/constraints.txt packaging/setup.sh | sha256sum)
stamp=.venv/medviewer-setup
installed=$(cat "$stamp" 2>/dev/null || true)
if [[ $installed != "$wanted dev" && $installed != "$wanted $extras" ]]; then
    .venv/bin/python -m pip --version >/dev/null 2>&1 || make_environment
    rm -f "$stamp"
    install_python_packages
    printf '%s %s' "$wanted" "$extras" >"$stamp"
fi
[[ -z $absent ]] || printf "%s" "$absent" >"$absent_list"
