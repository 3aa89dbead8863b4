//! What services are told instead of who somebody is: values that mean nothing to anybody else.
//!
//! Each is a keyed hash under a secret of the node, over what it is for, the service and whom it stands for. So it is the
//! same each time, no two services have one in common, and nobody without the secret can tell which belong together.

use capos_store::{Bucket, Change, Key, Store};
use ring::hmac;
use zeroize::Zeroizing;

use crate::Error;
use crate::directory::PrincipalId;
use crate::random::random;

const BUCKET: Bucket = Bucket::new("authority");
const KEY: &str = "pseudonyms";

/// The node's secret. Whoever has it can tell whom a pseudonym stands for.
pub(crate) struct Pseudonyms(Zeroizing<[u8; 32]>);

impl Pseudonyms {
    /// Reads the secret, which is made once in the life of a store.
    pub(crate) async fn open(store: &Store) -> Result<Self, Error> {
        let key = Key::parse(KEY)?;
        if let Some(record) = store.get(BUCKET, &key).await? {
            let bytes = Zeroizing::new(record.value.to_vec());
            let secret = bytes.as_slice().try_into().map_err(|_| Error::Damaged(format!("{BUCKET}/{KEY}")))?;
            return Ok(Self(Zeroizing::new(secret)));
        }
        let secret = Zeroizing::new(random::<32>()?);
        store.commit(vec![Change::create(BUCKET, key, secret.to_vec())], Vec::new()).await?;
        Ok(Self(secret))
    }

    /// What a service knows a session by.
    pub(crate) fn reference(&self, service: &str, session: &[u8; 16]) -> [u8; 32] {
        self.of("reference", service, session)
    }

    /// What a service knows a principal by.
    pub(crate) fn pseudonym(&self, service: &str, principal: &PrincipalId) -> [u8; 32] {
        self.of("pseudonym", service, principal)
    }

    fn of(&self, purpose: &str, service: &str, whom: &[u8; 16]) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*self.0);
        let mut context = hmac::Context::with_key(&key);
        for part in ["capos", purpose, service] {
            // With its length, so that no two lists of parts are the same bytes.
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part.as_bytes());
        }
        context.update(whom);
        let mut value = [0; 32];
        value.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_purposes_services_subjects_or_nodes_have_a_value_in_common() {
        let (one, two) = (Pseudonyms(Zeroizing::new([1; 32])), Pseudonyms(Zeroizing::new([2; 32])));
        let all = [
            one.reference("chat", &[7; 16]),
            one.reference("chat", &[8; 16]),
            one.reference("chatt", &[7; 16]),
            one.pseudonym("chat", &[7; 16]),
            one.pseudonym("adventure", &[7; 16]),
            two.pseudonym("chat", &[7; 16]),
            two.reference("chat", &[7; 16]),
        ];
        let once: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(once.len(), all.len());
        assert_eq!(one.reference("chat", &[7; 16]), all[0], "and each is the same the next time");
    }
}
