//! One history: recoup with its real use cases and SQL on a database in memory, and around it the
//! world that a seed makes. It dies and starts again on what is committed, its clock jumps, its
//! jobs run late; time passes from one thing that is due to the next.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};

use recoup::app::ports::{Clock, Psps, WebhookSender};
use recoup::app::{App, Parts, Rules};
use recoup::domain::chance::SeededThread;
use recoup::domain::id::{CustomerId, InvoiceId, OrganizationId};
use recoup::jobs::JOBS;
use recoup::store::{MasterKey, SEND_FILE, Store};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::ears::Ears;
use crate::fate::{Crash, DAY, Fate, HOUR, MINUTE, Weather, held};
use crate::judge::{Books, Judge};
use crate::psp::{Psp, Sabotage};
use crate::restore::Backup;

/// 2026-01-01.
const BEGINS_MS: i64 = 1_767_225_600_000;

/// After the last fault: every schedule, every look-up and every late webhook has come by then.
const AFTERMATH: i64 = 75 * DAY;

/// The jobs that look at the calendar, at what only subscriptions and wallets have, or at what is
/// old.
const DAILY: [&str; 8] = [
    "mark-overdue",
    "run-dunning",
    "forget-requests",
    "forget-old",
    "expire-wallets",
    "top-up-wallets",
    "bill-subscriptions",
    "finalize-invoices",
];

/// At one point in time work may make more work; so many rounds of it are done there.
const ROUNDS_MAX: usize = 4;

#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    pub days: i64,
    pub payables: usize,
    /// Now and then a backup is put back.
    pub restores: bool,
    pub sabotage: Sabotage,
}

/// What a history was like, for whoever counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub hash: String,
    pub steps: u64,
    pub charges: usize,
    pub crashes: u64,
    pub restores: u64,
}

#[derive(Debug)]
pub struct Failure {
    pub what: String,
    pub last_lines: String,
}

pub struct Customer {
    pub id: CustomerId,
    pub external_id: String,
    pub there: String,
    pub connection: &'static str,
}

pub struct World {
    pub plan: Plan,
    pub fate: Arc<Fate>,
    pub psp: Arc<Psp>,
    pub judge: Arc<Judge>,
    pub books: Books,
    /// It keeps nothing but what is committed.
    store: Store,
    ears: Arc<Ears>,
    pub app: App,
    pub organization: OrganizationId,
    pub customers: Vec<Customer>,
    pub invoices: Vec<InvoiceId>,
    /// Pages with a payer in front of them: which, and when they go on.
    pub payers: Vec<(i64, usize)>,
    pub marks: u64,
    next_person_ms: i64,
    next_daily_ms: i64,
    pub backup: Option<Backup>,
    pub restores: u64,
    steps: u64,
    crashes: u64,
    /// How late jobs run at most.
    grain_ms: i64,
    /// Where sends are counted beside the database.
    _outside: Option<TempDir>,
}

fn store(fate: &Arc<Fate>, books: &Books) -> Store {
    let watched = Arc::clone(fate);
    let watch = Box::new(move |step| watched.moment(&format!("{step:?}")));
    Store::inline(Arc::clone(books), &MasterKey([7; 32]), watch).expect("the schema is ours")
}

fn app(store: &Store, fate: &Arc<Fate>, psp: &Arc<Psp>, ears: &Arc<Ears>) -> App {
    App::new(Parts {
        store: store.clone(),
        psps: Arc::clone(psp) as Arc<dyn Psps>,
        sender: Arc::clone(ears) as Arc<dyn WebhookSender>,
        clock: Arc::clone(fate) as Arc<dyn Clock>,
        rules: Rules { single_threaded: true, ..Rules::default() },
    })
}

/// The whole history of a plan.
pub fn run(plan: Plan) -> Result<Report, Failure> {
    let _seeded = SeededThread::with(plan.seed);
    let fate = Arc::new(Fate::new(plan.seed, BEGINS_MS));
    let kept = Arc::clone(&fate);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::new(plan, fate);
        let outcome = world.live();
        *held(&world.psp.app) = None;
        outcome
    }));
    let last_lines = kept.last_lines();
    match outcome {
        Ok(Ok(report)) => Ok(report),
        Ok(Err(what)) => Err(Failure { what, last_lines }),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()));
            let what = format!("a panic: {}", text.unwrap_or_default());
            Err(Failure { what, last_lines })
        }
    }
}

