//! Real clients in other languages against real servers.

mod python;
mod server;
mod tls;

use capos_testkit::stock::vat;

use python::Client;

#[tokio::test]
async fn a_python_client_makes_every_shape_of_call_over_tcp() {
    vat(async {
        let address = server::plain().await;
        Client::new("lab.py").address(address).expect_success().await;
    })
    .await;
}

#[tokio::test]
async fn a_python_client_makes_every_shape_of_call_over_tls() {
    vat(async {
        let identity = tls::Identity::generate();
        let address = server::over_tls(&identity).await;
        Client::new("lab.py").address(address).trusting(&identity).expect_success().await;
    })
    .await;
}

#[tokio::test]
async fn a_python_client_refuses_a_server_that_it_does_not_know() {
    vat(async {
        let address = server::over_tls(&tls::Identity::generate()).await;
        let output = Client::new("lab.py").address(address).trusting(&tls::Identity::generate()).run().await;
        assert!(!output.status.success());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("CERTIFICATE_VERIFY_FAILED"), "{errors}");
    })
    .await;
}
