-- Who made a key: usr_..., key_..., system:...; null of those made before this was noted. Written as 00000000000001_shop is.
ALTER TABLE api_keys ADD COLUMN created_by text;
