#!/bin/sh
# The whole suite: fast pure tests on both cores first, then those that start real servers, one after the other.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
"$python" tools/build_web.py --test
"$python" -m pytest -n 2 --doctest-modules src/beffroi/vocabulary src/beffroi/geometry \
  tests/unit tests/property tests/scenario tests/conformance tests/docs
exec "$python" -m pytest --timeout 300 tests/integration tests/access tests/fault tests/browser
