//! Real clients in other languages against a real node's connections and membrane.

mod authority;
mod browser;
mod ending;
mod foreign;
mod javascript;
mod pages;
mod python;
mod reflection;
mod server;
mod services;
mod tour;

use capos_rpc::Identity;

use authority::AuthorityFile;
use foreign::{Over, World};
use python::Client;
use server::{Node, Place};
use services::Services;

#[tokio::test]
async fn a_python_client_makes_every_shape_of_call_over_tcp() {
    for place in [Place::Here, Place::Behind] {
        let node = Node::start(place, None).await;
        Client::new("lab.py").address(node.address).expect_success().await;
    }
}

#[tokio::test]
async fn a_python_client_makes_every_shape_of_call_over_tls() {
    for place in [Place::Here, Place::Behind] {
        let identity = Identity::ephemeral().expect("a fresh identity");
        let authority = AuthorityFile::of(&identity);
        let node = Node::start(place, Some(&identity)).await;
        Client::new("lab.py").address(node.address).trusting(&authority).expect_success().await;
    }
}

#[tokio::test]
async fn a_python_client_refuses_a_node_that_it_does_not_know() {
    let identity = || Identity::ephemeral().expect("a fresh identity");
    let node = Node::start(Place::Here, Some(&identity())).await;
    let another = AuthorityFile::of(&identity());
    let output = Client::new("lab.py").address(node.address).trusting(&another).run().await;
    assert!(!output.status.success());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("CERTIFICATE_VERIFY_FAILED"), "{errors}");
}

#[tokio::test]
async fn a_python_client_of_the_published_schemas_uses_a_node() {
    let world = tokio::task::spawn_blocking(World::start).await.expect("the node starts");
    world.run(Over::Plain).await;
    world.run(Over::Ssl).await;
    world.run(Over::OpenSsl).await;
    tokio::task::spawn_blocking(|| world.stop()).await.expect("the node stops");
}

#[tokio::test]
async fn a_python_client_uses_confined_services() {
    let services = tokio::task::spawn_blocking(Services::start).await.expect("the node starts");
    services.run().await;
    tokio::task::spawn_blocking(|| services.stop()).await.expect("the node stops");
}
