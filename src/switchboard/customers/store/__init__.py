"""All the SQL of customers; private to this room."""
