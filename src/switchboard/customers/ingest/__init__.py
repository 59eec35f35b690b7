"""Events, orders and people as they happen, a batch at a time.

Enters: items over HTTP and other doors (`customers.ingest`) and from streams (`switchboard consume`).
Leaves: the same rows in the same tables as an import of the same facts, and the news `OrdersArrived`.
"""
