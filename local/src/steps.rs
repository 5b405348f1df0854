//! Counts the steps of SQLite's virtual machine in every database that this process opens from then on.
//!
//! A count is the same on every machine, where a time is not: a statement that visits every row shows at once.
#![expect(
    unsafe_code,
    reason = "SQLite has this count for C alone, and the tables' engine hands out no connection"
)]

use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::sync::{LazyLock, Mutex, PoisonError};

use rusqlite::ffi;

/// How often one statement ran, and how many steps all of its runs took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    pub runs: u64,
    pub steps: u64,
}

static ALL: LazyLock<Mutex<HashMap<String, Work>>> = LazyLock::new(Mutex::default);

thread_local! {
    static OF_THIS_THREAD: Cell<u64> = const { Cell::new(0) };
}

/// Counts in databases that are opened from now on. A second call changes nothing.
pub fn count() {
    // SAFETY: `on_open` has the signature that SQLite documents for an automatic extension, and opens no database.
    unsafe { ffi::sqlite3_auto_extension(Some(on_open)) };
}

/// The steps of all statements that this thread has run.
pub fn of_this_thread() -> u64 {
    OF_THIS_THREAD.get()
}

/// The work of all threads, by statement.
pub fn by_statement() -> HashMap<String, Work> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

unsafe extern "C" fn on_open(
    database: *mut ffi::sqlite3,
    _message: *mut *mut c_char,
    _routines: *const ffi::sqlite3_api_routines,
) -> c_int {
    // SAFETY: SQLite hands over the connection that it opens, and keeps it until it is closed.
    unsafe { ffi::sqlite3_trace_v2(database, ffi::SQLITE_TRACE_PROFILE, Some(on_end), std::ptr::null_mut()) }
}

/// Called at the end of each run of a statement.
unsafe extern "C" fn on_end(_: c_uint, _: *mut c_void, statement: *mut c_void, _: *mut c_void) -> c_int {
    let statement = statement.cast::<ffi::sqlite3_stmt>();
    // SAFETY: for this event SQLite passes the statement, which lives until the callback returns. Its text ends in zero.
    let (steps, sql) = unsafe {
        let steps = ffi::sqlite3_stmt_status(statement, ffi::SQLITE_STMTSTATUS_VM_STEP, 1);
        (steps, CStr::from_ptr(ffi::sqlite3_sql(statement)).to_string_lossy())
    };
    let steps = u64::from(steps.unsigned_abs());
    OF_THIS_THREAD.set(OF_THIS_THREAD.get() + steps);
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    let work = all.entry(sql.into_owned()).or_default();
    work.runs += 1;
    work.steps += steps;
    ffi::SQLITE_OK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_of_a_statement_counts_its_own_steps() {
        count();
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let rows = "SELECT count(*) FROM generated WHERE n % 7 = 3";
        connection.execute_batch("CREATE TABLE generated (n INTEGER)").unwrap();
        let steps = || {
            let before = of_this_thread();
            connection.prepare_cached(rows).unwrap().query_row([], |_| Ok(())).unwrap();
            of_this_thread() - before
        };
        let of_none = steps();
        assert_eq!(steps(), of_none, "the same work is the same count");
        let fill = "INSERT INTO generated WITH RECURSIVE numbers (n) AS (
            SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100) SELECT n FROM numbers";
        connection.execute_batch(fill).unwrap();
        assert!(steps() > of_none + 100, "a hundred rows were visited");
        assert!(by_statement()[rows].runs >= 3);
    }
}
