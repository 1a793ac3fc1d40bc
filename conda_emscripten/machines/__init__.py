"""Builds on several machines: a coordinator, which owns the channel, and workers."""
