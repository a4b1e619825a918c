"""Judges of tasks whose right output is not unique; in students' copies too, so they hold no solution.

A judge takes `call`, which runs the student's function on given arguments, and one tuple of inputs; it returns an empty
string when all is right, else the name of a known mistake or a sentence.
"""
