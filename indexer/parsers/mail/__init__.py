"""Mail: messages, their attachments, and mailboxes of many messages."""
