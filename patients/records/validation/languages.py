"""What a language tag looks like. https://www.rfc-editor.org/rfc/rfc5646, section 2.1 (BCP 47)

Of two letters only languages that ISO 639-1 knows; of three letters any: their list is long and grows. Not taken are
words (five letters and more), of which none was ever registered, and extensions other than the two that exist (t, u).
"""

from __future__ import annotations

from typing import Final

_OF_TWO_LETTERS: Final = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
    es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg
    ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn
    no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw
    ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu in iw ji jw mo
"""
_PRIVATE: Final = "x(?:-[0-9a-z]{1,8})+"
_LANGUAGE: Final = f"(?:{'|'.join(_OF_TWO_LETTERS.split())}|[a-z]{{3}})(?:-[a-z]{{3}}){{0,3}}"
_VARIANTS: Final = "(?:-(?:[0-9a-z]{5,8}|[0-9][0-9a-z]{3}))*"
_EXTENSIONS: Final = "(?:-[tu](?:-[0-9a-z]{2,8})+)*"
_OLD: Final = "i-[a-z]{3,8}|art-lojban|cel-gaulish|zh-min|en-gb-oed|sgn-be-fr|sgn-be-nl|sgn-ch-de"

TAG: Final = (
    f"(?i:{_LANGUAGE}(?:-[a-z]{{4}})?(?:-(?:[a-z]{{2}}|[0-9]{{3}}))?{_VARIANTS}{_EXTENSIONS}(?:-{_PRIVATE})?"
    f"|{_PRIVATE}|{_OLD})"
)
