//! The pages that the types of problems name.

use super::html::{Element, all, element, heading, link, prose, text};
use super::layout::{back, page};
use crate::problem::Code;

/// The page that a problem's `type` names.
pub fn problem(code: Code) -> String {
    let line = element("p").with(element("code").with(text(code.as_str())));
    let status = element("p").with(text(&format!("HTTP status {}", code.status().as_u16())));
    page(code.title(), all([heading(code.title()), line, status, prose(code.explanation()), back()]))
}

/// The page for a code that no problem has.
pub fn unknown_problem(code: &str) -> String {
    let detail = format!("No problem of this API has the code {code:?}. These are all:");
    page("Unknown problem", all([heading("Unknown problem"), prose(&detail), table(), back()]))
}

/// All problems, each with what it means.
pub fn table() -> Element {
    let row = |code: &Code| {
        let explanation = element("dd").with(prose(code.explanation()));
        let status = text(&format!(" {}", code.status().as_u16()));
        all([
            element("dt").with(problem_link(*code)).with(element("span").class("kind").with(status)),
            explanation,
        ])
    };
    element("dl").class("fields").with(all(Code::ALL.iter().map(row)))
}

pub fn problem_link(code: Code) -> Element {
    let to = format!("/docs/problems/{}", code.as_str());
    element("code").with(link(&to, code.as_str()))
}
