"""Systems outside Acquit that read public events from RabbitMQ (SUB-2); see docs/subscribing.md.

``python -m deploy.subscribers add|list|rotate|remove`` is for operators. It uses RabbitMQ's own administration program,
so that no service, and no process of ours that stays, ever has an administrator's credentials.
"""
