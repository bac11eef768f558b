"""Tests of the notebooks themselves."""
