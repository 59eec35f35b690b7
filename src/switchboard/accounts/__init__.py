"""Who may do what: in come e-mails with passwords, keys, tokens and cookies; out go callers, bounded and audited."""
