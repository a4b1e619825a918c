"""Settings of nbconvert, which reads them when it is run in this folder."""

c = get_config()  # noqa: F821 - put here by nbconvert when it reads this file

# live figures are pictures, with their words; without this the page would fetch widgets, and drop the words
c.HTMLExporter.template_name = "pgcourse"
