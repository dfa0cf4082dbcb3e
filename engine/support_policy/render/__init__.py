"""Decisions and workflows for people: sentences, time lines, diagrams."""
