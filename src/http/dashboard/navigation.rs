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
    Subscriptions,
    Plans,
    Wallets,
    Dunning,
    Policies,
    Connections,
    Developers,
    Settings,
    Users,
    System,
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

pub const GROUPS: &[Group] = &[
    Group {
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
    },
    Group {
        label: "Bill",
        places: &[
            place(Section::Subscriptions, "Subscriptions", "/dashboard/subscriptions"),
            place(Section::Plans, "Plans", "/dashboard/plans"),
            place(Section::Wallets, "Wallets", "/dashboard/wallets"),
            place(Section::Dunning, "Dunning", "/dashboard/dunning"),
        ],
    },
    Group {
        label: "Set up",
        places: &[
            place(Section::Policies, "Policies", "/dashboard/policies"),
            place(Section::Connections, "Connections", "/dashboard/connections"),
            place(Section::Developers, "Developers", "/dashboard/developers"),
        ],
    },
    Group {
        label: "Run",
        places: &[
            place(Section::Settings, "Settings", "/dashboard/settings"),
            place(Section::Users, "Users", "/dashboard/users"),
            place(Section::System, "System", "/dashboard/system"),
        ],
    },
];
