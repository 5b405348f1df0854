use std::collections::BTreeSet;

use crate::fan_in::End;
use crate::image::Facts;

use super::{Image, Rejection};

/// Steps that ended, as they are added to the row of their upload or run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndedSteps {
    pub done: BTreeSet<String>,
    pub failed: BTreeSet<String>,
    /// Why the original can never be used, if a step found that out.
    pub rejection: Option<Rejection>,
    /// The facts that decoding the original found out.
    pub image: Option<Image>,
}

impl EndedSteps {
    /// Steps that were not carried out, and never will be.
    pub fn failed(names: impl IntoIterator<Item = String>) -> Self {
        Self { failed: names.into_iter().collect(), ..Self::default() }
    }

    /// Adds how a step ended, and what it found out about the original.
    pub fn add(&mut self, name: &str, end: End, original: Option<&Facts>) {
        match end {
            End::Done => self.done.insert(name.to_owned()),
            End::Rejected { code, detail } => {
                self.rejection = Some(Rejection { code, detail });
                self.failed.insert(name.to_owned())
            }
            End::Failed => self.failed.insert(name.to_owned()),
        };
        if let Some(facts) = original {
            self.image = Some(Image::from(facts));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.done.is_empty() && self.failed.is_empty()
    }
}
