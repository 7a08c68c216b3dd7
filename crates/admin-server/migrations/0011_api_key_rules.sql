-- What a key may be used for, where, when and how often, and what it may spend. NULL = without bound.
-- projects: a JSON list of ids; restrictions and budget: JSON as the model has them.
ALTER TABLE api_keys ADD COLUMN projects TEXT;
ALTER TABLE api_keys ADD COLUMN restrictions TEXT;
ALTER TABLE api_keys ADD COLUMN budget TEXT;
