"""What pages ask of the lake: a preview of a changed indicator, a period to publish. Rows that the worker answers, since no library of the lake is met in the web process."""
