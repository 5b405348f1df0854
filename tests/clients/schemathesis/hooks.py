"""What JSON Schema cannot say of a request or an answer, and Schemathesis would take for a fault."""

import json
import os
import re
from urllib.parse import parse_qs, urlsplit

import schemathesis

# All need what no document tells: what the thing is like now, and which keys were used before.
DEPENDS_ON_STATE = {"gone", "precondition_failed", "idempotency_key_reused"}

# The value of these fields hangs on another one, or on what came before.
DEPENDS_ON_MORE = [
    (r"/cursor", r"is not a cursor that this listing returned"),
    (r"/recipe", r"there is no recipe .*"),
    (r"/recipe", r"has image steps, and .*"),
    (r"/recipe/steps", r"must have a step"),
    (r"/method", r"must be put, because a form .*"),
    (r"/content_type|/size_bytes", r".*, because the recipe has image steps"),
    (r"/size_bytes", r".* to be sent in one request"),
    (r"(/recipe)?/steps/\d+/image/quality", r"does not apply to (png|gif|auto).*"),
    (r"(/recipe)?/steps/\d+/image/format", r"gif is for animations.*"),
    (r"(/recipe)?/steps/\d+/image/animated", r"needs the format webp or gif"),
    (r"(/recipe)?/steps/\d+/image/gravity", r"applies to the fit cover alone"),
    (r"(/recipe)?/steps/\d+/image/enlarge", r"needs a width or a height"),
    (r"(/recipe)?/steps/\d+/image/height", r"width × height .*"),
    (r"(/recipe)?/steps/\d+/name", r"is the name of an earlier step"),
    (r"(/recipe)?/steps/\d+/from", r"(is not the name of|names a step that makes) .*"),
    (r"/from", r"must be 1 to \d+"),
    (r"/from", r"must be (at most 31 days )?earlier than `to`"),
    (r"/limit", r"must be 1 to 20 with include"),
    (r"/source/url", r".*"),
    (r"/source/headers(/.*)?", r".*"),
    (r"/filename|/content_type|/size_bytes", r"is required, unless .*"),
    (r"/multipart|/method", r"must be left out, .*"),
    (r"/parts(/\d+(/etag)?)?", r"part \d+ .*"),
    (r"/idempotency_key", r"must be the same as the header .*"),
    (r"/delay_seconds|/retry/\w+", r"must be left out, .*"),
    (r"/run_at", r"is required, unless .*|must be at most a year ahead|must be a time .*"),
    (r"/retry", r"all delays together .*"),
    (r"/input/(body|body_base64|json)", r"must be (left out, .*|base 64|at most .* bytes .*)"),
    (r"/(input|on_success|on_failure)/url", r".*"),
    (r"/(input|on_success|on_failure)/headers(/.*)?", r".*"),
    (r"/input/keep/headers/\d+", r"is not the name of a header"),
    (r"/tags/\d+", r".* without control characters"),
    (r"/metadata", r".*"),
    (r"/parts/\d+/number", r"there are parts 1 to \d+ alone"),
]

# The sum of many fields, which a schema can only bound one by one.
BODY_BYTES_MAX = 65536

# The replacement of an id, so that it is one of something. Nothing that the API answers tells the id of a job by itself:
# it is the end of a link. Few uploads that are made up come in parts, and none has bytes.
with open(os.environ["MILLRACE_THINGS"]) as file:
    THINGS = json.load(file)
KNOWN = {
    "/v1/jobs/{id}": THINGS["job"],
    "/v1/uploads/{id}/parts": THINGS["upload_in_parts"],
    "/v1/uploads/{id}/complete": THINGS["upload_in_parts"],
    "/v1/uploads/{id}/runs": THINGS["upload"],
    "/v1/uploads/{id}/runs/{number}": THINGS["upload"],
    "/v1/uploads/{id}/url": THINGS["upload"],
}
ID = re.compile(r"(job|key|upl)_[0-9a-hjkmnp-tv-z]{26}")

# A recipe that is there, for reads of recipes whose made-up names do not end with a digit.
RECIPE = THINGS["recipe"]
RECIPE_NAME = re.compile(r"[a-z0-9_-]{1,64}")

NO_KEY = "key_" + "0" * 26

# The keys that let the run in; without them it would meet nothing but 401.
with open(os.environ["MILLRACE_AUTH"]) as file:
    OWN_KEYS = {f"key_{digits}" for digits in re.findall(r"mk_[a-z]+_([0-9a-z]{26})", file.read())}


@schemathesis.hook
def filter_headers(context, headers):
    """Leaves out values with spaces around them: HTTP says that those are no part of the value."""
    return all(not isinstance(value, str) or value == value.strip() for value in (headers or {}).values())


@schemathesis.hook
def before_call(context, case, kwargs):
    """Asks for what is there where it would ask for what may be, but for ids that end with a 7; spares its own keys."""
    if case.operation.method.upper() == "DELETE" and case.meta and case.meta.generation.mode.is_positive:
        # No made-up tag is one.
        (case.headers or {}).pop("If-Match", None)
    recipe = (case.path_parameters or {}).get("name")
    if isinstance(recipe, str) and RECIPE_NAME.fullmatch(recipe) and not recipe[-1].isdigit():
        ask_for_a_recipe(case)
    known = KNOWN.get(case.operation.path)
    name = case.path_parameters.get("id") if case.path_parameters else None
    if not isinstance(name, str) or not ID.fullmatch(name):
        return
    if known and name[-1] != "7":
        case.path_parameters["id"] = known
        if "number" in case.path_parameters:
            case.path_parameters["number"] = "1"
    if name in OWN_KEYS and case.operation.method.upper() != "GET":
        case.path_parameters["id"] = NO_KEY


def ask_for_a_recipe(case):
    """Reads what is there, and keeps what can be kept: made-up fields seldom go together, and no made-up tag is one."""
    method = case.operation.method.upper()
    if method == "GET":
        case.path_parameters["name"] = RECIPE
    if method == "PUT" and case.meta and case.meta.generation.mode.is_positive:
        (case.headers or {}).pop("If-Match", None)
        case.body["steps"] = [{"name": step["name"], "image": {}} for step in case.body.get("steps", [])[:1]]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether the failure is one."""
    match failure.code:
        case "ST108":
            return not was_left_out(failure, response)
        case "ST201":
            # Each job of a batch is refused by itself.
            return case.operation.path != "/v1/jobs/batch" or "problem" not in response.text
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
    """Whether a request of the right form came at the wrong time, with fields that do not go together, or with too many."""
    problem = json.loads(response.text)
    errors = problem.get("errors", [])
    if problem["code"] == "body_too_large":
        return len(response.request.body) > BODY_BYTES_MAX
    return problem["code"] in DEPENDS_ON_STATE or (errors and all(map(depends_on_more, errors)))


def depends_on_more(error):
    def is_told_by(pointer, detail):
        return re.fullmatch(pointer, error["pointer"]) and re.fullmatch(detail, error["detail"])

    return any(is_told_by(pointer, detail) for pointer, detail in DEPENDS_ON_MORE)


def is_revoked_key(response):
    """An API key that was deleted works no more, and is shown for a while. `fields` may leave out its state."""
    is_key = urlsplit(response.request.url).path.startswith("/v1/api-keys/")
    return is_key and json.loads(response.text).get("state", "revoked") == "revoked"
