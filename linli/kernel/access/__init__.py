"""Who may do what, and why not: the actor, the permission table and the one family of refusals."""
