"""Clients and providers that mean harm, and what the gateway does about them."""
