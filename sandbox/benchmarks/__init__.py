"""Benchmarks: each module has `run(scale) -> figures`, with its baseline measured in the same run.

They run on a scratch database of the same server, which is dropped at the end. Ratios are what to quote:
absolute times drift from machine to machine.
"""
