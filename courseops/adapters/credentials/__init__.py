"""The passwords of hubs that keep their own, one module an authenticator.

`native` writes into the hub's database, `first_use` into its `passwords.dbm`, `system` makes
accounts of this machine. Hubs that ask somebody else who a person is have nothing here.
"""
