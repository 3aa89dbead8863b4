//! Commands, terminals, files and tasks, as a session reaches them.