impl World {
    fn new(plan: Plan, fate: Arc<Fate>) -> World {
        let books = Arc::new(Mutex::new(Connection::open_in_memory().expect("memory")));
        let judge = Arc::new(Judge::new(Arc::clone(&fate), Arc::clone(&books)));
        let psp = Arc::new(Psp {
            fate: Arc::clone(&fate),
            ledger: Mutex::default(),
            judge: Arc::clone(&judge),
            sabotage: plan.sabotage,
            app: Mutex::default(),
        });
        let ears = Arc::new(Ears { fate: Arc::clone(&fate), heard: Mutex::default() });
        let outside = plan.restores.then(|| tempfile::tempdir().expect("a folder"));
        let mut store = store(&fate, &books);
        if let Some(folder) = &outside {
            store = store.counting_in(&folder.path().join(SEND_FILE));
        }
        let app = app(&store, &fate, &psp, &ears);
        let organization = app.prepare_installation().expect("the first start").id;
        assert_eq!(app.compare_sends().expect("the first start"), None);
        judge.begin_to_watch();
        if plan.sabotage == Sabotage::ForgetOpenAttemptWithoutIndex {
            held(&books).execute_batch("DROP INDEX attempts_one_open").expect("it is there");
        }
        *held(&psp.app) = Some(app.clone());
        let grain_ms = [10 * MINUTE, 2 * HOUR, 6 * HOUR][fate.below(3)];
        let mut world = World {
            plan,
            psp,
            judge,
            books,
            store,
            ears,
            app,
            organization,
            customers: vec![],
            invoices: vec![],
            payers: vec![],
            marks: 0,
            next_person_ms: BEGINS_MS,
            next_daily_ms: BEGINS_MS,
            backup: None,
            restores: 0,
            steps: 0,
            crashes: 0,
            _outside: outside,
            grain_ms,
            fate,
        };
        world.settle_in();
        world
    }

    fn live(&mut self) -> Result<Report, String> {
        let ends_ms = BEGINS_MS + self.plan.days * DAY;
        let faults_end_ms = ends_ms - AFTERMATH;
        while self.fate.now_ms() < faults_end_ms {
            self.go_on(faults_end_ms);
            self.change_weather();
            self.back_up_and_restore();
            self.step(true)?;
        }
        self.calm_down();
        while self.fate.now_ms() < ends_ms {
            self.go_on(ends_ms);
            self.step(false)?;
        }
        self.judge.judge_all(&held(&self.psp.ledger));
        for violation in self.app.audit().map_err(|error| error.to_string())? {
            self.judge.fault(format!("the audit finds {violation:?}"));
        }
        self.verdict()?;
        let charges = held(&self.psp.ledger).charges.len();
        let hash = self.fate.hash();
        let (crashes, restores) = (self.crashes, self.restores);
        Ok(Report { hash, steps: self.steps, charges, crashes, restores })
    }

    fn verdict(&self) -> Result<(), String> {
        let Some(fault) = self.judge.first_fault() else { return Ok(()) };
        if let Ok(path) = std::env::var("RECOUP_SIM_KEEP") {
            held(&self.books).execute("VACUUM INTO ?", [path]).expect("a file that is not there");
        }
        Err(fault)
    }

    /// To the next thing that is due, or a little later.
    fn go_on(&mut self, ends_ms: i64) {
        let now_ms = self.fate.now_ms();
        let due = self.app.next_due().ok().flatten();
        let due_ms = due.map(|due| due.unix_ms() - self.fate.skew_ms());
        let there_ms = held(&self.psp.ledger).next_due_ms();
        let payer_ms = self.payers.iter().map(|(at, _)| *at).min();
        let calendar = [self.next_person_ms, self.next_daily_ms];
        let next = due_ms.into_iter().chain(there_ms).chain(payer_ms).chain(calendar).min();
        let late_ms = self.fate.ms_below(self.grain_ms);
        let next_ms = next.unwrap_or(ends_ms).max(now_ms) + 1 + late_ms;
        self.fate.move_to(next_ms.min(ends_ms));
    }

    fn step(&mut self, with_people: bool) -> Result<(), String> {
        self.steps += 1;
        self.end_hold();
        self.news_from_provider();
        self.payers_go_on();
        if with_people && self.next_person_ms <= self.fate.now_ms() {
            self.people_act();
            let apart = self.plan.days * DAY / i64::try_from(self.plan.payables * 5).unwrap_or(1);
            self.next_person_ms = self.fate.now_ms() + self.fate.ms_below(2 * apart.max(1));
        } else if !with_people {
            self.next_person_ms = i64::MAX;
            self.look_there();
        }
        if matches!(
            self.plan.sabotage,
            Sabotage::ForgetOpenAttempt | Sabotage::ForgetOpenAttemptWithoutIndex
        ) && self.fate.happens(200)
        {
            self.forget_open_attempts();
        }
        self.run_jobs();
        self.judge.judge_step();
        self.verdict()
    }

