"""Every page of the dashboard: its name, and where it is. What a page has to show is made by
`stage.set_up`, which answers the ids that addresses name."""

PAGES = [
    ("home", "/dashboard"),
    ("invoices", "/dashboard/invoices"),
    ("invoices-outstanding", "/dashboard/invoices?tab=outstanding"),
    ("invoices-found-none", "/dashboard/invoices?tab=draft&q=nobody"),
    ("invoice", "/dashboard/invoices/{elm-electric}"),
    ("invoice-recovered", "/dashboard/invoices/{cedar-cycles}"),
    ("invoice-raw", "/dashboard/invoices/{elm-electric}/raw"),
    ("attempt", "/dashboard/attempts/{attempt}"),
]

# Before anybody is signed in.
OPEN_PAGES = [
    ("sign-in", "/dashboard/sign-in"),
    ("link-over", "/dashboard/setup/0"),
]
