"""Venues of councils (议事阵地): the register against its standards, what is promised and what is kept, what visitors say."""
