//! The tables. Columns that end in `_at` are milliseconds since the Unix epoch, those in `_ms` milliseconds.

/// These names are stored data: a column may be added, none may change its name or meaning.
///
/// - `sequence` is never used twice, so that a receipt handle can never mean a later message.
/// - `message_group` is empty for a message without a group.
/// - `receives` counts in this queue, `earlier_receives` in the queues that the message was moved from.
/// - A message is in flight while `receives > 0 AND visible_at > now`, and delayed while `receives = 0 AND
///   visible_at > now`.
pub const TABLES: &str = "
CREATE TABLE IF NOT EXISTS queues (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    visibility_timeout_ms INTEGER NOT NULL,
    retention_ms INTEGER NOT NULL,
    delay_ms INTEGER NOT NULL,
    receive_wait_ms INTEGER NOT NULL,
    maximum_message_bytes INTEGER NOT NULL,
    dead_letter_queue TEXT,
    max_receive_count INTEGER,
    fair INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    purged_at INTEGER
);
CREATE TABLE IF NOT EXISTS messages (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    queue INTEGER NOT NULL,
    body TEXT NOT NULL,
    attributes TEXT NOT NULL,
    message_group TEXT NOT NULL,
    trace_header TEXT,
    sender TEXT NOT NULL,
    dead_letter_source TEXT,
    sent_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,
    first_received_at INTEGER,
    received_at INTEGER,
    receives INTEGER NOT NULL DEFAULT 0,
    earlier_receives INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (queue, visible_at);
CREATE INDEX IF NOT EXISTS messages_by_group ON messages (queue, message_group, visible_at);
CREATE INDEX IF NOT EXISTS messages_by_age ON messages (queue, sent_at);
CREATE INDEX IF NOT EXISTS messages_received ON messages (queue, visible_at, message_group) WHERE receives > 0;
";
