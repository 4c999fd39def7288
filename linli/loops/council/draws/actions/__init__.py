"""What people do with draws, one function a verb."""
