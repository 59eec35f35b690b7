"""One customer on a page: a customer id comes in, who they are and what they did lately goes out."""
