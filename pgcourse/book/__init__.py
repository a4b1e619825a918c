"""The open book: the course as static pages whose sliders move without Python. It needs the extra `book`.

command    `pgcourse book`: build it
pages      the sources of its pages, from the notebooks and the documents of the course
questions  what stands below a cell that asks: numbers are judged in the page
reference  the pages of the package, from its docstrings
record     a live figure as a recording
compact    its markup, as short as a screen allows
site       the pages, made by Sphinx
deck       the lecture's slides, as one more page
replay     (no Python) the script that answers a figure from its recording
answer     (no Python) the script that judges a number
scroll     (no Python) the script that lets the keyboard scroll what is too wide
"""
