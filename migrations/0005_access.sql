-- What API keys may do: `everything`, or words such as `read:customer write:payment`.
ALTER TABLE api_keys ADD COLUMN rights TEXT NOT NULL DEFAULT 'everything';
