"""What people do with rolls, one function a verb: draw up, mend the draft, freeze, object and answer."""
