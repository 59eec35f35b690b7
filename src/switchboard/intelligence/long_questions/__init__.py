"""Questions of a large shop that take long: what is asked comes in, the answer or how far it is goes out."""
