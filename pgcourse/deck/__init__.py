"""The one lecture as slides, taken from the notebooks of the course. It needs the extra `slides`.

parts      what a Markdown cell says, asks and answers
slides     which parts of which cells are on which slide
page       the slides as a page of reveal.js
deck       (no Python) how the slides look, and their keys: on and back, code, the tally and the clock of a discussion
kernel     (no Python) what moves the pictures and runs the programs where a Jupyter server is
"""
