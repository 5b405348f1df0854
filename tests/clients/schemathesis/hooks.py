"""What JSON Schema cannot say of a request or an answer, and Schemathesis would take for a fault."""

import json
import os
import re
from urllib.parse import parse_qs, urlsplit

import schemathesis

# Both need what no document tells: what the thing is like now, and which keys were used before.
DEPENDS_ON_STATE = {"precondition_failed", "idempotency_key_reused"}

# Nothing that the API answers tells the id of a job by itself: it is the end of a link.
JOB = os.environ["MILLRACE_JOB"]
JOB_ID = re.compile(r"job_[0-9a-hjkmnp-tv-z]{26}")

# What a field may be hangs on another one, or on what the API answered before.
DEPENDS_ON_MORE = [
    (r"/cursor", r"is not a cursor that this listing answered"),
    (r"/recipe/steps/\d+/image/quality", r"does not apply to png.*"),
    (r"/content_type", r".* because the recipe has image steps"),
    (r"/recipe/steps/\d+/name", r"is the name of an earlier step"),
]


@schemathesis.hook
def before_call(context, case, kwargs):
    """Asks for a job that is there where it would ask for one that may be, but for those that end with a digit."""
    name = case.path_parameters.get("id") if case.path_parameters else None
    if isinstance(name, str) and JOB_ID.fullmatch(name) and not name[-1].isdigit():
        case.path_parameters["id"] = JOB


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether the failure is one."""
    match failure.code:
        case "ST108":
            return not was_left_out(failure, response)
        case "ST202":
            return not is_rightly_refused(response)
        case "ST301":
            return not is_revoked_key(response)
    return True


def was_left_out(failure, response):
    """Whether all that is missing is what `fields` did not ask for."""
    fields = parse_qs(urlsplit(response.request.url).query).get("fields")
    return fields is not None and failure.validation_message.endswith("is a required property")


def is_rightly_refused(response):
    """Whether a request of the right form came at the wrong time, or with fields that do not go together."""
    problem = json.loads(response.text)
    errors = problem.get("errors", [])
    return problem["code"] in DEPENDS_ON_STATE or (errors and all(map(depends_on_more, errors)))


def depends_on_more(error):
    rules = ((re.fullmatch(pointer, error["pointer"]), re.fullmatch(detail, error["detail"])) for pointer, detail in DEPENDS_ON_MORE)
    return any(all(rule) for rule in rules)


def is_revoked_key(response):
    """An API key that was deleted works no more, and is shown for a while. `fields` may leave out its state."""
    is_key = urlsplit(response.request.url).path.startswith("/v1/api-keys/")
    return is_key and json.loads(response.text).get("state", "revoked") == "revoked"
