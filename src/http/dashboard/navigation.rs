//! The places of the dashboard, in the order in which they stand beside every page. Only what there
//! is is linked.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Home,
    Invoices,
    Customers,
    Payments,
    Resends,
    Calendar,
    Analytics,
}

pub struct Place {
    pub section: Section,
    pub label: &'static str,
    pub href: &'static str,
}

pub struct Group {
    pub label: &'static str,
    pub places: &'static [Place],
}

const fn place(section: Section, label: &'static str, href: &'static str) -> Place {
    Place { section, label, href }
}

pub const GROUPS: &[Group] = &[Group {
    label: "Collect",
    places: &[
        place(Section::Home, "Home", "/dashboard"),
        place(Section::Invoices, "Invoices", "/dashboard/invoices"),
        place(Section::Payments, "Payments", "/dashboard/payments"),
        place(Section::Resends, "Bulk resends", "/dashboard/resends"),
        place(Section::Calendar, "Retry calendar", "/dashboard/calendar"),
        place(Section::Customers, "Customers", "/dashboard/customers"),
        place(Section::Analytics, "Analytics", "/dashboard/analytics"),
    ],
}];
