"""Who may look: the token, the login, and how often one may guess."""
