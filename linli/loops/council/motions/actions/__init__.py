"""What people do with motions, one function a verb: raising, seconding, screening, preparing, deciding, carrying out, holding."""
