#!/usr/bin/env bash
# Makes .cache/python/tools, the environment whose compilers write gen/python. Does nothing when it is up to date.
set -euo pipefail
cd "$(dirname "$0")/../../.."
wanted=clients/python/scripts/tools.txt
made=.cache/python/tools
if ! cmp --silent "$wanted" "$made/tools.txt"; then
  rm -rf "$made"
  "${PYTHON:-python3}" -m venv "$made"
  "$made/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted"
  cp "$wanted" "$made/tools.txt"
fi
