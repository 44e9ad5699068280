//! What somebody can do about an invoice, each with what it means. Whether it may be done is asked
//! again when it is.

use super::list::{PATH, is_voidable};
use super::show::Found;
use crate::domain::payment_method::PaymentMethod;
use crate::domain::recovery::{IdleReason, Recovery, State};
use crate::http::dashboard::frame::Frame;
use crate::http::dashboard::parts::{ActionForm, Choice, Html, SelectField, TextField};

pub struct Forms<'a> {
    pub frame: &'a Frame,
    pub found: &'a Found,
}

impl Forms<'_> {
    fn form(&self, verb: &str, label: &str, explanation: &str) -> ActionForm {
        ActionForm {
            label: label.to_owned(),
            action: format!("{PATH}/{}/{verb}", self.found.view.invoice.id),
            explanation: explanation.to_owned(),
            fields: vec![],
            confirm: label.to_owned(),
            is_dangerous: false,
            csrf: self.frame.csrf(),
        }
    }

    fn recovery(&self) -> Option<&Recovery> {
        self.found.recovery.as_ref().map(|view| &view.recovery).filter(|it| !it.is_ended())
    }

    /// What is done most.
    pub fn first(&self) -> Vec<ActionForm> {
        if !self.found.view.invoice.is_collectible() {
            return vec![];
        }
        let resend = self.form(
            "resend",
            "Resend for collection",
            "It is charged at once, whatever the policy has planned. The story below says what \
             comes of it.",
        );
        let link = self.form(
            "link",
            "Payment link",
            "Makes a page on which the payer can pay this invoice. While it is open the next \
             attempt waits a little.",
        );
        vec![
            ActionForm { fields: vec![Html::of(&self.methods())], ..resend },
            ActionForm { confirm: "Make the link".to_owned(), ..link },
        ]
    }

    fn methods(&self) -> SelectField {
        let own = Choice::new("default", "As the invoice says");
        let method = |method: &PaymentMethod| {
            let note = if method.is_default { ", the default" } else { "" };
            Choice::new(method.id.to_string(), format!("{}{note}", method.label()))
        };
        let methods = self.found.methods.iter().map(method);
        SelectField {
            name: "method",
            label: "Charged on",
            options: [own].into_iter().chain(methods).collect(),
            chosen: "default".to_owned(),
        }
    }

    pub fn further(&self) -> Vec<ActionForm> {
        let invoice = &self.found.view.invoice;
        let mut forms = self.recovery().map(|it| self.of_collecting(it)).unwrap_or_default();
        if invoice.is_collectible() {
            forms.push(self.record());
        }
        if is_voidable(invoice) {
            forms.push(self.note());
            let text = "The invoice is withdrawn: nobody is asked for it any more. This cannot be \
                        taken back.";
            forms.push(ActionForm { is_dangerous: true, ..self.form("void", "Void", text) });
        }
        if is_voidable(invoice) && invoice.dispute_lost_at.is_none() {
            let text = "The payer disputed a payment and won. It is not collected again, and does \
                        not count as overdue. This cannot be taken back.";
            let form = self.form("dispute", "Dispute lost", text);
            forms.push(ActionForm { is_dangerous: true, ..form });
        }
        forms
    }

    fn of_collecting(&self, recovery: &Recovery) -> Vec<ActionForm> {
        let reason = || Html::of(&TextField::new("reason", "Reason").hint("For the audit log."));
        let is_stopped = recovery.state == State::Idle { reason: IdleReason::Stopped };
        let is_open = recovery.open_attempt().is_some();
        let mut forms = Vec::new();
        if recovery.paused || is_stopped {
            let text = "What was paused goes on as planned; what was stopped is tried again.";
            forms.push(self.form("resume", "Resume collecting", text));
        }
        if !recovery.paused && !is_stopped {
            let text = "Nothing new is tried until it is resumed. A charge that is under way goes \
                        on.";
            let form = self.form("pause", "Pause collecting", text);
            forms.push(ActionForm { fields: vec![reason()], ..form });
        }
        if matches!(recovery.state, State::Waiting { .. }) {
            let zone = self.frame.zone.name();
            let hint = format!("In the time of {zone}.");
            let at = TextField::new("at", "Day and time").of_kind("datetime-local").hint(hint);
            let text = "The attempt that is planned is made then instead.";
            let form = self.form("move", "Move the next attempt", text);
            forms.push(ActionForm { fields: vec![Html::of(&at.required()), reason()], ..form });
        }
        if !is_stopped && !is_open {
            let text = "Nothing is tried by itself any more, whatever comes. The debt stays owed.";
            let form = self.form("stop", "Stop collecting", text);
            forms.push(ActionForm { fields: vec![reason()], is_dangerous: true, ..form });
        }
        forms
    }

    fn note(&self) -> ActionForm {
        let key = TextField::new("key", "Name").hint("Such as “Promised for”.").required();
        let value = TextField::new("value", "Note").hint("Empty takes the note away.");
        let text = "It stands under Metadata, and the API tells it too.";
        let form = self.form("note", "Note something", text);
        let fields = vec![Html::of(&key), Html::of(&value)];
        ActionForm { fields, confirm: "Note it".to_owned(), ..form }
    }

    fn record(&self) -> ActionForm {
        let due = self.found.view.invoice.due();
        let plain = due.to_string();
        let plain = plain.split(' ').next().unwrap_or_default();
        let hint = format!("In {}. What is due is filled in.", due.currency);
        let amount = TextField::new("amount", "Amount").with(plain).hint(hint).required();
        let reference = TextField::new("reference", "Reference")
            .hint("How it came, such as the reference of a transfer.")
            .required();
        let text = "For money that came outside any payment provider.";
        let form = self.form("record", "Record a payment", text);
        ActionForm { fields: vec![Html::of(&amount), Html::of(&reference)], ..form }
    }
}
