"""Reads of the loans app."""
