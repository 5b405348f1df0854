//! The end of a stream's records: what every reader has passed, nobody needs again.

use crate::dynamodb::Position;
use crate::event_source::{Stream, Surroundings};
use crate::state;

/// A table's stream, and who reads it.
pub struct Trim {
    table: String,
    readers: Vec<String>,
    around: Surroundings,
}

impl Trim {
    /// One for each table that any of `streams` reads.
    pub fn all(streams: &[Stream]) -> Vec<Self> {
        let mut trims: Vec<Self> = Vec::new();
        for stream in streams {
            let (table, reader) = (&stream.source.table, stream.reader());
            match trims.iter_mut().find(|trim| trim.table == *table) {
                Some(trim) => trim.readers.push(reader),
                None => trims.push(Self {
                    table: table.clone(),
                    readers: vec![reader],
                    around: stream.around.clone(),
                }),
            }
        }
        trims
    }

    /// Removes the records that every reader has passed.
    pub fn run(&self) -> state::Result<()> {
        let positions = self.readers.iter().map(|reader| self.around.positions.of(reader));
        let slowest = positions.collect::<state::Result<Vec<_>>>()?.into_iter().min();
        self.around.aws.dynamodb.trim(&self.table, &slowest.unwrap_or(Position::Start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_has_not_begun_is_the_slowest() {
        let numbers = ["100000000000000000010", "100000000000000000009"];
        let mut positions = numbers.map(|number| Position::After(number.to_owned())).to_vec();
        assert_eq!(positions.iter().min(), Some(&positions[1]), "numbers have one length");
        positions.push(Position::Start);
        assert_eq!(positions.iter().min(), Some(&Position::Start));
    }
}
