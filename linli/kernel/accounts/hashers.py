"""Argon2id with 64 MB a hash: the second choice of RFC 9106 section 4, made for machines that do other work as well."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    time_cost = 3
    memory_cost = 65536
    parallelism = 4
