use serde::{Deserialize, Serialize};

use crate::checksum::{CHECKSUM_STEP, Checksum};
use crate::id::UploadId;
use crate::media::StepWork;
use crate::recipe::Action;
use crate::retry::Policy;

/// What a job does: the closed list of kinds. Stored; names never change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    ImageStep(StepWork),
    MetadataStep(StepWork),
    ChecksumStep(StepWork),
    /// The verification of a declared checksum, which is no step of a recipe.
    Checksum(Checksum),
}

impl Work {
    /// The job of a recipe's step.
    pub const fn of_step(step: StepWork) -> Self {
        match &step.step.action {
            Action::Image(_) => Self::ImageStep(step),
            Action::Metadata(_) => Self::MetadataStep(step),
            Action::Checksum(_) => Self::ChecksumStep(step),
        }
    }

    pub const fn retry_policy(&self) -> &'static Policy {
        match self {
            Self::ImageStep(_) | Self::MetadataStep(_) | Self::ChecksumStep(_) | Self::Checksum(_) => {
                &StepWork::RETRY
            }
        }
    }

    /// The kind's stored name.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ImageStep(_) => "image_step",
            Self::MetadataStep(_) => "metadata_step",
            Self::ChecksumStep(_) => "checksum_step",
            Self::Checksum(_) => "checksum",
        }
    }

    /// The step of a recipe that it carries out.
    pub const fn step(&self) -> Option<&StepWork> {
        match self {
            Self::ImageStep(work) | Self::MetadataStep(work) | Self::ChecksumStep(work) => Some(work),
            Self::Checksum(_) => None,
        }
    }

    /// Whose original it works on.
    pub const fn upload(&self) -> &UploadId {
        match self {
            Self::ImageStep(work) | Self::MetadataStep(work) | Self::ChecksumStep(work) => &work.upload,
            Self::Checksum(work) => &work.upload,
        }
    }

    /// Which run of the upload it belongs to.
    pub fn run(&self) -> Option<u32> {
        self.step()?.run
    }

    /// What the upload calls the step that this carries out.
    pub fn step_name(&self) -> &str {
        match self {
            Self::ImageStep(work) | Self::MetadataStep(work) | Self::ChecksumStep(work) => &work.step.name,
            Self::Checksum(_) => CHECKSUM_STEP,
        }
    }
}
