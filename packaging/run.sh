#!/usr/bin/env bash
# Sets up what is missing, then opens the viewer: run.sh [PATH...]; without a path, on the demo study.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
bash "$repository/packaging/setup.sh"
if (($# == 0)); then
    set -- "$("$repository/.venv/bin/python" "$repository/packaging/demo_study.py")"
fi
exec "$repository/.venv/bin/medviewer" "$@"
