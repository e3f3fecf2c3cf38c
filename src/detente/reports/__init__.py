"""What agreements and ledger say together: commitments, shares of revenue, what is owed and due.

Pure: sums of the ledger arrive as values. Imports `agreements`, `ledger` and `canonical`.
"""
