"""What a grader's process does without: to be imported before all else there.

jsonschema reads internationalised addresses by a grammar, if there is one. To build that takes as long as to import
nbgrader and all else that a grader needs, and a notebook has no such address.
"""

import sys

sys.modules["rfc3987_syntax"] = None  # Python then says that it is not installed, which jsonschema expects
