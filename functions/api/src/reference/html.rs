//! HTML, written so that no text can become markup.

use serde_json::Value;

/// A piece of a page: elements in a row, or text.
pub struct Element {
    name: &'static str,
    attributes: String,
    content: String,
    /// What stands before it.
    before: String,
}

pub fn element(name: &'static str) -> Element {
    Element { name, attributes: String::new(), content: String::new(), before: String::new() }
}

pub fn text(text: &str) -> Element {
    Element { content: escaped(text), ..element("") }
}

/// Text in which `code` stands between backticks.
pub fn prose(value: &Value) -> Element {
    let parts = value.as_str().unwrap_or_default().split('`').enumerate();
    parts.fold(text(""), |whole, (index, part)| {
        whole.with(if index % 2 == 1 { element("code").with(text(part)) } else { text(part) })
    })
}

impl Element {
    pub fn attribute(mut self, name: &str, value: &str) -> Self {
        self.attributes.push_str(&format!(" {name}=\"{}\"", escaped(value)));
        self
    }

    pub fn class(self, class: &str) -> Self {
        self.attribute("class", class)
    }

    pub fn with(mut self, child: Element) -> Self {
        self.content.push_str(&child.render());
        self
    }

    /// This one, and `next` after it.
    pub fn then(self, next: Element) -> Element {
        Element { before: self.render() + &next.before, ..next }
    }

    pub fn render(&self) -> String {
        let Self { name, attributes, content, before } = self;
        if name.is_empty() {
            return format!("{before}{content}");
        }
        format!("{before}<{name}{attributes}>{content}</{name}>")
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        let link = element("a").attribute("href", "\"><script>").with(text("<b>&"));
        assert_eq!(link.render(), "<a href=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt;&amp;</a>");
        assert_eq!(prose(&"a `<b>` c".into()).render(), "a <code>&lt;b&gt;</code> c");
    }
}
