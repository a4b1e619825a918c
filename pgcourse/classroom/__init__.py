"""A class on one machine: its accounts, folders, environment and JupyterHub, for `pgcourse hub`.

authenticators  what JupyterHub asks who somebody is, held to the roster
login           the table [login] of a class.toml: accounts of the machine, single sign-on, or a learning platform
places          where on the machine what of a class lies
roster          who is in the class, and as what
"""
