"""The machinery of the moving pictures: it knows nothing of problems or gradients.

live      LiveFigure and the decorator `demo`: a picture, its controls, its caption
controls  sliders, choices and buttons, and the values that they can take
panel     how controls, picture and caption stand together
plots     what several pictures draw: bands, histograms, arrows, matrices
style     colours, line styles and sizes
png       a quick PNG encoder
progress  a progress bar for what takes longer than a second
"""
