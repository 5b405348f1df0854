//! `cargo dev docs`: writes the parts of the documentation that are made from the code.

use std::fs;
use std::path::Path;

use api::openapi;
use api::problem::Code;
use api::route::{Access, Route};
use api::routes::ROUTES;

use super::{Failure, say};

const OPENAPI: &str = "docs/openapi.json";
const API: &str = "docs/api.md";

/// Writes what is not up to date below `project`.
pub fn run(project: &Path) -> Result<(), Failure> {
    for (path, text) in generated(project)? {
        if fs::read_to_string(project.join(path)).is_ok_and(|current| current == text) {
            continue;
        }
        fs::write(project.join(path), text)?;
        say(&format!("wrote {path}\n"));
    }
    Ok(())
}

/// Every file that is made from the code, wholly or in part, as it should be.
fn generated(project: &Path) -> Result<Vec<(&'static str, String)>, Failure> {
    let document = serde_json::to_string_pretty(&openapi::document(&ROUTES))? + "\n";
    let mut api = fs::read_to_string(project.join(API))?;
    api = with_part(&api, "routes", &routes())?;
    api = with_part(&api, "problems", &problems())?;
    Ok(vec![(OPENAPI, document), (API, api)])
}

/// The text with what stands between the marks of this part replaced.
fn with_part(text: &str, name: &str, part: &str) -> Result<String, Failure> {
    let begin = format!("<!-- cargo dev docs: {name}: begin -->\n");
    let end = format!("<!-- cargo dev docs: {name}: end -->");
    let missing = || format!("{API} has no marks for {name}");
    let (before, rest) = text.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok(format!("{before}{begin}{part}{end}{after}"))
}

fn routes() -> String {
    let row = |route: &Route| {
        let (scope, tokens) = match route.access {
            Access::Public => ("none, public".to_owned(), String::new()),
            Access::Needs(scope) => (format!("`{scope}`"), route.tokens.to_string()),
        };
        let status = route.contract.status.as_u16();
        format!("| `{} {}` | {scope} | {tokens} | {status} | {} |\n", route.method, route.path, route.summary)
    };
    let rows: String = ROUTES.iter().map(row).collect();
    format!("| route | scope | tokens | answers | what |\n| --- | --- | ---: | --- | --- |\n{rows}")
}

fn problems() -> String {
    let row = |code: Code| {
        format!("| {} | `{}` | {} |\n", code.status().as_u16(), code.as_str(), code.explanation())
    };
    let rows: String = Code::ALL.into_iter().map(row).collect();
    format!("| status | code | what it means |\n| --- | --- | --- |\n{rows}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_from_the_code_is_up_to_date() {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for (path, text) in generated(&project).unwrap() {
            let current = fs::read_to_string(project.join(path)).unwrap();
            assert!(current == text, "{path} is not what the code says: run cargo dev docs");
        }
    }

    #[test]
    fn a_text_without_marks_is_an_error() {
        assert!(with_part("nothing", "routes", "").is_err());
    }
}
