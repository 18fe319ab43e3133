"""German words with which guessing a password begins: zxcvbn's own lists know English ones alone.

The commonest first, as guessers try them: a word's place in the list is how soon it is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

_PLAIN: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})

_OF_PASSWORDS = """
passwort kennwort hallo geheim willkommen anmeldung zugang schatz liebe hase maus engel ichliebedich schalke bayern
dortmund borussia werder fussball admin verwaltung internet computer rechner telefon handy start sicher sicherheit
schlüssel test neu super mein meine dein deine unser unsere ich bin der die das ein eine und mit für
"""
_OF_TIMES = """
montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag januar jänner februar märz april mai juni juli
august september oktober november dezember frühling frühjahr sommer herbst winter weihnachten ostern pfingsten
silvester neujahr karneval advent nikolaus feiertag geburtstag hochzeit urlaub ferien feierabend wochenende heute
morgen gestern mittag abend nacht stunde minute woche monat jahr zeit
"""
_OF_CARE = """
pflegedienst pflegeheim pflegekraft pfleger pflege schwester krankenschwester krankenpfleger altenpflege altenpfleger
altenheim seniorenheim krankenhaus klinik klinikum praxis hausarzt hausarztpraxis hausärztin arzt ärztin doktor
apotheke apotheker apothekerin patient patientin gesundheit medizin telemedizin telecare sprechstunde
videosprechstunde hausbesuch besuch visite dienst nachtdienst frühdienst spätdienst notdienst bereitschaft station
ambulanz blutdruck blutzucker puls fieber verband wunde wundversorgung spritze insulin tablette medikament rezept
diagnose labor befund termin wartezimmer sozialstation diakonie caritas johanniter malteser rotkreuz tagespflege
betreuung betreuer hebamme therapie physiotherapie rettungsdienst krankenwagen versorgung übergabe bericht
patientenakte
"""
_OF_PEOPLE = """
mama papa mutter vater oma opa grossmutter grossvater sohn tochter bruder kind kinder baby enkel enkelin familie
freund freundin mann frau junge mädchen peter michael thomas andreas wolfgang klaus jürgen günter manfred dieter hans
werner horst uwe bernd heinz karl heinrich gerhard helmut walter kurt rolf frank stefan stephan martin christian
matthias markus alexander daniel sebastian tobias florian jan tim lukas leon finn paul jonas felix maximilian moritz
niklas philipp simon maria ursula monika petra sabine elisabeth renate helga karin brigitte ingrid erika christa
gisela hannelore gerda edith ruth irmgard hildegard anna andrea claudia susanne birgit heike martina nicole stefanie
julia katharina christina sandra melanie anja katrin sarah laura lena lisa leonie hannah emma mia sophie marie johanna
charlotte greta frieda ida clara lotte müller schmidt schneider fischer weber meyer meier maier wagner becker schulz
schulze hoffmann koch bauer richter klein wolf schröder neumann schwarz zimmermann braun krüger hofmann hartmann lange
schmitt werner krause lehmann köhler herrmann könig
"""
_OF_PLACES = """
deutschland europa berlin hamburg münchen köln frankfurt stuttgart düsseldorf leipzig dresden hannover bremen nürnberg
essen bochum münster bonn aachen kiel lübeck rostock oldenburg osnabrück braunschweig göttingen kassel vechta höxter
niedersachsen westfalen sauerland eifel harz heide ostsee nordsee bodensee schwarzwald italien spanien mallorca
österreich schweiz holland griechenland türkei rathaus landkreis gemeinde stadt dorf bahnhof kirche marktplatz markt
linde deich moor moorland tal berg wald wiese feld hof bauernhof
"""
_OF_HOMES = """
haus garten küche zimmer wohnung fenster tisch stuhl bett schrank ofen tür treppe dach keller balkon terrasse auto
fahrrad motorrad traktor schiff boot eisenbahn zug flugzeug buch brief zeitung radio fernseher kamera tasche koffer
uhr brille ring schuh hose jacke mantel hund katze pferd kuh schwein schaf ziege huhn hahn ente gans vogel amsel adler
fisch hecht bär wolf fuchs igel hase eule biene schmetterling drache tiger löwe elefant affe mieze bello waldi mausi
schnecke frosch sonne mond stern sterne himmel wolke regen schnee wind sturm gewitter nebel feuer wasser erde licht
meer see fluss insel strand rose blume sonnenblume tulpe lilie baum eiche birke tanne apfel birne kirsche erdbeere
pflaume banane kartoffel tomate gurke zwiebel möhre kohl salat brot brötchen butter käse wurst schinken ei milch
kaffee tee bier wein saft kuchen torte suppe nudel pizza schnitzel braten schokolade zucker salz honig gold silber
glück freude herz leben freiheit frieden musik lied spiel traum engelchen teufel gott jesus kraft macht rot blau grün
gelb weiss braun bunt klein gross gut schön lieb lustig fröhlich eins zwei drei vier fünf sechs sieben acht neun zehn
hundert tausend
"""
_JOINED = """
mein meine unser sommer winter herbst frühling weihnachten urlaub ferien hochzeit geburtstag tag nacht abend morgen
zeit jahr haus garten küche arzt praxis kranken alten pflege dienst heim kraft schwester patient besuch kirche markt
platz dorf stadt wald berg see meer strand sonne mond stern blume baum rose apfel kirsche erdbeere kartoffel tomate
zwiebel nudel käse wurst schokolade kaffee tee bier wein milch saft brot butter kuchen torte suppe salat hund katze
pferd vogel auto fahrrad fussball lied buch kind mädchen mann frau freund familie glück herz traum schatz wunsch engel
königin
"""


@cache
def words() -> tuple[str, ...]:
    """All of them, with and without umlauts, and everyday ones joined in twos as German does ("Sommerurlaub")."""
    years = map(str, range(2039, 2009, -1))  # zxcvbn knows those before as numbers of their own
    lists = (_OF_PASSWORDS, _OF_TIMES, _OF_CARE, _OF_PEOPLE, _OF_PLACES, _OF_HOMES)
    parts = _JOINED.split()
    joined = (f"{one}{link}{two}" for link in ("", "s", "n") for one in parts for two in parts if one != two)
    return tuple(_spelled([*years, *(word for some in lists for word in some.split()), *joined]))


def _spelled(given: Iterable[str]) -> Iterator[str]:
    """Each once, as it is written and as on a keyboard without umlauts."""
    yield from dict.fromkeys(spelling for word in given for spelling in spellings(word))


def spellings(word: str) -> tuple[str, ...]:
    """A word in small letters, and the same without umlauts."""
    plain = word.translate(_PLAIN)
    return (word,) if plain == word else (word, plain)
