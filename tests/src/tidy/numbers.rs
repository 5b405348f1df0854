//! Numbers that the documentation repeats are those of the template and of the code.

use std::collections::BTreeMap;

use local::template::{self, Deployment, Event, Template};

use super::{Source, assert_none, project, read, sources};

const OPERATIONS: &str = "docs/operations.md";
const API: &str = "docs/api.md";

/// CloudWatch's price of an alarm that watches one metric, in dollars a month.
const ALARM_A_MONTH: f64 = 0.10;

fn template() -> Template {
    let deployment = Deployment::new("millrace", "http://aws.local");
    template::load(&project().join("template.yaml"), &deployment).expect("the template is understood")
}

/// The cells of the table of `text` whose first line begins with `head`, without its first two lines.
fn table(text: &str, head: &str) -> Vec<Vec<String>> {
    let lines =
        text.lines().skip_while(|line| !line.starts_with(head)).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
    let rows: Vec<_> = lines.skip(2).map(cells).collect();
    assert!(!rows.is_empty(), "there is no table {head}");
    rows
}

#[test]
fn what_is_said_of_each_function_is_what_the_template_says() {
    let (template, text) = (template(), read(OPERATIONS));
    let rows = table(&text, "| function | trigger |");
    assert_eq!(rows.len(), template.functions.len());
    let wrong = template.functions.iter().filter_map(|function| {
        let row = rows.iter().find(|row| row[0] == function.name)?;
        let bounds = format!("{} s, {} MB", function.timeout.as_secs(), function.memory_mb);
        let batches = function.events.iter().filter_map(|event| match event {
            Event::Sqs(source) => Some(format!("{} messages", source.batch_size)),
            Event::DynamoDbStream(source) => Some(format!("{} records", thousands(source.batch_size.into()))),
            Event::HttpApi(_) | Event::S3(_) | Event::Schedule(_) => None,
        });
        let said = row.join(" | ");
        let missing: Vec<_> = batches.chain([bounds]).filter(|number| !said.contains(number)).collect();
        (!missing.is_empty()).then(|| format!("{}: {missing:?} is not in {said}", function.name))
    });
    assert_none(wrong, "docs/operations.md repeats the template");
}

#[test]
fn what_is_said_of_queues_and_alarms_is_what_the_template_says() {
    let (template, text) = (template(), read(OPERATIONS));
    for function in &template.functions {
        for event in &function.events {
            let Event::Sqs(source) = event else { continue };
            let queue = template.queues.iter().find(|queue| queue.name == source.queue).expect("a queue");
            let said = format!("comes back after {} s", queue.visibility_timeout.as_secs());
            assert!(text.contains(&said), "{}: {said}", queue.name);
            let receives = queue.redrive.as_ref().expect("a dead-letter queue").receives_max;
            assert!(text.contains(&format!("messages received {receives} times")), "{}", queue.name);
        }
    }
    let dollars = format!("${:.2}", template.alarms.len() as f64 * ALARM_A_MONTH);
    assert!(text.contains(&format!("at $0.10 a month: {dollars} for all")), "{dollars}");
    assert!(text.contains(&format!("alarms | {dollars} |")), "{dollars}");
}

/// The defaults of the template's parameters.
fn defaults() -> BTreeMap<String, String> {
    let text = read("template.yaml");
    let parameters = text.split_once("\nParameters:\n").expect("parameters").1;
    let parameters = parameters.split_once("\nConditions:\n").expect("conditions").0;
    let mut defaults = BTreeMap::new();
    let mut name = "";
    for line in parameters.lines() {
        match line.strip_prefix("    Default: ") {
            Some(default) => {
                defaults.insert(name.to_owned(), default.trim_matches('"').to_owned());
            }
            None if line.starts_with("  ") && !line.starts_with("   ") => {
                name = line.trim().trim_end_matches(':')
            }
            None => {}
        }
    }
    defaults
}

#[test]
fn each_parameter_is_documented_with_its_default() {
    let text = read(OPERATIONS);
    let mut documented = BTreeMap::new();
    for row in table(&text, "| parameter | default |") {
        let names = row[0].split(", ").map(|name| name.trim_matches('`').to_owned());
        let values: Vec<&str> = row[1].split(", ").map(|value| value.trim_matches('`')).collect();
        for (index, name) in names.enumerate() {
            // One value may be that of all.
            let value = values.get(index).or(values.last()).copied().unwrap_or_default();
            documented.insert(name, if value == "empty" { "" } else { value }.to_owned());
        }
    }
    assert_eq!(documented, defaults());
}

/// The values of the constants of this name, in a file whose path holds `module`.
fn values(sources: &[Source], module: &str, name: &str) -> Vec<Value> {
    let of_module = sources.iter().filter(|source| source.path.contains(module));
    let definition = format!("const {name}: ");
    let found = of_module.filter_map(|source| {
        let (_, rest) = source.text.split_once(&definition)?;
        let (kind, rest) = rest.split_once(" = ")?;
        let (expression, _) = rest.split_once(';')?;
        let is_time = kind.contains("Duration") || name.contains("_SECS_");
        Some(Value { number: evaluated(expression)?, is_time })
    });
    found.collect()
}

#[derive(Clone, Copy, Debug)]
struct Value {
    number: u64,
    /// In seconds.
    is_time: bool,
}

/// The product that an expression is.
fn evaluated(expression: &str) -> Option<u64> {
    let product = expression.trim().trim_start_matches("Duration::from_secs(").trim_end_matches(')');
    product.split('*').map(|factor| factor.trim().replace('_', "").parse::<u64>().ok()).product()
}

impl Value {
    /// The ways in which the documentation may say it.
    fn spellings(self) -> Vec<String> {
        let units: &[(u64, &str)] = if self.is_time {
            &[(1, " s"), (60, " min"), (60 * 60, " h"), (24 * 60 * 60, " days")]
        } else {
            &[(1, ""), (1 << 10, " KiB"), (1 << 20, " MiB"), (1 << 30, " GiB"), (1_000_000, " megapixels")]
        };
        let divides = |(unit, _): &&(u64, &str)| self.number.is_multiple_of(*unit);
        let spelt = |(unit, name): &(u64, &str)| format!("{}{name}", thousands(self.number / unit));
        units.iter().filter(divides).map(spelt).collect()
    }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut spelt = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            spelt.push(',');
        }
        spelt.push(digit);
    }
    spelt
}

#[test]
fn each_limit_is_that_of_the_constants_that_it_names() {
    let (sources, text) = (sources(), read(API));
    let product: Vec<Source> =
        sources.into_iter().filter(|source| !super::is_of_tests(&source.path)).collect();
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in table(&text, "| what | limit | constant |") {
        let (limit, named) = (&row[1], &row[2]);
        for path in named.split(['`', ',', ';', ' ']).filter(|path| !path.is_empty()) {
            let (module, name) = path.rsplit_once("::").unwrap_or(("", path));
            if name.chars().any(|c| c.is_ascii_lowercase()) {
                continue;
            }
            count += 1;
            let values = values(&product, &module.replace("::", "/"), name);
            let mut spellings = values.iter().flat_map(|value| value.spellings());
            if !spellings.any(|spelling| limit.contains(&spelling)) {
                wrong.push(format!("{path} is {values:?}, and the table says {limit}"));
            }
        }
    }
    assert!(count > 30, "{count} constants were found");
    assert_none(wrong.into_iter(), "docs/api.md repeats the code");
}
