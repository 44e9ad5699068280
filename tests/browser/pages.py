"""Every page of the dashboard: its name, and where it is. What a page has to show is made by
`stage.set_up`, which answers the ids that addresses name."""

PAGES = [
    ("home", "/dashboard"),
    ("waiting", "/dashboard/waiting?for=needs_method"),
    ("invoices", "/dashboard/invoices"),
    ("invoices-outstanding", "/dashboard/invoices?tab=outstanding"),
    ("invoices-found-none", "/dashboard/invoices?tab=draft&q=nobody"),
    ("invoice", "/dashboard/invoices/{elm-electric}"),
    ("invoice-recovered", "/dashboard/invoices/{cedar-cycles}"),
    ("invoice-raw", "/dashboard/invoices/{elm-electric}/raw"),
    ("attempt", "/dashboard/attempts/{attempt}"),
    ("customers", "/dashboard/customers"),
    ("customer", "/dashboard/customers/{customer}"),
    ("payments", "/dashboard/payments"),
    ("unresolved", "/dashboard/payments/unresolved"),
    ("surplus", "/dashboard/payments/surplus"),
    ("resends", "/dashboard/resends"),
    ("resend-new", "/dashboard/resends/new?tab=outstanding"),
    ("resend", "/dashboard/resends/{resend}"),
    ("calendar", "/dashboard/calendar"),
    ("calendar-week", "/dashboard/calendar?week={day}"),
    ("analytics", "/dashboard/analytics"),
]

# Before anybody is signed in.
OPEN_PAGES = [
    ("sign-in", "/dashboard/sign-in"),
    ("link-over", "/dashboard/setup/0"),
]
