"""A class on one machine: its accounts, folders, environment and JupyterHub, for `pgcourse hub`.

accounts        the accounts of the class on the machine, with homes, a group of instructors and first passwords
again           the command that makes the class, as a person types it
authenticators  how JupyterHub learns who somebody is, held to the roster
check           `pgcourse hub --check`: what is wrong with a class on this machine
classfile       class.toml: the hub's address, what a user may take, and who may log in
command         `pgcourse hub`: its arguments, and who may use them where
gradebook       students' names in the gradebook
hub             the settings of JupyterHub for a class
install         the folders of the class: the environment that all share, the course folder, the exchange
lifeline        JupyterHub that ends with the trial that started it
login           the table [login] of a class.toml: accounts of the machine, single sign-on, or a learning platform
places          where the parts of a class lie on the machine
ports           which ports are in use
proxy           JupyterHub's proxy: where it is, and whether it starts
roster          who is in the class, and as what
session         starts for a user, as that user: hands out the lectures, then becomes JupyterLab
settings        what Jupyter shows students and instructors, and where nbgrader finds the exchange
tables          a table of a TOML file, made into a dataclass
trial           `pgcourse hub --try`: a class to look at, for whoever starts it
unit            the hub as a service of systemd
update          make the class or bring it up to date, and run its hub
whole           files that are there whole or not at all
"""
