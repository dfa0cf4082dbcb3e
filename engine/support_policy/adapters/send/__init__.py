"""The ways out: mail to a server or a folder, signed webhooks, and what apprise knows by URL."""
