"""The council (议事): motions, ballots, meetings, talks and the planners residents ask for first."""
