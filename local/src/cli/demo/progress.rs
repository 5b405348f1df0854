//! The life of an upload as it happens: a display that changes on a terminal, a line for each change elsewhere.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use shared::clock::{Clock, Timestamp};
use shared::upload::State;

use crate::cli::say;

use super::photo::Photo;
use super::table::{grouped, pixels};
use crate::cli::api::{Created, Derivative, Upload};

const TICK: Duration = Duration::from_millis(80);

/// The beginning of the upload's own line.
const UPLOAD: &str = "upload";

pub struct Progress {
    clock: Clock,
    began_at: Timestamp,
    /// In the order in which they first appeared.
    lines: Vec<Line>,
    /// `None` where lines cannot be drawn over.
    terminal: Option<MultiProgress>,
}

/// The upload or one of its derivatives.
struct Line {
    name: String,
    stage: Stage,
    drawn: Option<ProgressBar>,
}

#[derive(Clone, PartialEq, Eq)]
enum Stage {
    Working(String),
    Done(String),
    Failed(String),
}

impl Progress {
    pub fn new(clock: Clock) -> Self {
        let terminal = std::io::stdout()
            .is_terminal()
            .then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stdout()));
        Self { began_at: clock.now(), clock, lines: Vec::new(), terminal }
    }

    pub fn photo(&self, photo: &Photo) {
        let (name, content_type) = (&photo.name, photo.format.content_type());
        say(&format!("{name}: {content_type}, {} bytes\n", grouped(photo.bytes.len() as u64)));
    }

    pub fn created(&mut self, created: &Created) {
        self.show(UPLOAD, Stage::Working(format!("created as {}", created.id)));
    }

    pub fn sent(&mut self) {
        self.show(UPLOAD, Stage::Working("sent".to_owned()));
    }

    /// Shows what is new in `upload`.
    pub fn upload(&mut self, upload: &Upload) {
        for derivative in &upload.derivatives {
            self.show(&derivative.name, derivative_stage(derivative));
        }
        if let Some(stage) = upload_stage(upload) {
            self.show(UPLOAD, stage);
        }
    }

    fn show(&mut self, name: &str, stage: Stage) {
        let seconds = self.clock.now().since(self.began_at).as_secs_f64();
        let line = match self.lines.iter_mut().position(|line| line.name == name) {
            Some(known) if self.lines[known].stage == stage => return,
            Some(known) => &mut self.lines[known],
            None => {
                let drawn = self.terminal.as_ref().map(|all| all.add(ProgressBar::new_spinner()));
                self.lines.push(Line { name: name.to_owned(), stage: stage.clone(), drawn });
                let last = self.lines.len() - 1;
                &mut self.lines[last]
            }
        };
        let text = format!("{seconds:6.2} s  {name:<7} {}", stage.text());
        match &line.drawn {
            Some(drawn) => draw(drawn, &stage, text),
            None => say(&format!("{text}\n")),
        }
        line.stage = stage;
    }
}

impl Drop for Progress {
    /// Leaves everything as it was shown last, also when the demo is interrupted.
    fn drop(&mut self) {
        for drawn in self.lines.iter().filter_map(|line| line.drawn.as_ref()) {
            drawn.abandon();
        }
    }
}

fn draw(drawn: &ProgressBar, stage: &Stage, text: String) {
    let (mark, template) = match stage {
        Stage::Working(_) => ("", "{spinner:.cyan} {msg}"),
        Stage::Done(_) => ("✓", "{prefix:.green} {msg}"),
        Stage::Failed(_) => ("✗", "{prefix:.red} {msg}"),
    };
    drawn.set_prefix(mark);
    if let Ok(style) = ProgressStyle::with_template(template) {
        drawn.set_style(style);
    }
    match stage {
        Stage::Working(_) => {
            drawn.enable_steady_tick(TICK);
            drawn.set_message(text);
        }
        Stage::Done(_) | Stage::Failed(_) => drawn.finish_with_message(text),
    }
}

/// Nothing while the upload is pending, of which its own client knows more.
fn upload_stage(upload: &Upload) -> Option<Stage> {
    let mut text = upload.state.as_str().to_owned();
    if let Some(image) = &upload.image {
        let size = pixels((image.width, image.height));
        text = format!("{text}: {size}, mostly {}", image.dominant_color);
    }
    match upload.state {
        State::Pending => None,
        State::Received | State::Processing => Some(Stage::Working(text)),
        State::Ready => Some(Stage::Done(text)),
        State::Rejected
        | State::Failed
        | State::Expired
        | State::Aborted
        | State::Deleting
        | State::Deleted => Some(Stage::Failed(text)),
    }
}

fn derivative_stage(derivative: &Derivative) -> Stage {
    if let Some(failure) = derivative.failure.as_ref().filter(|_| derivative.url.is_none()) {
        return Stage::Failed(format!("{}: {}", derivative.state, failure.detail));
    }
    let Derivative {
        format: Some(format),
        width: Some(width),
        height: Some(height),
        size_bytes: Some(bytes),
        ..
    } = derivative
    else {
        return Stage::Working(derivative.state.clone());
    };
    Stage::Done(format!("{format} of {}, {} bytes", pixels((*width, *height)), grouped(*bytes)))
}

impl Stage {
    fn text(&self) -> &str {
        match self {
            Self::Working(text) | Self::Done(text) | Self::Failed(text) => text,
        }
    }
}
