"""What is known of people beside contact, place and orders: values of defined types, each with its source and time."""
