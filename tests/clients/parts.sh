#!/usr/bin/env bash
# Sends a file in parts to a running stack with curl and the AWS CLI, unchanged: interrupted, resumed and completed.
#
#   tests/clients/parts.sh <state folder of `cargo dev`>/dev.json
#
# Needed: curl, jq, the AWS CLI.
set -euo pipefail

dev=$1
field() { jq -er "$1" "$dev"; }
api=$(field .url) key=$(field .api_key) storage=$(field .endpoints.s3)
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_DEFAULT_REGION=us-east-1 AWS_PAGER=
AWS_ACCESS_KEY_ID=$(field .access_key_id) AWS_SECRET_ACCESS_KEY=$(field .secret_access_key)
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

call() { # method, path, body
    curl -sSf -X "$1" "$api$2" -H "Authorization: Bearer $key" -H 'Content-Type: application/json' ${3:+-d "$3"}
}

fail() {
    echo "FAILED  $1" >&2
    exit 1
}

state_within() { # upload, state, seconds
    for ((tenths = 0; tenths < $3 * 10; tenths++)); do
        [[ $(call GET "/v1/uploads/$1" | jq -r .state) == "$2" ]] && return
        sleep 0.1
    done
    fail "the upload is $(call GET "/v1/uploads/$1" | jq -r .state), not $2"
}

s3() { aws --endpoint-url "$storage" s3api "$@"; }

# Two whole parts and a short one.
head -c $((2 * 8388608 + 1000)) /dev/urandom > "$folder/file"
split --bytes=8388608 --numeric-suffixes=1 --suffix-length=1 "$folder/file" "$folder/part."

announced() {
    local sha256
    sha256=$(sha256sum "$folder/file" | cut -d' ' -f1)
    call POST /v1/uploads '{"filename": "file.bin", "content_type": "application/octet-stream", "multipart": true,
        "size_bytes": '"$(wc -c < "$folder/file")"', "sha256": "'"$sha256"'"}' | jq -er .id
}

put() { # upload, part
    local request
    request=$(call GET "/v1/uploads/$1/parts?from=$2&limit=1" | jq -er '.data[0].request.url')
    curl -sSf -X PUT --data-binary "@$folder/part.$2" -H 'Content-Type:' "$request"
}

# With curl alone, interrupted after the last part, which was sent first.
id=$(announced)
put "$id" 3
[[ $(call GET "/v1/uploads/$id/parts" | jq -c '[.data[] | select(.arrived) | .number]') == '[3]' ]] || fail 'what arrived'
put "$id" 1
put "$id" 2
call POST "/v1/uploads/$id/complete" '{}' > "$folder/completed"
state_within "$id" ready 30
echo 'ok      curl sends the parts, in any order'

# The AWS CLI goes on with an upload that curl began, and completes it itself.
id=$(announced)
bucket=$(s3 list-buckets --query 'Buckets[0].Name' --output text)
object=$(s3 list-multipart-uploads --bucket "$bucket" --query "Uploads[?ends_with(Key, '$id')].Key" --output text)
upload=$(s3 list-multipart-uploads --bucket "$bucket" --query "Uploads[?ends_with(Key, '$id')].UploadId" --output text)
of=(--bucket "$bucket" --key "$object" --upload-id "$upload")
put "$id" 1
for part in 2 3; do
    s3 upload-part "${of[@]}" --part-number "$part" --body "$folder/part.$part" > "$folder/sent"
done
s3 list-parts "${of[@]}" --query '{Parts: Parts[].{PartNumber: PartNumber, ETag: ETag}}' > "$folder/parts.json"
s3 complete-multipart-upload "${of[@]}" --multipart-upload "file://$folder/parts.json" > "$folder/completed"
state_within "$id" ready 30
call POST "/v1/uploads/$id/complete" '{}' > "$folder/completed"
echo 'ok      the AWS CLI goes on, and completes'

id=$(announced)
put "$id" 1
[[ $(call POST "/v1/uploads/$id/abort" '{}' | jq -r .state) == aborted ]] || fail 'giving up'
for ((tenths = 0; tenths < 100; tenths++)); do
    left=$(s3 list-multipart-uploads --bucket "$bucket" --query "length(Uploads[?ends_with(Key, '$id')] || \`[]\`)")
    [[ $left == 0 ]] && break
    sleep 0.1
done
[[ $left == 0 ]] || fail 'parts are left'
echo 'ok      an upload that is given up leaves no parts'
