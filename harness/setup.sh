#!/bin/sh
# Makes sure that the Debian packages of packages.txt are installed. For the Makefile; costs some milliseconds where nothing is missing.
# Not a package manager: on systems without apt it only says what is needed.
# usage: harness/setup.sh run|test [--list]
# Exit status: 0 everything is there; 1 packages are missing and cannot be installed from here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
want=${1:-run}
case $want in
run) groups=' run ' ;;
test) groups=' run test ' ;;
*) echo "setup.sh: unknown set of packages '$want', expected run or test" >&2; exit 2 ;;
esac

packages=$(awk -v groups="$groups" '!/^#/ && NF && index(groups, " " $2 " ") { print $1 }' "$here/packages.txt")
if [ "${2:-}" = --list ]; then
    printf '%s\n' "$packages"
    exit 0
fi

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    missing=
    for tool in cc c++ cmake ninja pkg-config; do
        command -v $tool >/dev/null 2>&1 || missing="$missing $tool"
    done
    if command -v pkg-config >/dev/null 2>&1; then
        for library in systemc yaml-0.1 jansson; do
            pkg-config --exists $library || missing="$missing $library"
        done
    fi
    [ -z "$missing" ] && exit 0
    {
        echo "This is no Debian system and these are not found:$missing"
        echo "Install what stands for these Debian 12 packages:"
        printf '%s\n' "$packages" | tr '\n' ' ' | fold -s -w 100 | sed 's/^/  /'
        echo
        echo "Python modules may come from a virtual environment: python3 -m venv .venv;"
        echo ".venv/bin/pip install pytest pytest-xdist click jinja2 jsonschema pyyaml mypy; make test PYTHON=.venv/bin/python"
    } >&2
    exit 1
fi

# One dpkg-query for all; packages it does not know are left out of its answer.
# shellcheck disable=SC2086
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $packages 2>/dev/null | awk '$2 == "installed" { print $1 }' || true)
missing=
for package in $packages; do
    printf '%s\n' "$installed" | grep -qxF -- "$package" || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        as_root=none
    elif sudo -n true 2>/dev/null; then
        as_root='sudo -n'
    elif [ -t 0 ] && [ -z "${CI:-}" ]; then
        as_root=sudo # asks for the password
    else
        as_root=none
    fi
fi
give_up() {
    {
        echo "$1"
        echo "  apt-get install --no-install-recommends$missing"
    } >&2
    exit 1
}
[ "$as_root" = none ] && give_up "Missing packages, and neither root nor sudo to install them with. Ask for:"

echo "installing:$missing"
# sudo drops the environment: a proxy that the user set has to be handed on by hand.
apt() {
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
        ${no_proxy:+no_proxy="$no_proxy"} apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" </dev/null
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A third-party source that is out of reach must not stop us: what counts is whether the install succeeds.
apt update >"$log" 2>&1 || echo "setup.sh: apt-get update had errors, going on" >&2
# shellcheck disable=SC2086
if ! apt install --no-install-recommends $missing >>"$log" 2>&1; then
    tail -n 30 "$log" >&2
    give_up "apt-get failed (its last lines are above). What has to be installed:"
fi
echo "installed"
