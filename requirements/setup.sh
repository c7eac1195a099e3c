# Shared by ./start and ./test: the virtual environment from a locked, hash-checked set.
# Sourced, not run. Quick when nothing changed.

say() { printf '%s\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

as_root_install() { # PACKAGE...: install Debian packages, or say the exact line to type
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        die "Missing Debian packages. Install them, then run this again:
  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
    fi
    say "Installing Debian packages: ${missing[*]}"
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } \
        >/tmp/hotline-apt.$$.log 2>&1 || { tail -n 20 /tmp/hotline-apt.$$.log >&2; die "apt-get could not install: ${missing[*]}"; }
    rm -f /tmp/hotline-apt.$$.log
}

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
        "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null || continue
        command -v "$candidate"
        return 0
    done
    die "Python 3.11, 3.12 or 3.13 is needed. On Debian 12: sudo apt-get install -y python3 python3-venv"
}

set_up_venv() { # SET: run or dev
    local set=$1 lock="$here/requirements/$1.txt" venv="$here/.venv" stamp wanted python
    stamp="$venv/.hotline-$set"
    wanted=$(cat "$lock" "$here/pyproject.toml" | sha256sum | cut -d' ' -f1)
    [ -x "$venv/bin/hotline" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return 0
    python=$(find_python) || exit 1
    exec 9>"$here/.venv.lock"
    flock 9 2>/dev/null || true
    if [ ! -x "$venv/bin/python" ]; then
        "$python" -c 'import venv, ensurepip' 2>/dev/null || as_root_install python3-venv
        say "Creating the virtual environment (.venv)"
        "$python" -m venv "$venv" || die "The virtual environment could not be created; remove $venv and try again."
    fi
    say "Installing the locked packages ($set); the first time takes a minute or two"
    "$venv/bin/pip" install -qq --disable-pip-version-check --require-hashes -r "$lock" \
        || die "Some packages could not be installed (see above). Check the network and run this again; nothing is lost."
    "$venv/bin/pip" install -qq --disable-pip-version-check --no-deps --no-build-isolation -e "$here" \
        || die "Hotline itself could not be installed into .venv (see above)."
    printf '%s' "$wanted" >"$stamp"
    # the development set contains the other: ./start need not look again
    [ "$set" = dev ] && cat "$here/requirements/run.txt" "$here/pyproject.toml" | sha256sum | cut -d' ' -f1 | tr -d '\n' >"$venv/.hotline-run"
    exec 9>&-
    return 0
}
