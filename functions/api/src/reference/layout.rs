//! The common parts of all pages: the head, the styles, the bar at the top and the list at the side.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::Reference;
use super::html::{Element, all, element, link, text};
use crate::route::Route;

const STYLE: &str = include_str!("style.css");

/// Lets a page load its own styles, and nothing else.
pub fn content_security_policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// A page without a list at its side.
pub fn page(title: &str, main: Element) -> String {
    html_document(title, element("div").class("narrow").with(element("main").with(main)))
}

/// A page of the reference. `current` is the operation that it shows.
pub fn reference_page(
    reference: Reference<'_>,
    title: &str,
    current: Option<&Route>,
    main: Element,
) -> String {
    let menu = link("#menu", "All operations").class("to-menu");
    let main = element("main").with(menu).with(main);
    html_document(title, element("div").class("wide").with(main).with(side(reference, current)))
}

/// Leads to the overview.
pub fn back() -> Element {
    element("p").with(link("/docs", "The whole reference"))
}

/// The path of an operation's page.
pub fn path_of(route: &Route) -> String {
    format!("/docs/{}", route.name)
}

/// The method in its colour.
pub fn badge(route: &Route) -> Element {
    let method = route.method.as_str();
    element("b").class(&format!("method {}", method.to_ascii_lowercase())).with(text(method))
}

fn html_document(title: &str, body: Element) -> String {
    let links = [("/docs", "Reference"), ("/v1/openapi.json", "OpenAPI")];
    let links = all(links.map(|(to, label)| link(to, label)));
    let bar = element("header").with(link("/", "Millrace").class("name")).with(element("nav").with(links));
    let title = element("title").with(text(&format!("{title} · Millrace"))).render();
    let (bar, body) = (bar.render(), body.render());
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{title}<style>{STYLE}</style></head>\
         <body>{bar}{body}</body></html>\n"
    )
}

/// All operations, by resource.
fn side(reference: Reference<'_>, current: Option<&Route>) -> Element {
    let item = |route: &Route| {
        let link = link(&path_of(route), route.name);
        let is_current = current.is_some_and(|current| current.name == route.name);
        let link = if is_current { link.attribute("aria-current", "page") } else { link };
        element("li").with(badge(route)).with(link)
    };
    let group = |(name, _): (&str, &str)| {
        let routes = reference.operations().filter(|route| route.resource.name == name);
        all([element("h2").with(text(name)), element("ul").with(all(routes.map(item)))])
    };
    let groups = reference.resources().into_iter().map(group);
    let problems = element("h2").with(link("/docs#problems", "problems"));
    element("nav")
        .attribute("id", "menu")
        .attribute("aria-label", "Operations")
        .with(all(groups))
        .with(problems)
}
