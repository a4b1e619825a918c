"""The open book: the course as static pages whose sliders move without Python. It needs the extra `book`.

command  `pgcourse book`: build it
pages    the sources of its pages, from the notebooks and the documents of the course
record   a live figure as a recording
compact  its markup, as short as a screen allows
site     the pages, made by Sphinx
replay   (no Python) the script that answers a figure from its recording
"""
