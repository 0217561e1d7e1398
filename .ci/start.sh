#!/bin/sh
# Installs and builds what is missing, then becomes the service: signals reach it, not a shell in between.
set -eu
cd "$(dirname "$0")/.."
command -v node >/dev/null || { echo "node was not found: install Node.js 20 or newer" >&2; exit 1; }
node .ci/build.mjs
cat >&2 <<'TEXT'

  ferrule runs examples/service.yaml: three extensions in Rust, in this one process.

    curl localhost:13133/     is it ready?
    Ctrl-C                    stops it, in reverse order

TEXT
exec node dist/cli/bin.js run --config examples/service.yaml "$@"
