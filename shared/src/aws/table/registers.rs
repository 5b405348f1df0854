//! Registers of names: one row for each tenant and kind, in a partition of its own.

use crate::aws::table::{Key, RowKind, Table, Written, number, row_of};
use crate::error::Fault;
use crate::register::{Register, Registered};
use crate::tenant::Tenant;

impl Table {
    pub async fn get_register(&self, tenant: &Tenant, of: Registered) -> Result<Option<Register>, Fault> {
        self.get(&key(tenant, of), "reading a register").await
    }

    /// Puts the register in the place of the one that was `seen`; returns whether that was still there.
    pub async fn put_register(
        &self,
        tenant: &Tenant,
        of: Registered,
        seen: &Register,
        next: &Register,
    ) -> Result<bool, Fault> {
        let (key, row, doing) = (key(tenant, of), row_of(next)?, "writing a register");
        let written = if seen.revision == 0 {
            self.put_new(&key, row, doing).await?
        } else {
            let values = vec![(":seen", number(seen.revision))];
            self.put_if("#revision = :seen", values, &key, row, doing).await?
        };
        Ok(matches!(written, Written::Made(_)))
    }
}

fn key(tenant: &Tenant, of: Registered) -> Key {
    Key::new(format!("{tenant}#register#{}", of.as_str()), RowKind::Register.text())
}