    fn run_jobs(&mut self) {
        if self.next_daily_ms <= self.fate.now_ms() {
            self.next_daily_ms = self.fate.now_ms() + DAY;
            for job in JOBS.iter().filter(|job| DAILY.contains(&job.name)) {
                self.guarded(job.name, |app| (job.run)(app).map_err(|error| error.to_string()));
            }
        }
        for _ in 0..ROUNDS_MAX {
            for job in JOBS.iter().filter(|job| !DAILY.contains(&job.name)) {
                self.guarded(job.name, |app| (job.run)(app).map_err(|error| error.to_string()));
            }
            if !self.app.is_anything_due().unwrap_or(false) {
                return;
            }
        }
    }

    /// Calls recoup, which may die of it. None: it did, and was started again.
    pub fn guarded<T: std::fmt::Debug, E: std::fmt::Display>(
        &mut self,
        what: &str,
        call: impl FnOnce(&App) -> Result<T, E>,
    ) -> Option<T> {
        let weather = self.fate.weather();
        if self.fate.happens(weather.crash) {
            self.fate.light_fuse(self.fate.below(24));
        }
        let app = self.app.clone();
        match catch_unwind(AssertUnwindSafe(|| call(&app))) {
            Ok(Ok(done)) => {
                let told = format!("{done:?}");
                // Most runs of jobs find nothing to do.
                let is_idle = told == "\"none is due\"" || told.starts_with("\"0 ");
                if !is_idle || told.contains(|c| matches!(c, '1'..='9')) {
                    self.fate.tell(&format!("{what}: {told}"));
                }
                Some(done)
            }
            Ok(Err(error)) => {
                self.fate.tell(&format!("{what}: {error}"));
                None
            }
            Err(panic) if panic.is::<Crash>() => {
                drop(app);
                self.restart();
                None
            }
            Err(panic) => resume_unwind(panic),
        }
    }

    /// As a process that is started on what is on disk.
    pub fn restart(&mut self) {
        self.crashes += 1;
        self.fate.put_fuse_out();
        self.fate.move_to(self.fate.now_ms() + 1 + self.fate.ms_below(10 * MINUTE));
        self.app = app(&self.store, &self.fate, &self.psp, &self.ears);
        *held(&self.psp.app) = Some(self.app.clone());
        self.app.prepare_installation().expect("it was prepared before");
        self.app.forget_executing_requests().expect("a start");
        let hold = self.app.compare_sends().expect("a start");
        let left = self.app.release_abandoned().expect("a start");
        self.fate.tell(&format!("starts again, {left} attempts were left, {hold:?}"));
    }

    fn news_from_provider(&mut self) {
        let now_ms = self.fate.now_ms();
        let (ripe, parcels) = {
            let mut ledger = held(&self.psp.ledger);
            (ledger.ripen(now_ms), ledger.due_parcels(now_ms))
        };
        for charge in ripe {
            let state = held(&self.psp.ledger).charges[charge].state;
            self.fate.tell(&format!("charge {charge} ends as {state:?}"));
            self.psp.tell_of_charge(charge);
        }
        for parcel in parcels {
            let psp = Arc::clone(&self.psp);
            let taken = self.guarded("webhook", |app| {
                let taken = psp.hand_over(app, &parcel.connection, parcel.event);
                taken.then_some(parcel.event).ok_or("not taken")
            });
            if taken.is_none() {
                let at_ms = self.fate.now_ms() + HOUR;
                held(&self.psp.ledger).parcels.push(crate::ledger::Parcel { at_ms, ..parcel });
            }
        }
    }

    fn change_weather(&mut self) {
        if self.fate.happens(30) {
            let weather = [Weather::CALM, Weather::USUAL, Weather::USUAL, Weather::STORM];
            self.fate.set_weather(weather[self.fate.below(weather.len())]);
        }
        if self.fate.happens(self.fate.weather().clock_jump) {
            // Less than a fifth of the shortest life of a key: `Idempotency::may_resend`.
            let jumps = [0, 2 * HOUR, -2 * HOUR, 5 * MINUTE, -5 * MINUTE];
            self.fate.set_skew(jumps[self.fate.below(jumps.len())]);
            self.fate.tell(&format!("the clock is wrong by {}", self.fate.skew_ms()));
        }
    }

    /// No more faults: whatever was begun comes to its end.
    fn calm_down(&mut self) {
        self.fate.set_weather(Weather::CALM);
        self.fate.put_fuse_out();
        self.fate.set_skew(0);
        self.fate.tell("calm");
        self.resume_connections();
    }

    /// A fault in our own code, as it might be made one day.
    fn forget_open_attempts(&mut self) {
        let now_ms = self.fate.now_ms() + self.fate.skew_ms();
        let books = held(&self.books);
        let forgot = books
            .execute(
                "UPDATE recoveries
                    SET state = 'waiting', reason = 'retry', next_attempt_at = ?1,
                        open_attempt_id = NULL
                  WHERE state = 'charging'",
                [now_ms],
            )
            .expect("they can be forgotten");
        books.execute("DELETE FROM changes", []).expect("nobody sees it");
        self.fate.tell(&format!("{forgot} open attempts are forgotten"));
    }
}
