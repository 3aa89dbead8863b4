//! Commands that a service describes and takes.
