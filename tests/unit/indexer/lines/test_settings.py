"""Settings: lines stay, tables and keys with blocks begin sections."""

from __future__ import annotations

from indexer.parsers.lines.settings import PropertiesParser, SettingsParser, YamlParser
from tests.unit.indexer.places import headings, place_of


def test_yaml() -> None:
    source = "# The name\nname: x\nservices:\n  # The web server\n  web:\n    ports:\n      - 80\njobs:\n- name: Build all\n  run: |\n    not: a key\n    nor: this\n"
    parsed = YamlParser().parse(source.encode(), name="a.yaml")
    assert parsed.text == source.strip()
    assert headings(parsed) == [(1, "services"), (2, "web"), (3, "ports"), (1, "jobs"), (2, "Build all")]
    assert parsed.text.startswith("  # The web server", parsed.headings[1].start)
    assert place_of(parsed, "nor: this") == "12"


def test_tables_of_toml_and_ini() -> None:
    parsed = SettingsParser().parse(b"a = 1\n\n# About it\n[tool.x]\nb = [1]\n[[list]]\nc = 2\n", name="a.toml")
    assert headings(parsed) == [(1, "tool.x"), (1, "list")]
    assert parsed.text == "a = 1\n\n# About it\n[tool.x]\nb = [1]\n[[list]]\nc = 2"


def test_escapes_of_properties_are_letters() -> None:
    assert PropertiesParser().parse(b"a=caf\\u00e9 \\u0000\n", name="a.properties").text == "a=café \\u0000"


def test_blocks_of_servers() -> None:
    nginx = "# All\nhttp {\n    server {\n        location ~ \\.php$ {\n            deny all;\n        }\n    }\n}\n"
    assert headings(SettingsParser().parse(nginx.encode(), name="nginx.conf")) == [
        (1, "http"),
        (2, "server"),
        (3, "location ~ \\.php$"),
    ]
    apache = "<VirtualHost *:443>\n  <Directory /srv>\n    Require all granted\n  </Directory>\n</VirtualHost>\n"
    assert headings(SettingsParser().parse(apache.encode(), name="site.conf")) == [
        (1, "VirtualHost *:443"),
        (2, "Directory /srv"),
    ]


def test_banners_in_comments() -> None:
    source = "########## INCLUDES ##########\na 1\n\n#--------\n# FILE LOCATIONS\n#--------\n# A note.\nb = {\n"
    parsed = SettingsParser().parse(source.encode(), name="redis.conf")
    assert headings(parsed) == [(1, "INCLUDES"), (1, "FILE LOCATIONS")]
    assert parsed.text[parsed.headings[1].start :].startswith("#--------\n# FILE")
