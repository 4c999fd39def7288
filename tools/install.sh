#!/usr/bin/env bash
# Install the named requirement files (build core postgres test), every file checked against its hash, then this project itself.
set -euo pipefail
cd "$(dirname "$0")/.."

files=()
for name in "$@"; do
    files+=(-r "requirements/$name.txt")
done

# The build tool was installed from its pinned hash just before: nothing else is fetched for the build.
install_with() {
    "$@" --require-hashes "${files[@]}" && "$@" --no-deps --no-build-isolation -e .
}

# Where pip was told to look, for who has a mirror; an empty text when nowhere else.
told_index() {
    echo "${PIP_INDEX_URL:-$(.venv/bin/python -m pip config list 2>/dev/null | sed -n "s/^.*\.index-url='\(.*\)'$/\1/p" | tail -n 1)}"
}

# uv is one of the tests' own packages: installed first, it fetches and unpacks the others many at a time, in a fifth of the work.
quickly() {
    local pin index
    pin=$(mktemp)
    awk '/^uv==/ {of_it = 1; print; next} /^[^ ]/ {of_it = 0} of_it' requirements/test.txt >"$pin"
    "${install[@]}" --no-deps --require-hashes -r "$pin" || return 1
    rm "$pin"
    index=$(told_index)
    if [[ -n $index ]]; then
        export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}
    fi
    if [[ -n ${PIP_CERT:-} ]]; then
        export SSL_CERT_FILE=${SSL_CERT_FILE:-$PIP_CERT}
    fi
    install_with .venv/bin/uv pip install --quiet --python .venv/bin/python 2>/dev/null
}

echo "Installing pinned packages ($*) …"
if command -v uv >/dev/null; then
    install_with uv pip install --quiet --python .venv/bin/python
    exit
fi
if ! .venv/bin/python -m pip --version >/dev/null 2>&1 && ! .venv/bin/python -m ensurepip >/dev/null 2>&1; then
    # The environment was made by uv, and uv is no longer here.
    echo "No pip in .venv: apt install python3-venv, then make clean" >&2
    exit 1
fi
install=(.venv/bin/python -m pip install -qq --no-warn-script-location)
if [[ " $* " == *" test "* || -n ${CI:-} ]]; then
    # The checks import a part of it, which is compiled then.
    install+=(--no-compile)
fi
# Where only pip finds its way to the packages, pip installs all of them.
if [[ " $* " == *" test "* ]] && quickly; then
    exit
fi
install_with "${install[@]}"
