"""Every page of the dashboard: its name, and where it is. What a page has to show is made by
`stage.set_up`, which answers the ids that addresses name."""

PAGES = [
    ("home", "/dashboard"),
]

# Before anybody is signed in.
OPEN_PAGES = [
    ("sign-in", "/dashboard/sign-in"),
    ("link-over", "/dashboard/setup/0"),
]
