"""What people do with requests, one function a verb: intake, dispatch, whistle, handling, judging."""
