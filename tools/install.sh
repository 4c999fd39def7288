#!/usr/bin/env bash
# Install the named requirement files (build core postgres test), every file checked against its hash, then this project itself.
set -euo pipefail
cd "$(dirname "$0")/.."

files=()
for name in "$@"; do
    files+=(-r "requirements/$name.txt")
done
if command -v uv >/dev/null; then
    install=(uv pip install --quiet --python .venv/bin/python)
elif .venv/bin/python -m pip --version >/dev/null 2>&1; then
    install=(.venv/bin/python -m pip install -qq --no-warn-script-location)
elif .venv/bin/python -m ensurepip >/dev/null 2>&1; then
    # The environment was made by uv, and uv is no longer here.
    install=(.venv/bin/python -m pip install -qq --no-warn-script-location)
else
    echo "No pip in .venv: apt install python3-venv, then make clean" >&2
    exit 1
fi
if [[ ${install[0]} != uv && (" $* " == *" test "* || -n ${CI:-}) ]]; then
    # The checks import a part of it, which is compiled then.
    install+=(--no-compile)
fi
echo "Installing pinned packages ($*) …"
"${install[@]}" --require-hashes "${files[@]}"
# The build tool was just installed from its pinned hash: nothing else is fetched for the build.
"${install[@]}" --no-deps --no-build-isolation -e .
