//! Services in other languages than the node's, from their schemas and profiles alone.
#![expect(clippy::print_stdout, reason = "it tells what it tried, as any test program does")]

mod confined;
mod listener;
mod object;
mod plain;

fn main() {
    capos_sandbox::run_if_helper();
    // `cargo test NAME` and those that ask for a list are meant for the programs with a harness.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    plain::greeter_serves_over_inherited_sockets();
    println!("test greeter_serves_over_inherited_sockets ... ok");
    confined::greeter_serves_from_its_profile();
    println!("test greeter_serves_from_its_profile ... ok");
}
