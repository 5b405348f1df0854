//! The first pages: what this is, and where everything is.

use super::Reference;
use super::html::{Element, all, element, heading, line, link, listing, prose, text};
use super::layout::{badge, page, path_of, reference_page};
use super::problems::table;
use crate::route::Route;

const WHAT: &str = "Millrace does what an app should not do inside a request. Apps send it their users' files; it stores \
    them and makes derivatives in background jobs that are never lost.";

const START: &str = r#"# 1. Create an upload. The response says how to send the file.
curl "$API/v1/uploads" -H "Authorization: Bearer $KEY" \
  -H 'Content-Type: application/json' -d '{
    "filename": "photo.jpg", "content_type": "image/jpeg",
    "size_bytes": '$(wc -c < photo.jpg)',
    "recipe": {"steps": [
      {"name": "thumb", "image": {"width": 200, "height": 200}}
    ]}
  }' > upload.json

# 2. Send the file to the storage, exactly as `request` says.
curl -X PUT "$(jq -r .request.url upload.json)" --data-binary @photo.jpg \
  -H 'content-type: image/jpeg' -H 'if-none-match: *'

# 3. Read the upload until its state is `ready`: its derivatives have URLs.
curl "$API$(jq -r .links.self upload.json)" -H "Authorization: Bearer $KEY"
"#;

/// The rules that all operations share.
const CONVENTIONS: [(&str, &str); 7] = [
    (
        "Authentication",
        "Send `Authorization: Bearer <API key>`. A key has scopes; each operation names the one that it needs. A missing or \
         wrong key is 401 `unauthenticated`, a key without the scope 403 `forbidden`.",
    ),
    (
        "Errors",
        "Every error is a problem document (RFC 9457) with a `code` for programs, a `detail` for people and the \
         `request_id`. `invalid` lists all fields that are wrong in `errors`.",
    ),
    (
        "Repeating requests",
        "Send an `Idempotency-Key` with a `POST`: however often the request is repeated, it has its effect once, and the \
         response says so with `Idempotency-Replayed: true`. All other methods can be repeated as they are.",
    ),
    (
        "Pages",
        "Listings are newest first. Send `next_cursor` back as `cursor` for the next page; the last page has none. A page may \
         be shorter than `limit`.",
    ),
    (
        "Caching and conflicts",
        "Every read has an `ETag`. With `If-None-Match`, an unchanged resource is 304. With `If-Match`, a change to a resource \
         that is no longer the same is 412 `precondition_failed`.",
    ),
    (
        "Less to read",
        "`?fields=id,state` returns these fields alone; in a listing, of each entry. Responses over 1 KiB are compressed for \
         `Accept-Encoding: gzip`.",
    ),
    (
        "Rate limits",
        "`RateLimit-Policy` lists the limits and `RateLimit` what is left of them. Each operation says how many tokens it \
         costs. Over a limit, the response is 429 `rate_limited` with `Retry-After`.",
    ),
];

/// The page of `/`.
pub fn home() -> String {
    let links = [
        ("/docs", "Reference", "every operation, with an example"),
        ("/v1/openapi.json", "OpenAPI 3.1 document", "for tools and generated clients"),
        ("/healthz", "Health", "whether the API runs"),
        ("/readyz", "Readiness", "whether it can work"),
    ];
    let item = |(to, label, what): (&str, &str, &str)| {
        element("li").with(link(to, label)).with(text(&format!(": {what}")))
    };
    page("API", all([heading("Millrace"), prose(WHAT), element("ul").with(all(links.map(item)))]))
}

/// The page of `/docs`.
pub fn overview(reference: Reference<'_>) -> String {
    let conventions = CONVENTIONS
        .map(|(title, text_of)| all([element("dt").with(text(title)), element("dd").with(prose(text_of))]));
    let resources = reference.resources().into_iter().map(|(name, about)| resource(reference, name, about));
    let main = all([
        heading("Reference"),
        element("p").class("lead").with(line(WHAT)),
        section("start", "Start"),
        prose("Set `API` to the address of this API and `KEY` to an API key."),
        listing(START.trim_end()),
        section("conventions", "Conventions"),
        element("dl").class("fields rules").with(all(conventions)),
        section("operations", "Operations"),
        all(resources),
        section("problems", "Problems"),
        table(),
    ]);
    reference_page(reference, "Reference", None, main)
}

fn section(id: &str, title: &str) -> Element {
    element("h2").attribute("id", id).with(text(title))
}

fn resource(reference: Reference<'_>, name: &str, about: &str) -> Element {
    let row = |route: &Route| {
        let path =
            element("a").attribute("href", &path_of(route)).with(element("code").with(text(route.path)));
        let summary = element("span").class("summary").with(line(route.summary));
        element("li").with(badge(route)).with(element("div").with(path).with(summary))
    };
    let routes = reference.operations().filter(|route| route.resource.name == name);
    let list = element("ul").class("operations").with(all(routes.map(row)));
    all([element("h3").with(text(name)), element("p").class("note").with(line(about)), list])
}
