"""Filters: nested AND / OR / NOT over what is known of people.

In comes JSON as people, pages and models write it, and the vocabulary of what may be asked of a workspace. Out come
typed terms, or an error that points at the term; and from the terms one SQL statement with its values beside it, over
the columnar mirror that a room above keeps: the tables customer, attribute, sale, product and event.
"""
