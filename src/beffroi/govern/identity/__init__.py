"""Who people are: passwords, second factors, outside providers, sessions, and the administration of accounts."""
