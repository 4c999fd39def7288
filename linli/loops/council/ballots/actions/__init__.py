"""What people do with ballots, one function a verb: setting up, delivering, casting on every channel, settling, counting."""
