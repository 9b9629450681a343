#!/bin/sh
# Make the virtual environment with exactly the locked versions: make_venv.sh PYTHON FOLDER
set -eu
python=$1 venv=$2
if ! command -v "$python" >/dev/null 2>&1; then
  echo "make: $python is not there. Install Python 3.11 or newer (Debian: apt-get install python3 python3-venv)." >&2
  exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "make: $("$python" --version) is too old; Beffroi needs Python 3.11 or newer. Name another: make PYTHON=python3.12 ..." >&2
  exit 1
fi
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
  echo "Python's venv module is missing; installing Debian's python3-venv."
  "$(dirname "$0")/system_packages.sh" python3-venv
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
echo "Installing locked versions into $venv (first time: a minute or two) ..."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/lock.txt
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
