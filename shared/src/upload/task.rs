//! The work on the bytes of an upload, once they are stored.

use crate::checksum::{CHECKSUM_STEP, Checksum};
use crate::derivative::StepWork;
use crate::recipe::{Recipe, Step};

use super::{Upload, planned};

/// One thing to do with the bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// Compares their digest with the declared one.
    Verify(Checksum),
    Step(StepWork),
}

impl Upload {
    /// Lists the tasks that can be done now and have not ended, by the name of their step. Nothing is made of bytes that are yet to be
    /// verified, nor of what is yet to be made.
    pub fn ready_tasks(&self, recipe: &Recipe) -> Vec<(String, Task)> {
        let mut tasks = self.all_tasks(recipe);
        if self.must_be_verified() && !self.done.contains(CHECKSUM_STEP) {
            tasks.truncate(1);
            return tasks;
        }
        let steps = self.steps();
        tasks.retain(|(name, _)| recipe.step(name).is_some_and(|step| steps.is_ready(planned(step))));
        tasks
    }

    /// Lists all that is ever done with the bytes, once they are stored: the verification, if there is one, first.
    pub fn all_tasks(&self, recipe: &Recipe) -> Vec<(String, Task)> {
        let Some(etag) = &self.etag else {
            return Vec::new();
        };
        let checksum = self.sha256.as_ref().filter(|_| self.must_be_verified()).map(|sha256| {
            let checksum =
                Checksum { etag: etag.clone(), size_bytes: self.size_bytes, sha256: sha256.clone() };
            (CHECKSUM_STEP.to_owned(), Task::Verify(checksum))
        });
        let steps = recipe.steps.iter().map(|step| (step.name.clone(), self.step_task(recipe, step, etag)));
        checksum.into_iter().chain(steps).collect()
    }

    fn step_task(&self, recipe: &Recipe, step: &Step, etag: &str) -> Task {
        Task::Step(StepWork::of(&self.id, recipe, step, etag))
    }
}
