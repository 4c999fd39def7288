"""What is done to plans, one function a verb: lock → may I → allowed now → change → record."""
