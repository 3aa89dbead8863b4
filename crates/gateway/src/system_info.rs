//! The grant `system_info`: the node's public face.

use std::rc::Rc;

use capnp::Error;
use capos_schema::system_info_capnp::system_info;

use crate::gateway::Gateway;

/// Serves `SystemInfo`.
pub(crate) struct NodeInfo(Gateway);

impl NodeInfo {
    pub(crate) fn client(gateway: &Gateway) -> system_info::Client {
        capnp_rpc::new_client(Self(gateway.clone()))
    }
}

impl system_info::Server for NodeInfo {
    async fn motd(
        self: Rc<Self>,
        _: system_info::MotdParams,
        mut results: system_info::MotdResults,
    ) -> Result<(), Error> {
        results.get().set_text(&self.0.face().motd);
        Ok(())
    }

    async fn hostname(
        self: Rc<Self>,
        _: system_info::HostnameParams,
        mut results: system_info::HostnameResults,
    ) -> Result<(), Error> {
        results.get().set_name(&self.0.face().name);
        Ok(())
    }
}
