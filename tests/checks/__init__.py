"""Tests of the exercises' checks."""
