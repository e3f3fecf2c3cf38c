"""Budgets and limits as arithmetic: what is counted where, and how it is leased to workers.

Pure. A request is *reserved* in every account that applies to it before it is sent, *settled* with
what it used, or *voided*. Accounts live in a store; workers hold *leases* of them, so that they
ask the store seldom. `rules` says which accounts apply, `periods` cuts money's calendar, `bound`
and `rates` estimate a request, `money_lease` and `window_lease` are a worker's holdings, `book` and
`window` the store's arithmetic (with `slices` and with `share`, `granting` and `recall`),
`messages` what the two say to each other.
"""
