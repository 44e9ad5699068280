//! Lists of invoices are served by indexes, however many there are.
