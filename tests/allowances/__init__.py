"""Budgets and limits as a company meets them: real gateways, many clients, what may go wrong."""
