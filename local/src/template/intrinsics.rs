//! Intrinsic functions: `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::If`, `Fn::Join`, `Fn::Select`, `Fn::Split`.

use super::error::{Result, TemplateError};
use super::node::{Entry, Node, Value};
use super::scope::Scope;

impl Scope<'_> {
    /// The value with every intrinsic function called; none if it is `AWS::NoValue`, which leaves out its property.
    pub fn resolve(&self, node: &Node) -> Result<Option<Node>> {
        let value = match &node.value {
            Value::Text(text) => Value::Text(text.clone()),
            Value::List(items) => Value::List(self.resolve_items(items)?),
            Value::Map(entries) => match intrinsic(entries) {
                Some(call) => return self.call(call, node.line),
                None => Value::Map(self.resolve_entries(entries)?),
            },
        };
        Ok(Some(Node { line: node.line, value }))
    }

    /// The text that `node` stands for.
    pub fn text(&self, node: &Node) -> Result<String> {
        match self.resolve(node)? {
            Some(resolved) => resolved.text().map(str::to_owned),
            None => Err(TemplateError::at(node.line, "expected text, found AWS::NoValue")),
        }
    }

    fn resolve_items(&self, items: &[Node]) -> Result<Vec<Node>> {
        items.iter().filter_map(|item| self.resolve(item).transpose()).collect()
    }

    fn resolve_entries(&self, entries: &[Entry]) -> Result<Vec<Entry>> {
        let resolved = entries.iter().filter_map(|entry| {
            let value = self.resolve(&entry.value).transpose()?;
            Some(value.map(|value| Entry { line: entry.line, key: entry.key.clone(), value }))
        });
        resolved.collect()
    }

    fn call(&self, call: &Entry, line: usize) -> Result<Option<Node>> {
        let argument = &call.value;
        let text = match call.key.as_str() {
            "Ref" => match self.reference(argument.text()?, line)? {
                Some(text) => text,
                None => return Ok(None),
            },
            "Fn::If" => return self.choose(argument),
            "Fn::Split" => return self.split(argument).map(Some),
            "Fn::Select" => return self.select(argument),
            "Fn::GetAtt" => self.get_attribute(argument)?,
            "Fn::Sub" => self.substitute(argument)?,
            "Fn::Join" => self.join(argument)?,
            other => {
                return Err(TemplateError::at(
                    line,
                    format!("{other} is not an intrinsic function that the local stack understands here"),
                ));
            }
        };
        Ok(Some(Node { line, value: Value::Text(text) }))
    }

    fn choose(&self, argument: &Node) -> Result<Option<Node>> {
        let [condition, then, otherwise] = argument.items()? else {
            return Err(argument.unexpected("a condition and two values"));
        };
        let chosen = if self.condition(condition.text()?, condition.line)? { then } else { otherwise };
        self.resolve(chosen)
    }

    /// `Resource.Attribute`, or the two as a list.
    fn get_attribute(&self, argument: &Node) -> Result<String> {
        let parts = argument.texts()?;
        let path = parts.join(".");
        match path.split_once('.') {
            Some((resource, attribute)) => self.attribute(resource, attribute, argument.line),
            None => Err(argument.unexpected("a resource and its attribute")),
        }
    }

    fn join(&self, argument: &Node) -> Result<String> {
        let [delimiter, list] = argument.items()? else {
            return Err(argument.unexpected("a delimiter and a list"));
        };
        Ok(self.list(list)?.texts()?.join(delimiter.text()?))
    }

    fn split(&self, argument: &Node) -> Result<Node> {
        let [delimiter, text] = argument.items()? else {
            return Err(argument.unexpected("a delimiter and a text"));
        };
        let delimiter = delimiter.text()?;
        if delimiter.is_empty() {
            return Err(argument.unexpected("a delimiter that is not empty"));
        }
        let line = argument.line;
        let part = |part: &str| Node { line, value: Value::Text(part.to_owned()) };
        Ok(Node { line, value: Value::List(self.text(text)?.split(delimiter).map(part).collect()) })
    }

    fn select(&self, argument: &Node) -> Result<Option<Node>> {
        let [index, list] = argument.items()? else { return Err(argument.unexpected("an index and a list")) };
        let index = self.text(index)?.parse::<usize>().ok();
        let list = self.list(list)?;
        let selected = index.and_then(|index| list.items().ok()?.get(index).cloned());
        selected.map(Some).ok_or_else(|| argument.unexpected("an index that the list has"))
    }

    fn list(&self, node: &Node) -> Result<Node> {
        self.resolve(node)?.ok_or_else(|| node.unexpected("a list"))
    }

    /// A text with `${Name}`, `${Resource.Attribute}` and `${!Literal}`, alone or with a map of names of its own.
    fn substitute(&self, argument: &Node) -> Result<String> {
        let (template, names) = match &argument.value {
            Value::List(parts) => match parts.as_slice() {
                [template, names] => (template, self.resolve_entries(names.entries()?)?),
                _ => return Err(argument.unexpected("a text and its names")),
            },
            _ => (argument, Vec::new()),
        };
        let mut rest = template.text()?;
        let mut text = String::with_capacity(rest.len());
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or_else(|| template.unexpected("a closed ${"))?;
            text.push_str(before);
            text.push_str(&self.placeholder(name.trim(), &names, template.line)?);
            rest = after;
        }
        text.push_str(rest);
        Ok(text)
    }

    fn placeholder(&self, name: &str, names: &[Entry], line: usize) -> Result<String> {
        if let Some(literal) = name.strip_prefix('!') {
            return Ok(format!("${{{literal}}}"));
        }
        if let Some(entry) = names.iter().find(|entry| entry.key == name) {
            return entry.value.text().map(str::to_owned);
        }
        if let Some((resource, attribute)) = name.split_once('.') {
            return self.attribute(resource, attribute, line);
        }
        let value = self.reference(name, line)?;
        value.ok_or_else(|| TemplateError::at(line, format!("{name} is not text")))
    }
}

fn intrinsic(entries: &[Entry]) -> Option<&Entry> {
    match entries {
        [entry] if entry.key == "Ref" || entry.key.starts_with("Fn::") => Some(entry),
        _ => None,
    }
}
