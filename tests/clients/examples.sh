#!/usr/bin/env bash
# Runs the examples of README's main job and of docs/api.md against a running stack, as they are written there.
#
#   tests/clients/examples.sh <state folder of `cargo dev`>/dev.json photo.jpg
#
# Needed: curl, jq.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
mkdir "$folder/.millrace"
cp "$1" "$folder/.millrace/dev.json"
cp "$2" "$folder/photo.jpg"
# Three parts, the last of which is short.
head -c $((2 * 8388608 + 1000)) /dev/urandom > "$folder/film.mp4"
cd "$folder"

curl() { command curl --fail-with-body --silent --show-error "$@"; }

# The examples of a file from one heading up to another, each followed by a line that names it.
examples() { # file, from, to
    awk -v from="$2" -v to="$3" -v file="${1##*/}" '
        $0 ~ from { inside = 1 }
        $0 ~ to { inside = 0 }
        /^```/ && example { print "\necho; echo \"ok      " file ":" line "\""; example = 0 }
        example { print }
        inside && /^```sh$/ { example = 1; line = NR + 1 }' "$1"
}

eval "$(examples "$root/README.md" '^## The main job' '^## What happens')"
ID=$(jq -er .id created.json)
for ((tenths = 0; tenths < 600; tenths++)); do
    [[ $(curl "$API/v1/uploads/$ID" -H "Authorization: Bearer $KEY" | jq -r .state) == ready ]] && break
    sleep 0.1
done
api=$(examples "$root/docs/api.md" '^# HTTP API' '^this matches nothing')
(($(grep -c '^echo; echo' <<< "$api") > 5))
eval "$api"
