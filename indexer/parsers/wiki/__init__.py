"""MediaWiki: wikitext, in files of its own and in the dumps of whole wikis. No template is expanded."""
