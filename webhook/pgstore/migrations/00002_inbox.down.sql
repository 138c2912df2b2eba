DROP TABLE {schema}webhook_inbox;
