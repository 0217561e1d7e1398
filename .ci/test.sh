#!/bin/sh
# Installs and builds what is missing, then runs every check.
set -eu
cd "$(dirname "$0")/.."
command -v node >/dev/null || { echo "node was not found: install Node.js 20 or newer" >&2; exit 1; }
node .ci/build.mjs --test-extensions
exec node .ci/test.mjs "$@"
