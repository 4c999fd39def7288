#!/usr/bin/env bash
# Make .venv with the Python given, or say in one line what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

python=$1
if ! command -v "$python" >/dev/null; then
    echo "Linli needs Python 3.11 or newer: apt install python3 python3-venv" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Linli needs Python 3.11 or newer; $python is $("$python" -c 'import platform; print(platform.python_version())')" >&2
    exit 1
fi
if command -v uv >/dev/null && uv venv --quiet --allow-existing --python "$(command -v "$python")" .venv 2>/dev/null; then
    exit 0
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "Python's venv module is missing: apt install python3-venv" >&2
    exit 1
fi
# --clear: an environment left half made by an interrupted run is made anew.
"$python" -m venv --clear .venv
