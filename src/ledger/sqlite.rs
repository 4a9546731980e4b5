//! The ledger in a file of its own: `SQLite`, one writer, write-ahead log.
