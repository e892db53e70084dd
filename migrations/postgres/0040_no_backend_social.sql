-- The calls that kept steps of a back-end social sign-in here are not served any more.
DROP TABLE social_transactions;
