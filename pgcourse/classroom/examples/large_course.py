"""For the last lines of the course's nbgrader_config.py, where a class is large: see docs/class_sizes.md."""

c = get_config()  # noqa: F821 - nbgrader's

# several people and machines write grades at a time; a password, if one is needed, belongs in ~/.pgpass
c.CourseDirectory.db_url = "postgresql+psycopg://pgcourse@db.example.org/pgcourse"

# notebooks run on the workers of this Dask cluster, as with `pgcourse grade --scheduler`
c.SandboxedExecute.scheduler = "tcp://dask-scheduler:8786"

# what a submission may use, where a machine has less than the default takes: megabytes, and seconds for a notebook
c.SandboxedProvisioner.total_memory = 3000
c.SandboxedProvisioner.wall_time = 300
