"""`identities.py MILLRACE DEV_JSON`: lets a second tenant into a running stack, and prints who may call its API.

The form is that of Web Fuzzing Commons, which Schemathesis reads. Needed: the AWS CLI.
"""

import json
import os
import re
import subprocess
import sys

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
    credentials = {
        "AWS_ACCESS_KEY_ID": stack["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": stack["secret_access_key"],
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    put = ["aws", "dynamodb", "put-item", "--endpoint-url", stack["endpoints"]["dynamodb"]]
    put += ["--table-name", TABLE, "--item", json.dumps(item)]
    subprocess.run(put, check=True, env={**os.environ, **credentials})
    return re.search(rf"mk_{tenant}_[0-9a-z]+", told)[0]


def identity(name, key):
    return {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {key}"}]}


if __name__ == "__main__":
    main(*sys.argv[1:])
