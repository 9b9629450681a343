#!/bin/sh
# Remake the lock file. Needs uv (any recent one): pip install uv
set -eu
cd "$(dirname "$0")/.."
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
  --override requirements/overrides.in --no-emit-package beffroi requirements/dev.in --output-file requirements/lock.txt
