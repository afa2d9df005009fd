-- Messages are found by whom they went to, however the address was written: an export lists them, an erasure deletes them.
-- So are carts by whose they are, open or not. Written as 00000000000001_shop is.

ALTER TABLE mails ADD COLUMN recipient_key text NOT NULL DEFAULT ''; -- the recipient in lower case and NFKC, or in E.164
UPDATE mails SET recipient_key = lower(recipient);
CREATE INDEX mails_by_recipient ON mails (recipient_key, id);

CREATE INDEX carts_of_customer ON carts (customer_id, id) WHERE customer_id IS NOT NULL;
