//! Where the body of a request ends and the next request begins.

/// Follows a body as it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes are left.
    Length(u64),
    Chunked(Chunk),
}

/// Where in a chunked body the reader stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// In the line that says how long the chunk is, in hexadecimal digits up to anything else.
    Size {
        size: u64,
        has_ended: bool,
    },
    /// So many bytes of the chunk are left, its line end included.
    Data {
        left: u64,
    },
    /// In the lines after the last chunk; so many characters of the line have come.
    Trailer {
        line: u64,
    },
    Ended,
}

impl Framing {
    pub const fn chunked() -> Self {
        Self::Chunked(Chunk::SIZE)
    }

    pub fn has_ended(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunk::Ended))
    }

    /// How many of `bytes` belong to the body, which goes on after them.
    ///
    /// A chunk of the wrong form is followed somewhere: its reader refuses it, and closes the connection.
    pub fn follow(&mut self, bytes: &[u8]) -> usize {
        match self {
            Self::Length(left) => take(left, bytes.len()),
            Self::Chunked(chunk) => {
                let mut taken = 0;
                while taken < bytes.len() && *chunk != Chunk::Ended {
                    taken += chunk.follow(&bytes[taken..]);
                }
                taken
            }
        }
    }
}

impl Chunk {
    const SIZE: Self = Self::Size { size: 0, has_ended: false };

    fn follow(&mut self, bytes: &[u8]) -> usize {
        match self {
            Self::Data { left } => {
                let taken = take(left, bytes.len());
                if *left == 0 {
                    *self = Self::SIZE;
                }
                taken
            }
            _ => {
                *self = self.clone().after(bytes[0]);
                1
            }
        }
    }

    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Size { size: 0, .. }, b'\n') => Self::Trailer { line: 0 },
            (Self::Size { size, .. }, b'\n') => {
                Self::Data { left: size.saturating_add(b"\r\n".len() as u64) }
            }
            (Self::Size { size, has_ended }, _) => match char::from(byte).to_digit(16) {
                Some(digit) if !has_ended => {
                    Self::Size { size: size.saturating_mul(16).saturating_add(u64::from(digit)), has_ended }
                }
                _ => Self::Size { size, has_ended: true },
            },
            (Self::Trailer { line: 0 }, b'\n') => Self::Ended,
            (Self::Trailer { .. }, b'\n') => Self::Trailer { line: 0 },
            (Self::Trailer { line }, b'\r') => Self::Trailer { line },
            (Self::Trailer { line }, _) => Self::Trailer { line: line.saturating_add(1) },
            (other @ (Self::Data { .. } | Self::Ended), _) => other,
        }
    }
}

/// Takes as many of `available` as are left.
fn take(left: &mut u64, available: usize) -> usize {
    let taken = usize::try_from(*left).map_or(available, |left| left.min(available));
    *left -= taken as u64;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many bytes of `bytes` are the body's, if they come in pieces of this size.
    fn body(mut framing: Framing, bytes: &[u8], piece: usize) -> usize {
        let mut taken = 0;
        for piece in bytes.chunks(piece) {
            if framing.has_ended() {
                break;
            }
            taken += framing.follow(piece);
        }
        assert!(framing.has_ended(), "{framing:?}");
        taken
    }

    #[test]
    fn a_body_ends_where_it_says_however_it_arrives() {
        let bodies: [(Framing, &[u8]); 6] = [
            (Framing::Length(0), b""),
            (Framing::Length(3), b"abc"),
            (Framing::chunked(), b"0\r\n\r\n"),
            (Framing::chunked(), b"3\r\nabc\r\n00A;x=\"0\"\r\n0123456789\r\n0\r\n\r\n"),
            (Framing::chunked(), b"2\r\n\r\n\r\n0\r\nA: b\r\n\r\n"),
            (Framing::chunked(), b"1\r\n0\r\n000\r\n\r\n"),
        ];
        for (framing, bytes) in bodies {
            let sent = [bytes, b"GET / HTTP/1.1\r\n\r\n"].concat();
            for piece in [1, 2, 3, 1000] {
                assert_eq!(body(framing.clone(), &sent, piece), bytes.len(), "{framing:?} {piece}");
            }
        }
    }

    #[test]
    fn a_size_beyond_all_bounds_never_ends() {
        let mut framing = Framing::chunked();
        assert_eq!(framing.follow(b"ffffffffffffffffff\r\nabc"), 23);
        assert!(!framing.has_ended());
    }
}
