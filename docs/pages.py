"""A hook of mkdocs: the site's pages are the files that its navigation names, wherever in the repository they lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files


def on_files(files: Files, config: Any) -> Files:
    """The pages of the navigation and the images, each under its path in the repository, and the theme's own files."""
    root = Path(config.config_file_path).parent
    images = [path.relative_to(root).as_posix() for path in sorted((root / "docs" / "images").rglob("*.*"))]
    named = [*_named(config.nav), *images]
    pages = [File(path, str(root), config.site_dir, config.use_directory_urls) for path in named]
    others = [file for file in files if not file.is_documentation_page() and not file.src_uri.startswith("images/")]
    return Files([*pages, *others])


def _named(nav: Any) -> list[str]:
    """Every path of a navigation, at whatever depth."""
    if isinstance(nav, str):
        return [nav]
    return [path for entry in (nav.values() if isinstance(nav, dict) else nav) for path in _named(entry)]
