"""Live figures: pictures that follow their controls. No module here knows of problems or gradients.

live      LiveFigure and the decorator `demo`: a picture, its controls, its caption
controls  sliders, choices and buttons, and the values that they can take
panel     the widget that shows a figure in a browser, with live.js and live.css
question  a question before a picture, with predict.js: it covers what follows until there is a guess
vectors   artists as SVG
still     the picture with its caption, for readers without a kernel
saved     (no Python) what shows that picture: an extension of JupyterLab, and a template of nbconvert
plots     what several demos draw: lines, areas, arrows, contours, matrices
counts    histograms, drawn once and then filled
layout    legends, limits of axes, words that fit the size
style     colours, line styles and sizes
png       a fast PNG encoder
written   a function that the reader writes, called so that no mistake in it breaks the picture
progress  a progress bar for computations that take longer than a second
main_thread  the front end answered where an interrupt and a timer reach
"""
