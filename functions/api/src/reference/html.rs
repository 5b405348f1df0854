//! HTML, written so that no text can become markup.

/// A piece of a page: an element with what is in it, text, or several in a row.
pub struct Element {
    name: &'static str,
    attributes: String,
    content: String,
}

pub fn element(name: &'static str) -> Element {
    Element { name, attributes: String::new(), content: String::new() }
}

pub fn text(text: &str) -> Element {
    Element { content: escaped(text), ..element("") }
}

/// Several pieces in a row.
pub fn all(pieces: impl IntoIterator<Item = Element>) -> Element {
    pieces.into_iter().fold(element(""), Element::with)
}

pub fn link(to: &str, label: &str) -> Element {
    element("a").attribute("href", to).with(text(label))
}

/// The title of a page.
pub fn heading(title: &str) -> Element {
    element("h1").with(text(title))
}

/// Text in which `code` stands between backticks, in paragraphs that blank lines divide.
pub fn prose(prose: &str) -> Element {
    let paragraphs = prose.split("\n\n").filter(|paragraph| !paragraph.is_empty());
    all(paragraphs.map(|paragraph| element("p").with(line(paragraph))))
}

/// Text in which `code` stands between backticks.
pub fn line(line: &str) -> Element {
    let parts = line.split('`').enumerate();
    all(parts.map(|(index, part)| if index % 2 == 1 { element("code").with(text(part)) } else { text(part) }))
}

/// Lines that keep their spaces.
pub fn listing(lines: &str) -> Element {
    element("pre").attribute("tabindex", "0").with(element("code").with(text(lines)))
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

    pub fn render(&self) -> String {
        let Self { name, attributes, content } = self;
        if name.is_empty() { content.clone() } else { format!("<{name}{attributes}>{content}</{name}>") }
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
        assert_eq!(prose("a `<b>` c\n\nd").render(), "<p>a <code>&lt;b&gt;</code> c</p><p>d</p>");
    }
}
