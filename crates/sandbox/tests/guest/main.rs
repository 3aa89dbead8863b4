//! A program of the tests: the helper, and a guest that tries what it should not.

fn main() {
    capos_sandbox::run_if_helper();
}
