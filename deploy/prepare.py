"""Make MongoDB ready for all services: replica set, collections, indexes, roles, users. For containers.

Reads ``ACQUIT_MONGODB_ADMIN_URL``, ``ACQUIT_MONGODB_MEMBER`` (host and port under which the services reach the server)
and ``ACQUIT_PASSWORDS_FILE``. Can run again at any time.
"""

import json
import os
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import OperationFailure
from tenacity import retry, stop_after_delay, wait_fixed

from deploy.database import load_schemas, prepare
from shared.mongo import Document

_ALREADY_INITIALISED = 23


def main() -> None:
    """Prepare the server named in the environment."""
    admin_url = os.environ["ACQUIT_MONGODB_ADMIN_URL"]
    passwords = json.loads(Path(os.environ["ACQUIT_PASSWORDS_FILE"]).read_text(encoding="utf-8"))["mongodb"]
    initiate(admin_url, os.environ["ACQUIT_MONGODB_MEMBER"])
    prepare(admin_url, load_schemas(), passwords)


@retry(stop=stop_after_delay(60), wait=wait_fixed(1), reraise=True)
def initiate(admin_url: str, member: str) -> None:
    """Initiate a replica set of one and wait until it has a primary."""
    client: MongoClient[Document] = MongoClient(admin_url, serverSelectionTimeoutMS=3_000)
    try:
        try:
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": member}]})
        except OperationFailure as error:
            if error.code != _ALREADY_INITIALISED:
                raise
        if not client.admin.command("hello")["isWritablePrimary"]:
            raise RuntimeError("no primary yet")
    finally:
        client.close()


if __name__ == "__main__":
    main()
