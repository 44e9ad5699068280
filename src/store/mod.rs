//! Every SQL statement, and nothing else that knows SQL. One thread writes, in groups; a pool of
//! read-only connections reads. Methods speak domain types; they would become the trait the day
//! a second engine comes.

mod add_ons;
mod addresses;
mod analytics;
mod announcements;
mod api_keys;
mod attempts;
mod audit;
mod audit_log;
mod backup_methods;
pub mod backups;
mod billed_periods;
mod billing_configurations;
mod bulk_retries;
mod catalog;
mod collection_pauses;
mod conditions;
mod connection_troubles;
mod connections;
mod customer_aliases;
mod customer_syncs;
mod customers;
mod deliveries;
mod due;
mod dunning;
mod dunning_campaigns;
mod error;
mod events;
mod exchanges;
mod failures;
mod fee_lists;
mod fees;
mod forecast;
mod gauges;
mod hold;
mod home;
mod idempotent_requests;
mod inbound;
mod inline;
mod installation;
mod invoice_metadata;
mod invoices;
mod last_decline;
mod ledger;
mod list_counts;
#[cfg(test)]
mod list_plans;
mod lock;
mod manual_payments;
mod method_choice;
mod network_allowances;
mod organizations;
#[cfg(test)]
mod page_plans;
mod payer_pages;
mod payment_lists;
mod payment_methods;
#[cfg(test)]
mod payment_plans;
mod payment_requests;
mod payments;
mod plans;
mod plugins;
mod policies;
mod provider_accounts;
#[cfg(test)]
mod query_plans;
mod receipts;
mod recoveries;
mod recovery_views;
mod refunds;
mod resolutions;
mod row;
mod schedule;
mod schema;
mod sealing;
mod send_file;
mod sessions;
#[cfg(test)]
mod setting_up_plans;
mod settings;
mod sign_ins;
mod signing_keys;
#[cfg(test)]
mod slice_plans;
mod snapshot;
mod standing;
mod subscriptions;
mod surplus_payments;
mod taxed;
mod taxes;
mod unmapped_declines;
mod unresolved;
mod users;
mod wallets;
mod webhook_endpoints;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags};

use crate::domain::hold::{Outside, Ticket};
use crate::domain::id::GenerationId;
pub use audit_log::Signed;

pub use audit::{audit_file, checks_count};
pub use bulk_retries::After;
pub use error::StoreError;
use inline::Inline;
pub use inline::{Watch, WriteStep};
pub use installation::JobRecord;
pub use lock::DataDirLock;
pub use recoveries::DueRecovery;
pub use sealing::{MasterKey, Sealer};
pub use send_file::SEND_FILE;
use send_file::SendFile;
use writer::Writer;

/// The name of the database in the data directory.
pub const DATABASE_FILE: &str = "recoup.db";

/// Where there is no file.
const IN_MEMORY: &str = ":memory:";

#[derive(Debug, Clone)]
pub struct StoreOptions {
    pub data_dir: PathBuf,
    /// Counts what is sent, outside the database. None: nothing notices a restored database.
    pub send_file: Option<PathBuf>,
    /// How many reads run at once.
    pub readers_max: u32,
    /// How many callers' work goes into one transaction.
    pub batch_max: usize,
    /// The name of the SQLite file system that holds the data directory, whose path then needs
    /// no escaping in an address. None is the machine's own.
    pub vfs: Option<String>,
    pub durability: Durability,
}

/// What an answered write has survived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A power cut.
    PowerCut,
    /// The death of the process only. No setting leads here: it is what the proof of power cuts
    /// is held against.
    ProcessDeath,
}

impl Durability {
    const fn synchronous(self) -> &'static str {
        match self {
            Durability::PowerCut => "FULL",
            Durability::ProcessDeath => "NORMAL",
        }
    }
}

impl StoreOptions {
    pub fn at(data_dir: &Path) -> StoreOptions {
        StoreOptions {
            data_dir: data_dir.to_owned(),
            send_file: Some(data_dir.join(SEND_FILE)),
            readers_max: 8,
            batch_max: 256,
            vfs: None,
            durability: Durability::PowerCut,
        }
    }

    /// What SQLite opens.
    fn address(&self) -> PathBuf {
        let path = self.data_dir.join(DATABASE_FILE);
        match &self.vfs {
            Some(name) => PathBuf::from(format!("file:{}?vfs={name}", path.display())),
            None => path,
        }
    }
}

/// The database. Clones share it.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    sealer: Arc<Sealer>,
    send_file: Option<Arc<SendFile>>,
    path: PathBuf,
}

/// Where reads and writes run.
#[derive(Clone)]
enum Engine {
    Served {
        writer: Arc<Writer>,
        readers: r2d2::Pool<SqliteConnectionManager>,
    },
    /// Where they are called.
    Inline(Arc<Inline>),
}

