//! What is done to an installed plugin: used or not, and gone back to the version before. Bringing
//! one along is for who has the machine: `recoup plugin install`.

use actix_web::web::{Data, Path};

use super::super::access::Person;
use super::super::deeds::{Refusal, act, internal, refused};
use super::super::page::Answer;
use super::plugin_address;
use crate::app::App;
use crate::app::plugins::PluginChangeError;
use crate::domain::id::OrganizationId;
use crate::domain::plugin::InstalledPlugin;

type Change = fn(&App, OrganizationId, &str) -> Result<InstalledPlugin, PluginChangeError>;

async fn change(
    who: (Data<App>, Person),
    name: Path<String>,
    (work, said): (Change, &'static str),
) -> Answer {
    let name = name.into_inner();
    let back = plugin_address(&name);
    act(who, &back, move |app, organization| {
        work(app, organization, &name).map_err(why_not)?;
        // At once here, rather than when the job looks.
        app.follow_plugins().map_err(|error| internal(&error))?;
        Ok(said.to_owned())
    })
    .await
}

fn why_not(error: PluginChangeError) -> Refusal {
    match error {
        PluginChangeError::NotInstalled(_) => Refusal::NotFound,
        PluginChangeError::Store(error) => error.into(),
        PluginChangeError::BuiltIn(_)
        | PluginChangeError::NothingBefore(_)
        | PluginChangeError::InUse { .. } => {
            refused(super::super::words::sentence(&error.to_string()))
        }
    }
}

/// `POST /dashboard/plugins/{name}/enable`
pub async fn enable(app: Data<App>, person: Person, name: Path<String>) -> Answer {
    let said = "Enabled. Charges through it go on.";
    change((app, person), name, (App::enable_plugin, said)).await
}

/// `POST /dashboard/plugins/{name}/disable`
pub async fn disable(app: Data<App>, person: Person, name: Path<String>) -> Answer {
    let said = "Disabled. Charges through it wait; those that have begun end on it.";
    change((app, person), name, (App::disable_plugin, said)).await
}

/// `POST /dashboard/plugins/{name}/rollback`
pub async fn roll_back(app: Data<App>, person: Person, name: Path<String>) -> Answer {
    let said = "The version before is used again. Charges that have begun end on the other one.";
    change((app, person), name, (App::roll_back_plugin, said)).await
}
