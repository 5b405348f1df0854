//! YAML as CloudFormation writes it. A short tag becomes its long form (`!Sub x` is `Fn::Sub: x`), so that nothing
//! after this module knows that there are two.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::error::{Result, TemplateError};
use super::node::{Entry, Node, Value};

/// Levels of nesting. The deepest place of a real template is about 15 levels down.
const DEPTH_MAX: usize = 64;

/// Parses a text that holds one document.
pub fn parse(text: &str) -> Result<Node> {
    let mut reader = Reader { parser: Parser::new_from_str(text) };
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamStart | Event::DocumentStart(_) => {}
            Event::StreamEnd => return Err(TemplateError::at(1, "the template is empty")),
            event => {
                let root = reader.node(event, span, 0)?;
                reader.end()?;
                return Ok(root);
            }
        }
    }
}

struct Reader<'input> {
    parser: Parser<'input, StrInput<'input>>,
}

impl<'input> Reader<'input> {
    fn next(&mut self) -> Result<(Event<'input>, Span)> {
        match self.parser.next_event() {
            Some(next) => {
                next.map_err(|error: ScanError| TemplateError::at(error.marker().line(), error.info()))
            }
            None => Err(TemplateError::at(1, "the template ends too early")),
        }
    }

    fn end(&mut self) -> Result<()> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentEnd, _) => {}
                (_, span) => {
                    return Err(TemplateError::at(span.start.line(), "a template is one YAML document"));
                }
            }
        }
    }

    fn node(&mut self, event: Event<'input>, span: Span, depth: usize) -> Result<Node> {
        let line = span.start.line();
        if depth > DEPTH_MAX {
            return Err(TemplateError::at(line, format!("nested deeper than {DEPTH_MAX} levels")));
        }
        let (value, tag) = match event {
            Event::Scalar(text, style, _, tag) => {
                if style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null") {
                    return Err(TemplateError::at(line, "a value is missing"));
                }
                (Value::Text(text.into_owned()), tag)
            }
            Event::SequenceStart(_, tag) => (self.list(depth)?, tag),
            Event::MappingStart(_, tag) => (self.map(depth)?, tag),
            Event::Alias(_) => {
                return Err(TemplateError::at(line, "YAML aliases are not understood by the local stack"));
            }
            _ => return Err(TemplateError::at(line, "a value is missing")),
        };
        Ok(tagged(tag.as_deref(), Node { line, value }))
    }

    fn list(&mut self, depth: usize) -> Result<Value> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let line = span.start.line();
            let key = match event {
                Event::MappingEnd => return Ok(Value::Map(entries)),
                Event::Scalar(key, ..) => key.into_owned(),
                _ => return Err(TemplateError::at(line, "a key must be text")),
            };
            if entries.iter().any(|entry| entry.key == key) {
                return Err(TemplateError::at(line, format!("{key} is there twice")));
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            entries.push(Entry { line, key, value });
        }
    }
}

/// Wraps the argument of a short-form intrinsic function into its long form.
fn tagged(tag: Option<&Tag>, argument: Node) -> Node {
    let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) else { return argument };
    let line = argument.line;
    let key = match tag.suffix.as_str() {
        name @ ("Ref" | "Condition") => name.to_owned(),
        name => format!("Fn::{name}"),
    };
    Node { line, value: Value::Map(vec![Entry { line, key, value: argument }]) }
}
