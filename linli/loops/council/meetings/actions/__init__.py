"""What is done to meetings, one function a verb; every one goes through `sitting`: lock → may I → allowed now → change → record."""
