"""Addresses of the web: one spelling for each, and the part of a site that a crawl keeps to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urljoin, urlsplit

from engine.errors import UsageError

LENGTH = 2000  # characters of an address
_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile("%([0-9a-fA-F]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]")
_IN_PATH, _IN_QUERY = "/%:@!$&'()*+,;=~", "/%:@!$&'()*+,;=~?[]|"
# Parameters that tell how somebody came to a page, or who it is: the page is the same without them.
_PERSONAL = re.compile(r"(?:utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|phpsessid|jsessionid)", re.IGNORECASE)
_SESSION = re.compile(r";jsessionid=[^/;?]*", re.IGNORECASE)


def canonical(address: str, base: str = "") -> str | None:
    """The one spelling of an address, absolute and without fragment; None if it is none of http and https.

    `base` is where it was found. Parameters of visits (utm_source, jsessionid, ...) are left out, and so are names and
    passwords, with the address.
    """
    try:
        parts = urlsplit(urljoin(base, address.strip()))
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
        path, query = _spelt(_SESSION.sub("", parts.path), _IN_PATH), _spelt(parts.query, _IN_QUERY)
    except ValueError:  # also UnicodeError: no such host, no such port, and bytes of a terminal that are no text
        return None
    if parts.scheme not in _PORTS or not host or parts.username is not None or parts.password is not None:
        return None
    place = f"[{host}]" if ":" in host else host
    place += "" if port in (None, _PORTS[parts.scheme]) else f":{port}"
    asked = "&".join(part for part in query.split("&") if not _is_personal(part))
    made = f"{parts.scheme}://{place}{_without_dots(path)}" + (f"?{asked}" if asked else "")
    return made if len(made) <= LENGTH else None


def is_site(address: str) -> bool:
    """Whether an address is that of a site or a folder of one, which is crawled, and not that of one file. UsageError
    if it is none.
    """
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise UsageError(f"{address} is no address: {error}.", "Give one such as https://example.org/a/.") from error
    return parts.scheme.lower() in _PORTS and (parts.path or "/").endswith("/") and not parts.query


def is_loopback(address: str) -> bool:
    """Whether an address names this machine."""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def origin(address: str) -> str:
    """The site of an address: `https://example.org/`."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/"


@dataclass(frozen=True, slots=True)
class Scope:
    """All addresses below one, which ends in a slash."""

    address: str

    @staticmethod
    def of(start: str, named: str | None) -> Scope:
        """The scope that was named, else the folder of the address. UsageError if there is none, or none around it."""
        address = canonical(named or start)
        if address is None:
            raise UsageError(f"{named or start} is no address of the web.", "Give one such as https://example.org/a/.")
        folder = address.partition("?")[0].rpartition("/")[0] + "/"
        if canonical(start) not in Scope(folder):
            raise UsageError(f"{start} does not lie in --scope {named}.", "Give an address around it.")
        return Scope(folder)

    def __contains__(self, address: object) -> bool:
        return isinstance(address, str) and address.startswith(self.address)

    def below(self, address: str) -> str:
        """The path of an address below the scope's own."""
        return urlsplit(address).path.removeprefix(urlsplit(self.address).path)


def _spelt(part: str, allowed: str) -> str:
    """A part with each character escaped that must be, and no other."""

    def spelt(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if _UNRESERVED.fullmatch(character) else match[0].upper()

    return _ESCAPE.sub(spelt, quote(part, safe=allowed))


def _without_dots(path: str) -> str:
    """A path without `.` and `..` (RFC 3986, 5.2.4)."""
    kept: list[str] = []
    parts = path.split("/")[1:]
    for part in parts:
        if part == "..":
            kept = kept[:-1]
        elif part != ".":
            kept.append(part)
    if parts and parts[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _is_personal(parameter: str) -> bool:
    return not parameter or _PERSONAL.fullmatch(parameter.partition("=")[0]) is not None
