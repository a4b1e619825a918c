"""What the Formgrader and the feedback show: no script, no request, mathematics without a network.

outputs   what a submission showed, cleaned before it is stored and before it is shown
markdown  text and formulas of a page, and its templates
"""
