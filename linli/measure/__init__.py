"""Measure: the lake of facts, indicators, evaluation, the Wall. Above every loop, which it knows by the facts they declare."""
