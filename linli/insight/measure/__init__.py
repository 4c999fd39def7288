"""
Measuring: indicators computed from facts, each as data with its formula, the same on one computer and on a cluster.

Facts are tables without any person's identity (`tables`), kept in a lake of Parquet files (`lake`). An indicator is a definition
(`definitions`) that becomes one Ibis expression (`expressions`), which DuckDB answers here and Spark on many machines (`engines`). No Django.
"""
