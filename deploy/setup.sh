#!/usr/bin/env bash
# Sets up the virtual environment (`run`, `test`) and, for the tests, Debian's packages and npm's. Does nothing when all is there.
# Usage: [PYTHON=python3.13] deploy/setup.sh run | test | lock
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-run}
venv=.venv

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  say "Telecare needs Python 3.11 or newer; this is $("$python" --version). Set PYTHON to a newer one."
  exit 1
}

if [ "$what" = lock ]; then # resolve the ranges of pyproject.toml anew into exact pins
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  "$python" -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --upgrade pip
  "$work/venv/bin/pip" install --quiet -e .
  "$work/venv/bin/pip" freeze --exclude-editable --exclude pip --exclude setuptools >deploy/requirements.lock
  "$work/venv/bin/pip" install --quiet -e '.[test]' -c deploy/requirements.lock
  "$work/venv/bin/pip" freeze --exclude-editable --exclude pip --exclude setuptools >deploy/requirements-test.lock
  exit 0
fi

lock=deploy/requirements.lock
[ "$what" = test ] && lock=deploy/requirements-test.lock

version() { "$1" -c 'import sys; print(*sys.version_info[:2], sep=".")'; }

python_packages() {
  if [ -n "${PYTHON:-}" ] && [ -x $venv/bin/python ] && [ "$(version $venv/bin/python)" != "$(version "$python")" ]; then
    say "The virtual environment is of Python $(version $venv/bin/python); it is made anew of $(version "$python")."
    rm -rf $venv
  fi
  wanted=$(cat "$lock" pyproject.toml | sha256sum | cut -c1-16)
  stamp=$venv/.installed-$what
  [ -x $venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
  if [ ! -x $venv/bin/python ]; then
    say "Making the virtual environment …"
    "$python" -m venv $venv || {
      say "Python's venv module is missing. Please install it: apt-get install python3-venv"
      exit 1
    }
  fi
  say "Installing the pinned packages ($lock) …"
  $venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$lock"
  $venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
  echo "$wanted" >"$stamp"
}

debian_packages() {
  missing=()
  command -v chromium >/dev/null || missing+=(chromium)
  command -v turnserver >/dev/null || missing+=(coturn)
  command -v node >/dev/null || missing+=(nodejs)
  command -v npm >/dev/null || missing+=(npm)
  command -v curl >/dev/null || missing+=(curl)
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" = 0 ]; then
    sudo=
  elif sudo -n true 2>/dev/null; then
    sudo="sudo -n"
  else
    say "The tests drive a real browser and a real relay. Please install: apt-get install ${missing[*]}"
    exit 1
  fi
  say "Installing Debian packages: ${missing[*]} …"
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

fhir_clients() { # of others, which the tests let talk to the server
  clients=tests/clients
  wanted=$(sha256sum <$clients/package-lock.json | cut -c1-16)
  [ "$(cat $clients/node_modules/.installed 2>/dev/null)" = "$wanted" ] && return
  say "Installing the pinned npm packages ($clients/package-lock.json) …"
  (cd $clients && npm ci --prefer-offline --no-audit --no-fund --loglevel=error >/dev/null)
  echo "$wanted" >$clients/node_modules/.installed
}

if [ "$what" = test ]; then # Debian's and npm's packages come while pip unpacks its own
  (
    debian_packages
    fhir_clients
  ) &
  beside=$!
  trap 'kill $beside 2>/dev/null || true' EXIT
  python_packages
  wait $beside
  trap - EXIT
else
  python_packages
fi
