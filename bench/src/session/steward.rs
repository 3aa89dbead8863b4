//! Makes the accounts that a row needs, through the operator's own capability.

use capos_client::{Connection, Session};
use capos_schema::accounts_capnp::{AccountState, account_admin};
use capos_schema::identity_capnp::PrincipalKind;
use serde_json::{Value, json};

use super::key::Key;
use super::visit::Door;

/// The profile that comes with a node, and its role, which has the same name.
const USER: &str = "user";

/// The operator, signed in.
pub(crate) struct Steward {
    accounts: account_admin::Client,
    session: Session,
    connection: Connection,
}

impl Steward {
    pub(crate) async fn at(door: &Door) -> anyhow::Result<Self> {
        let (connection, session) = door.operate().await?;
        Ok(Self { accounts: session.get_as("accounts").await?, session, connection })
    }

    /// An account that signs in with this key and gets what users get.
    pub(crate) async fn admit(&self, name: &str, key: &Key) -> anyhow::Result<()> {
        self.admit_to(USER, name, key).await
    }

    /// An account with the role of this name, whose profile has the same.
    async fn admit_to(&self, role: &str, name: &str, key: &Key) -> anyhow::Result<()> {
        let mut request = self.accounts.create_request();
        request.get().set_name(name);
        let mut account = request.get().init_account();
        account.set_display_name(name);
        account.set_kind(PrincipalKind::Human);
        account.set_state(AccountState::Active);
        account.set_default_profile(role);
        account.init_roles(1).set(0, role);
        request.send().promise.await?;
        let mut request = self.accounts.add_key_request();
        request.get().set_name(name);
        request.get().set_key(&key.public);
        request.send().promise.await?;
        Ok(())
    }

    /// An account whose bundle has so many grants, of one of which `system_info` is the name.
    pub(crate) async fn admit_with_grants(&self, name: &str, grants: u32, key: &Key) -> anyhow::Result<()> {
        let grant = |index: u32| {
            let name = if index + 1 == grants { "system_info".to_owned() } else { format!("grant_{index}") };
            json!({ "name": name, "interface": "SystemInfo", "object": "builtin:system_info" })
        };
        let grants: Vec<Value> = (0..grants).map(grant).collect();
        let definition = json!({ "label": name, "admits": ["human"], "duration": "1h", "grants": grants });
        let mut request = self.accounts.put_profile_request();
        let mut profile = request.get().init_profile();
        profile.set_name(name);
        profile.set_definition(definition.to_string().as_str());
        request.send().promise.await?;
        let mut request = self.accounts.put_role_request();
        let mut role = request.get().init_role();
        role.set_name(name);
        role.init_profiles(1).set(0, name);
        request.send().promise.await?;
        self.admit_to(name, name, key).await
    }

    pub(crate) async fn leave(self) -> anyhow::Result<()> {
        self.session.logout().await?;
        self.connection.close();
        Ok(())
    }
}
