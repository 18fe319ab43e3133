"""A person's record to take along (GDPR Art. 15 and 20): one ZIP with FHIR JSON, a readable PDF, and who has read it.

It is made while it is sent and stands nowhere: there is no copy that would have to be sealed and thrown away.
"""

from telecare.privacy.taking.files import Names, names
from telecare.privacy.taking.packing import archive

__all__ = ["Names", "archive", "names"]
