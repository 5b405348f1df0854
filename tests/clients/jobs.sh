#!/usr/bin/env bash
# Runs the examples of docs/guide/jobs.md against a running stack, with the receivers that it shows: they verify signatures
# by the libraries of Standard Webhooks. Then does the same by `cargo dev jobs`.
#
#   tests/clients/jobs.sh <state folder of `cargo dev --allow-loopback`> <millrace> <folder with node_modules>
#
# Needed: curl, jq, node, and a Python with the package standardwebhooks.
set -euo pipefail

state=$1 millrace=$2 node_modules=$3
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
guide=$root/docs/guide/jobs.md
folder=$(mktemp -d)
receivers=()
trap 'kill "${receivers[@]}" 2> /dev/null; rm -r "$folder"' EXIT
cd "$folder"

API=$(jq -r .url "$state/dev.json")
KEY=$(jq -r .api_key "$state/dev.json")

curl() { command curl --fail-with-body --silent --show-error "$@"; }

# The first example of the guide in this language.
example() { awk -v fence="^\`\`\`$1\$" '$0 ~ fence { inside = 1; next } /^```/ { if (inside) exit } inside' "$guide"; }

# Starts a receiver, and waits until it listens. $1: its log; the rest: how it is run, the port as the last but the secret.
start() {
    local log=$1 port=$2
    shift 2
    "$@" > "$log" 2>&1 &
    receivers+=($!)
    for ((tenths = 0; tenths < 100; tenths++)); do
        (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null && return
        sleep 0.1
    done
    cat "$log"
    return 1
}

# Waits until a receiver has printed this.
received() {
    for ((tenths = 0; tenths < 300; tenths++)); do
        grep --quiet --fixed-strings -- "$2" "$1" && return
        sleep 0.1
    done
    echo "not received: $2"
    cat "$1"
    return 1
}

example python > receiver.py
example js > "$node_modules/receiver.js"

start plain.log 8123 python3 receiver.py 8123
RECEIVER=http://127.0.0.1:8123
export API KEY RECEIVER
examples=$(awk '
    /^## Submit one/ { inside = 1 }
    /^```/ && example { print "\necho; echo \"ok      jobs.md:" line "\""; example = 0 }
    example { print }
    inside && /^```sh$/ { example = 1; line = NR + 1 }' "$guide")
(($(grep -c '^echo; echo' <<< "$examples") >= 6))
eval "$examples"
received plain.log '/charge {"amount":1999,"order":1007}'
received plain.log '/remind '
received plain.log '/charge 7'
received plain.log '/charged {"'
received plain.log 'job.succeeded'

secret=$(jq -r .secret signing-key.json)
sleep 6 # until the key signs
start python.log 8124 python3 receiver.py 8124 "$secret"
start node.log 8125 node "$node_modules/receiver.js" 8125 "$secret"
for port in 8124 8125; do
    "$millrace" --state "$state" jobs submit "http://127.0.0.1:$port/signed" --body '{"é": 1}' --tag cli --wait --attempts 1
done
received python.log '/signed {"é": 1}'
received node.log '/signed {"é": 1}'
echo "ok      both libraries verify the signature"

start forged.log 8126 python3 receiver.py 8126 whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
if "$millrace" --state "$state" jobs submit http://127.0.0.1:8126/forged --wait --attempts 1; then
    echo "a signature by another key was accepted"
    exit 1
fi
echo "ok      a signature by another key is refused, and the job is dead"

cli() { "$millrace" --state "$state" jobs --json "$@"; }
[[ $(cli list --tag cli | jq '.data | length') == 2 ]]
id=$(cli submit http://127.0.0.1:8124/later --body '{}' --delay 3600 | jq -r .id)
[[ $(cli show "$id" | jq -r .waits_for) == due_time ]]
[[ $(cli cancel "$id" | jq -r .state) == cancelled ]]
[[ $(cli retry "$id" | jq -r .state) == queued ]]
received python.log /later
if cli show job_00000000000000000000000000 2> refusal; then exit 1; fi
grep --quiet '404' refusal
"$millrace" --state "$state" jobs list --limit 3
echo "ok      cargo dev jobs: submit, show, list, cancel, retry"
