"""The Desk's pages of motions: the list, one motion whole with every act, registering on behalf, and a place's own rules."""
