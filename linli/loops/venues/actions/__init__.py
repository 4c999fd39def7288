"""What is done with venues: one function a verb."""
