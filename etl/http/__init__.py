"""How we talk to a source: cache, token bucket, retries, health, credentials and errors."""
