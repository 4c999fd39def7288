"""Between meetings: statements and the map of opinions, arguments for and against, questions to experts, moderation in the open."""
