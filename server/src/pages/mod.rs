//! The pages: being written.
