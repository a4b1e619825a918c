"""The pages of the Formgrader and the feedback: no script, no request, mathematics without a network.

outputs        what a notebook printed and displayed, cleaned before it is stored and before it is shown
markdown       text and formulas of a page
mathml         formulas as MathML
room           how much a page shows, and what would not be seen on it
feedback       the language of the page of feedback
model_answers  what a person grades, beside what is right
"""
