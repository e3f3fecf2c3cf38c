"""Budgets and limits as a company meets them: real gateways, many clients, and what may go wrong."""