impl Store {
    /// Opens the database, makes it when it is missing, and brings its schema up to date. A
    /// schema that is newer than this program is refused and left as it is.
    pub fn open(options: &StoreOptions, key: &MasterKey) -> Result<Store, StoreError> {
        let address = options.address();
        let mut connection = Connection::open(&address)?;
        settings::for_writing(&connection, options.durability)?;
        schema::migrate(&mut connection)?;
        settings::undo_in_memory(&connection)?;
        let sealer = Arc::new(Sealer::new(key));
        let writer = Writer::start(connection, Arc::clone(&sealer), options.batch_max)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let manager = SqliteConnectionManager::file(&address)
            .with_flags(flags | OpenFlags::SQLITE_OPEN_URI)
            .with_init(|connection| settings::for_reading(connection));
        let readers = r2d2::Pool::builder()
            .max_size(options.readers_max)
            .min_idle(Some(1))
            .test_on_check_out(false)
            .build(manager)?;
        let send_file = options.send_file.as_deref().map(|path| Arc::new(SendFile::at(path)));
        let path = options.data_dir.join(DATABASE_FILE);
        let engine = Engine::Served { writer: Arc::new(writer), readers };
        Ok(Store { engine, sealer, send_file, path })
    }

    /// On a connection of the caller's, in memory perhaps, without any thread: for simulations.
    pub fn inline(
        connection: Arc<Mutex<Connection>>,
        key: &MasterKey,
        watch: Watch,
    ) -> Result<Store, StoreError> {
        let inline = Inline::new(connection, watch);
        let mut held = inline.hold();
        settings::for_writing(&held, Durability::PowerCut)?;
        schema::migrate(&mut held)?;
        settings::undo_in_memory(&held)?;
        drop(held);
        Ok(Store {
            engine: Engine::Inline(Arc::new(inline)),
            sealer: Arc::new(Sealer::new(key)),
            send_file: None,
            path: PathBuf::from(IN_MEMORY),
        })
    }

    /// The same, with what is sent counted in this file beside it.
    #[must_use]
    pub fn counting_in(self, send_file: &Path) -> Store {
        Store { send_file: Some(Arc::new(SendFile::at(send_file))), ..self }
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is counted outside the database. None: nothing is.
    pub fn outside(&self) -> Result<Option<Outside>, StoreError> {
        self.send_file.as_ref().map(|file| file.read()).transpose()
    }

    /// A history begins outside too, or goes on.
    pub fn begin_outside(&self, generation: GenerationId, sends: u64) -> Result<(), StoreError> {
        self.send_file.as_ref().map_or(Ok(()), |file| file.begin(generation, sends))
    }

    /// Comes back when the send is counted outside, durably: only then may it leave.
    pub fn count_outside(&self, ticket: Ticket) -> Result<(), StoreError> {
        self.send_file.as_ref().map_or(Ok(()), |file| file.raise_to(ticket))
    }

    /// Runs `work` in a transaction of its own, together with other callers' work, and answers
    /// after the commit has reached the disk. When `work` fails, none of it is kept. It may be
    /// run more than once, so it has no effect but through `Tx`.
    pub fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match &self.engine {
            Engine::Served { writer, .. } => writer.run(work),
            Engine::Inline(inline) => inline.write(&self.sealer, work),
        }
    }

    /// Whether writes reach the disk. Where the last one did not, tries one.
    pub fn check_writable(&self) -> Result<(), StoreError> {
        let Engine::Served { writer, .. } = &self.engine else { return Ok(()) };
        if writer.failure().is_none() {
            return Ok(());
        }
        self.write(|tx| -> Result<(), StoreError> { tx.write_version_again() })?;
        writer.proven();
        Ok(())
    }

    /// Runs `look` on one unchanging view of the database.
    pub fn read<T, E, F>(&self, look: F) -> Result<T, E>
    where
        F: FnOnce(&Reader<'_>) -> Result<T, E>,
        E: From<StoreError>,
    {
        let readers = match &self.engine {
            Engine::Served { readers, .. } => readers,
            Engine::Inline(inline) => return inline.read(&self.sealer, look),
        };
        let mut connection = readers.get().map_err(StoreError::from)?;
        let transaction = connection.transaction().map_err(StoreError::from)?;
        look(&Reader { connection: &transaction, sealer: &self.sealer })
    }
}

/// Reads. Whatever is looked up by id takes the organization too; what does not is named
/// `…_of_every_organization`.
pub struct Reader<'c> {
    connection: &'c Connection,
    sealer: &'c Sealer,
}

/// Reads and writes, in one transaction.
pub struct Tx<'c>(Reader<'c>);

impl<'c> std::ops::Deref for Tx<'c> {
    type Target = Reader<'c>;

    fn deref(&self) -> &Reader<'c> {
        &self.0
    }
}
