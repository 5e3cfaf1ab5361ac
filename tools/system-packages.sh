#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Find what the build needs from the system (Python, a C compiler, GSL, Python's headers and venv) and install what is missing.
#   system-packages.sh [PYTHON]          check and install
#   system-packages.sh --which [PYTHON]  print the path of the interpreter to use
set -euo pipefail

say() { echo "curvecast: $*" >&2; }

stop() {
    say "$@"
    exit 1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# The interpreter asked for; for plain python3, a newer one of another name where that one is too old.
find_python() {
    local name names=("$1")
    [ "$1" = python3 ] && names+=(python3.14 python3.13 python3.12 python3.11)
    for name in "${names[@]}"; do
        if command -v "$name" >/dev/null && new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

package_manager() {
    local name
    for name in apt-get dnf brew; do
        command -v "$name" >/dev/null && echo "$name" && return
    done
    echo none
}

# Names of the packages for: python | compiler | gsl | headers | venv.
package_for() {
    case "$manager:$1" in
        apt-get:python) echo python3 ;;
        apt-get:compiler) echo gcc libc6-dev ;;
        apt-get:gsl) echo libgsl-dev ;;
        apt-get:headers) echo "python$version-dev" ;;
        apt-get:venv) echo "python$version-venv" ;;
        dnf:python) echo python3 ;;
        dnf:compiler) echo gcc ;;
        dnf:gsl) echo gsl-devel ;;
        dnf:headers) if [ "$(basename "$python")" = python3 ]; then echo python3-devel; else echo "python$version-devel"; fi ;;
        dnf:venv) echo python3-pip ;;
        brew:python) echo python3 ;;
        brew:gsl) echo gsl ;;
    esac
}

install() {
    local root=() command log
    log=$(mktemp)
    case "$manager" in
        apt-get) command="apt-get install -y $*" ;;
        dnf) command="dnf install -y $*" ;;
        brew) command="brew install $*" ;;
    esac
    if [ "$manager" != brew ] && [ "$(id -u)" != 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            stop "system packages are missing and may not be installed from here; type this, then the same command again:
    sudo $command"
        fi
        root=(sudo -n env DEBIAN_FRONTEND=noninteractive)
    fi
    export DEBIAN_FRONTEND=noninteractive
    say "installing with ${manager%-get}: $*"
    if [ "$manager" = apt-get ]; then
        # A fresh machine has no package lists yet; where the refresh fails, older lists may do.
        ${root[@]+"${root[@]}"} apt-get update >>"$log" 2>&1 || true
    fi
    if ! ${root[@]+"${root[@]}"} $command >>"$log" 2>&1; then
        tail -n 20 "$log" >&2
        stop "this failed: $command"
    fi
    rm -f "$log"
}

missing_parts() {
    local headers
    if [ "$(uname)" = Darwin ]; then
        xcrun --find cc >/dev/null 2>&1 || stop "needs Apple's compiler; type this, then the same command again: xcode-select --install"
    else
        command -v gcc >/dev/null && echo '#include <stdlib.h>' | gcc -E - >/dev/null 2>&1 || echo compiler
    fi
    [ -r "$(gsl-config --prefix 2>/dev/null)/include/gsl/gsl_multifit_nlinear.h" ] || echo gsl
    headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    [ -r "$headers/Python.h" ] || echo headers
    "$python" -c 'import ensurepip, venv' 2>/dev/null || echo venv
}

if [ "${1:-}" = --which ]; then
    find_python "${2:-python3}"
    exit
fi

asked=${1:-python3}
manager=$(package_manager)
version=""
if ! command -v "$asked" >/dev/null && [ "$asked" = python3 ] && [ "$manager" != none ]; then
    install "$(package_for python)"
fi
python=$(find_python "$asked") || stop "'$asked' is not Python 3.11 or later; name one that is, for example: make PYTHON=python3.12 test" \
    "(on Ubuntu 22.04 first: sudo apt-get install python3.11 python3.11-venv python3.11-dev)"
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')

packages=()
parts=$(missing_parts)
for part in $parts; do
    if [ "$manager" = none ]; then
        stop "missing: $part (of Python $version, a C compiler, GSL, Python's headers and venv), and no apt-get, dnf or brew to install it"
    fi
    read -r -a names <<<"$(package_for "$part")"
    [ ${#names[@]} -gt 0 ] || stop "$python has no $part; use another interpreter: make PYTHON=/path/to/python3 test"
    packages+=("${names[@]}")
done
if [ ${#packages[@]} -gt 0 ]; then
    install "${packages[@]}"
    left=$(missing_parts)
    [ -z "$left" ] || stop "$python still has no $(echo $left) after installing ${packages[*]}; use the system's interpreter: make PYTHON=/usr/bin/python3 test"
fi
