"""What people do with elections, one function a verb."""
