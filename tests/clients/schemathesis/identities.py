"""`identities.py MILLRACE DEV_JSON`: lets a second tenant into a running stack, and prints who may call its API.

The form is that of Web Fuzzing Commons, which Schemathesis reads.
"""

import json
import re
import subprocess
import sys
from urllib.request import Request, urlopen

TABLE = "millrace-Table"
OTHER_TENANT = "other"


def main(millrace, dev_json):
    with open(dev_json) as file:
        stack = json.load(file)
    keys = {"demo": stack["api_key"], OTHER_TENANT: let_in(OTHER_TENANT, millrace, stack)}
    print(json.dumps({"auth": [identity(name, key) for name, key in keys.items()]}))


def let_in(tenant, millrace, stack):
    """Does what `millrace key` tells a person to do, and returns the key."""
    command = [millrace, "key", tenant, "--table-name", TABLE]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    item = json.loads(re.search(r"--item '(.*)'", told)[1])
    put = Request(
        stack["endpoints"]["dynamodb"],
        data=json.dumps({"TableName": TABLE, "Item": item}).encode(),
        headers={
            "X-Amz-Target": "DynamoDB_20120810.PutItem",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={stack['access_key_id']}/",
        },
    )
    urlopen(put, timeout=10).close()
    return re.search(rf"mk_{tenant}_[0-9a-z]+", told)[0]


def identity(name, key):
    return {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {key}"}]}


if __name__ == "__main__":
    main(*sys.argv[1:])
