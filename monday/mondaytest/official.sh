#!/bin/sh
# Runs the operations of monday's own JavaScript client against the fake.
# Without Node it says so and does nothing. Nothing is installed into the
# repository.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
	echo "official.sh: node or npm is not installed; skipped"
	exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$folder" && npm install --silent --no-audit --no-fund "@mondaydotcomorg/api@${MONDAY_JS_VERSION:-14.0.0}")
cd "$here"
CENTRALA_MONDAY_JS=$folder go test -count=1 -run TestServer_OfficialClient -v .
