//! Real clients in other languages against real servers; everything is under `tests/`.
#![forbid(unsafe_code)]
