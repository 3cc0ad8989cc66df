"""Recipes: trainings as TOML files, one for each row of a paper that is reproduced, and the quickstart's."""
