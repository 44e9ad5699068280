//! `recoup plugin test`: the conformance kit, and its report.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};

use super::bare_options;
use crate::commands::{Output, Place};
use crate::kit::{self, Plan, Report, Told, Verdict};

/// Where the plan is looked for: beside the component.
const PLAN_FILE: &str = "plan.toml";

#[derive(Args)]
pub struct Test {
    /// The component
    file: PathBuf,
    /// What to charge and who answers; without it, `plan.toml` beside the component
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// A test server of the provider that answers instead of the plan's script. It is charged!
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    #[command(flatten)]
    output: Output,
}

impl Test {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        let plan = self.plan()?;
        let file = self.file.display();
        let component =
            self.file.canonicalize().with_context(|| format!("{file} cannot be read"))?;
        let report = kit::run(&component, &plan, self.base_url.as_deref(), bare_options(place)?)?;
        if self.output.json {
            println!("{}", shown(&report));
        } else {
            print(&report);
        }
        if !report.is_kept() {
            bail!("{} does not keep {} of its promises", report.plugin, report.broken());
        }
        Ok(())
    }

    fn plan(&self) -> anyhow::Result<Plan> {
        let file = self.plan.clone().unwrap_or_else(|| self.file.with_file_name(PLAN_FILE));
        let told = file.display();
        let text = fs::read_to_string(&file).with_context(|| {
            format!("the plan {told} cannot be read; `recoup plugin new` writes one to begin with")
        })?;
        Plan::parse(&text).with_context(|| told.to_string())
    }
}

fn print(report: &Report) {
    println!("{} {}, against {}", report.plugin, report.version, report.against);
    for told in &report.told {
        let (mark, why) = match &told.verdict {
            Verdict::Kept => ("ok     ", None),
            Verdict::Broken(why) => ("BROKEN ", Some(why)),
            Verdict::NotTried(why) => ("not run", Some(why)),
        };
        println!("{mark}  {:<24} {}", told.id, told.promise);
        if let Some(why) = why {
            println!("{:9}{why}", "");
        }
        if matches!(told.verdict, Verdict::Broken(_)) && !told.unanswered.is_empty() {
            println!("{:9}the plan has no answer for: {}", "", told.unanswered.join(", "));
        }
    }
    let (kept, broken, not_tried) = (report.kept(), report.broken(), report.not_tried());
    println!("{kept} kept, {broken} broken, {not_tried} not tried");
}

fn shown(report: &Report) -> Value {
    json!({
        "plugin": report.plugin,
        "version": report.version,
        "sha256": report.sha256,
        "against": report.against,
        "kept": report.kept(),
        "broken": report.broken(),
        "not_tried": report.not_tried(),
        "promises": report.told.iter().map(told).collect::<Vec<_>>(),
    })
}

fn told(told: &Told) -> Value {
    let (verdict, why) = match &told.verdict {
        Verdict::Kept => ("kept", None),
        Verdict::Broken(why) => ("broken", Some(why)),
        Verdict::NotTried(why) => ("not_tried", Some(why)),
    };
    json!({
        "id": told.id,
        "promise": told.promise,
        "verdict": verdict,
        "why": why,
        "unanswered": told.unanswered,
    })
}
