"""A class on one machine: its accounts, folders, environment and JupyterHub, for `pgcourse hub`.

places       where on the machine what of a class lies
roster       who is in the class, and as what
"""
