"""Bodies of requests and answers, one file a resource. Requests refuse fields that they do not know."""
