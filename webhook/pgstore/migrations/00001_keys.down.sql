DROP TABLE {schema}webhook_keys;
