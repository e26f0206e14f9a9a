"""What goes over the wire, one file a resource. Requests refuse fields that they do not know."""
