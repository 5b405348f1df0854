//! The kinds of rows, by sort key: the one list from which every other is made, or against which it is checked.

/// A kind of row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKind {
    Upload,
    /// A run of an upload.
    Run,
    /// A recipe too long to sit in its upload's row.
    UploadRecipe,
    Job,
    /// An input too long to sit in its job's row.
    JobInput,
    /// An output too long for it.
    JobOutput,
    ApiKey,
    /// A key that requests to the world are signed with.
    SigningKey,
    /// A recipe that is kept by name, as it is now.
    Recipe,
    /// An earlier version of it.
    RecipeVersion,
    /// The names of what a tenant may have a bounded number of.
    Register,
    /// A request under an `Idempotency-Key`.
    Request,
    DeadLetter,
    /// A shard of a token bucket.
    Limit,
    Usage,
    /// The jobs of a tenant that ended in an hour.
    Activity,
    /// An audit that was asked for, and the position of the one that goes on all the time.
    Audit,
}

/// The form of the sort keys of a kind of row. Stored; they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    Is(&'static str),
    StartsWith(&'static str),
}

impl RowKind {
    pub const ALL: [Self; 17] = [
        Self::Upload,
        Self::Run,
        Self::UploadRecipe,
        Self::Job,
        Self::JobInput,
        Self::JobOutput,
        Self::ApiKey,
        Self::SigningKey,
        Self::Recipe,
        Self::RecipeVersion,
        Self::Register,
        Self::Request,
        Self::DeadLetter,
        Self::Limit,
        Self::Usage,
        Self::Activity,
        Self::Audit,
    ];

    pub const fn sort_key(self) -> SortKey {
        match self {
            Self::Upload => SortKey::Is("upload"),
            Self::Run => SortKey::StartsWith("run#"),
            Self::UploadRecipe => SortKey::StartsWith("recipe#"),
            Self::Job => SortKey::Is("job"),
            Self::JobInput => SortKey::StartsWith("input"),
            Self::JobOutput => SortKey::StartsWith("output#"),
            Self::ApiKey => SortKey::StartsWith("key_"),
            Self::SigningKey => SortKey::StartsWith("sgk_"),
            Self::Recipe => SortKey::Is("recipe"),
            Self::RecipeVersion => SortKey::StartsWith("version#"),
            Self::Register => SortKey::Is("register"),
            Self::Request => SortKey::Is("request"),
            Self::DeadLetter => SortKey::Is("dead-letter"),
            Self::Limit => SortKey::StartsWith("limit#"),
            Self::Usage => SortKey::Is("usage"),
            Self::Activity => SortKey::StartsWith("hour#"),
            Self::Audit => SortKey::Is("audit"),
        }
    }

    /// The sort key of a kind that has but one, or the beginning of it.
    pub const fn text(self) -> &'static str {
        match self.sort_key() {
            SortKey::Is(text) | SortKey::StartsWith(text) => text,
        }
    }

    /// The kind of the row with this sort key.
    pub fn of(sk: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| match kind.sort_key() {
            SortKey::Is(text) => sk == text,
            SortKey::StartsWith(prefix) => sk.starts_with(prefix),
        })
    }

    /// Whether relay does something when such a row changes: the filter of its event source lets these through.
    pub const fn is_followed(self) -> bool {
        matches!(self, Self::Upload | Self::Run | Self::Job)
    }

    /// Whether the audit moves such rows on.
    pub const fn is_audited(self) -> bool {
        matches!(self, Self::Upload | Self::Run | Self::Job)
    }

    /// Whether the due index holds such rows for the scheduler.
    pub const fn may_be_due(self) -> bool {
        matches!(self, Self::Job | Self::Usage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sort_key_is_of_one_kind_alone() {
        for kind in RowKind::ALL {
            let example = match kind.sort_key() {
                SortKey::Is(text) => text.to_owned(),
                SortKey::StartsWith(prefix) => format!("{prefix}x"),
            };
            let others = RowKind::ALL.into_iter().filter(|other| match other.sort_key() {
                SortKey::Is(text) => example == text,
                SortKey::StartsWith(prefix) => example.starts_with(prefix),
            });
            assert_eq!(others.collect::<Vec<_>>(), [kind], "{example}");
            assert_eq!(RowKind::of(&example), Some(kind));
        }
        assert_eq!(RowKind::of("elsewhere"), None);
    }
}
