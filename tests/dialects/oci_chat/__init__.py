"""`oci_chat`."""
