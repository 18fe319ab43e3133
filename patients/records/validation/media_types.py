"""What a media type looks like. https://www.rfc-editor.org/rfc/rfc6838, sections 4.2 and 4.3 (BCP 13)

Nothing but ASCII: names begin with a letter or digit and have 127 characters at most, and parameters are what a header
of MIME can carry (RFC 2045, section 5.1). That spaces stand alone is FHIR's own rule, of every code.
"""

from __future__ import annotations

from typing import Final

_NAME: Final = "[0-9A-Za-z][0-9A-Za-z!#$&^_.+-]{0,126}"
TYPE: Final = rf"{_NAME}/{_NAME}(?: ?; ?[\x21-\x7e]+(?: [\x21-\x7e]+)*)?"
