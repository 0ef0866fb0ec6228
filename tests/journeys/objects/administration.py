"""What belongs to the insurer: for everybody but agents the door is shut before anything is looked at."""

import secrets
from functools import partial
from typing import Any, Final

import httpx

from deploy.demo.client import HttpProblem, Json
from shared.clock import new_id
from tests.journeys.objects.cast import Case, Cast, Made
from tests.journeys.objects.members import decided, the_statement
from tests.journeys.objects.providers import SCANNED, requested
from tests.journeys.test_provider_registration import PROVIDER_HEADER, Dentist
from tests.support import delegation_pdf
from tests.support.waiting import eventually
from tests.support.world import claim_body, provider_body

CONFLICT, FORBIDDEN, NOT_FOUND = httpx.codes.CONFLICT, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND
CLAIM: Final = "/review/claims/{claim_number}"


async def nothing(cast: Cast, parameter: str, **made: Any) -> Made:
    """Where having the object would take a story of its own: agents are told that there is none."""
    return cast.of_insurer({parameter: new_id()}, **made)


async def nothing_called(cast: Cast, path: dict[str, str], **made: Any) -> Made:
    """The same for what has ids of a form of its own."""
    return cast.of_insurer(path, **made)


async def an_added_provider(cast: Cast) -> Made:
    person = cast.owner.person
    provider_id = str((await person.post("/providers", provider_body()))["provider_id"])
    await person.post(f"/providers/{provider_id}/confirm")
    return cast.of_insurer({"provider_id": provider_id})


async def a_provider_added_twice(cast: Cast) -> Made:
    into, again = await an_added_provider(cast), await an_added_provider(cast)
    provider_id = into.path["provider_id"]
    await cast.agent.post(f"/providers/{provider_id}/accept")
    return cast.of_insurer(again.path, body={"into": provider_id})


async def a_dossier(cast: Cast) -> Made:
    return cast.of_insurer({"dossier_id": cast.owner.dossier_id}, query={"person_id": cast.owner.persons[0]})


async def a_payee(cast: Cast) -> Made:
    return cast.of_insurer({"payee_id": cast.owner.dossier_id})


async def a_run(cast: Cast) -> Made:
    """One that went out: any, and if there is none, one with a new claim."""
    listed: list[Json] = (await cast.agent.get("/runs", limit=20))["runs"]
    if gone := [each["run_id"] for each in listed if each["state"] == "released"]:
        return cast.of_insurer({"run_id": gone[0]})
    await decided(cast)

    async def closed() -> Json | None:
        try:
            return await cast.world.close_run()
        except HttpProblem as problem:
            if problem.code != "payments.nothing_payable":
                raise
            return None

    run = await eventually(closed, "there is something to pay")
    assert run is not None
    return cast.of_insurer({"run_id": run["run_id"]})


async def a_statement_of_somebody(cast: Cast) -> Made:
    """It does not go by post, so it cannot have been posted."""
    return cast.of_insurer((await the_statement(cast)).path)


async def an_account(cast: Cast) -> Made:
    return cast.of_insurer({"account_id": str(cast.owner.account["account_id"])})


async def an_account_of_a_provider(cast: Cast) -> Made:
    """It has a password of its own, which agents replace for nobody."""
    account = await cast.practices[1].person.get("/me")
    return cast.of_insurer({"account_id": str(account["account_id"])})


async def a_register(cast: Cast) -> Made:
    content = f"{PROVIDER_HEADER}\n{Dentist().row()}\n".encode()
    return cast.of_insurer({"register_name": "providers"}, content=content, headers={"content-type": "text/csv"})


async def pended(cast: Cast) -> tuple[str, int]:
    """Number and version of a claim that waits for an agent, who has it in hand."""
    line = {"service_date": cast.service_date(), "answers": {"work_accident": "yes"}}
    claim = await cast.owner.decided(await cast.owner.submit(claim_body(cast.owner.persons[1], line=line)))
    return claim["claim_number"], claim["version"]


async def a_review(cast: Cast, body: Json | None = None) -> Made:
    number, _ = await pended(cast)
    return cast.of_insurer({"claim_number": number}, body=body)


async def a_review_in_hand(cast: Cast) -> Made:
    number, version = await pended(cast)
    await cast.agent.post(f"/review/claims/{number}/lock")
    body = {"expected_version": version, "verdicts": [{"line": 1, "act": "approve"}]}
    return cast.of_insurer({"claim_number": number}, body=body)


async def a_form(cast: Cast, body: Json | None = None) -> Made:
    """Signed and handed in."""
    request_id = (await requested(cast))["request_id"]
    await cast.practices[0].hand_in(request_id, delegation_pdf.scan(request_id), **SCANNED)
    return cast.of_insurer({"request_id": request_id}, body=body)


async def a_client(cast: Cast, body: Json | None = None) -> Made:
    asked = {"name": f"Dentaplus {secrets.token_hex(3)}", "scopes": ["claims:read"]}
    client = await cast.agent.post("/administration/clients", asked)
    return cast.of_insurer({"client_id": client["client_id"]}, body=body)


async def a_webhook(cast: Cast, body: Json | None = None) -> Made:
    """It wants a type of which nothing is heard: nobody listens there."""
    asked = {"url": "http://127.0.0.1:9/hook", "types": ["payments.nothing_heard.v1"]}
    webhook = await cast.agent.post("/webhooks", asked)
    return cast.of_insurer({"webhook_id": webhook["webhook_id"]}, body=body)


async def a_delivery(cast: Cast) -> Made:
    """Of a webhook that has none yet."""
    webhook = await a_webhook(cast)
    return cast.of_insurer({**webhook.path, "delivery_id": new_id()})


_REFUSED: Final = {"approve": False, "reason_code": "signature_not_accepted"}
_STOPPED: Final = {"reason": "Somebody is in it twice."}
_KEPT: Final = {"resolution": "keep", "note": "Nobody called."}

CASES: Final = {
    "POST /providers/{provider_id}/accept": Case(an_added_provider, FORBIDDEN),
    "POST /providers/{provider_id}/merge": Case(a_provider_added_twice, FORBIDDEN),
    "GET /dossiers/{dossier_id}/balances": Case(a_dossier, FORBIDDEN),
    "GET /payment-runs/{run_id}": Case(a_run, FORBIDDEN),
    "GET /administration/direct-deposits/{payee_id}": Case(a_payee, FORBIDDEN),
    "POST /administration/direct-deposits/{payee_id}/closing": Case(
        partial(nothing, parameter="payee_id", body={"reason": "fraud_suspected"}), FORBIDDEN, NOT_FOUND
    ),
    "GET /runs/{run_id}": Case(a_run, FORBIDDEN),
    "GET /runs/{run_id}/payees": Case(a_run, FORBIDDEN),
    "POST /runs/{run_id}/approval": Case(partial(nothing, parameter="run_id"), FORBIDDEN, NOT_FOUND),
    "POST /runs/{run_id}/stop": Case(partial(nothing, parameter="run_id", body=_STOPPED), FORBIDDEN, NOT_FOUND),
    "GET /administration/payees/{payee_id}/payments": Case(a_payee, FORBIDDEN),
    "GET /administration/statements/{batch_number}": Case(a_statement_of_somebody, FORBIDDEN),
    "GET /administration/statements/{batch_number}.pdf": Case(a_statement_of_somebody, FORBIDDEN),
    "POST /administration/statements/{batch_number}/posted": Case(a_statement_of_somebody, FORBIDDEN, NOT_FOUND),
    "POST /administration/registers/{register_name}": Case(a_register, FORBIDDEN),
    f"GET {CLAIM}": Case(a_review, FORBIDDEN),
    f"POST {CLAIM}/lock": Case(a_review, FORBIDDEN),
    f"POST {CLAIM}/notes": Case(partial(a_review, body={"text": "CNESST says no"}), FORBIDDEN),
    f"POST {CLAIM}/decision": Case(a_review_in_hand, FORBIDDEN),
    f"POST {CLAIM}/confirm": Case(a_review, FORBIDDEN, CONFLICT),
    f"POST {CLAIM}/refuse": Case(partial(a_review, body={"note": "Too much"}), FORBIDDEN, CONFLICT),
    "POST /administration/delegations/{request_id}/decision": Case(partial(a_form, body=_REFUSED), FORBIDDEN),
    "GET /administration/delegations/{request_id}/form": Case(a_form, FORBIDDEN),
    "POST /administration/clients/{client_id}/secrets": Case(partial(a_client, body={"overlap_hours": 0}), FORBIDDEN),
    "DELETE /administration/clients/{client_id}": Case(a_client, FORBIDDEN),
    "GET /webhooks/{webhook_id}": Case(a_webhook, FORBIDDEN),
    "PUT /webhooks/{webhook_id}": Case(partial(a_webhook, body={"url": "http://127.0.0.1:9/other"}), FORBIDDEN),
    "POST /webhooks/{webhook_id}/secrets": Case(partial(a_webhook, body={"overlap_hours": 0}), FORBIDDEN),
    "POST /webhooks/{webhook_id}/enable": Case(a_webhook, FORBIDDEN),
    "GET /webhooks/{webhook_id}/deliveries": Case(a_webhook, FORBIDDEN),
    "POST /webhooks/{webhook_id}/deliveries/{delivery_id}/resend": Case(a_delivery, FORBIDDEN, NOT_FOUND),
    "DELETE /webhooks/{webhook_id}": Case(a_webhook, FORBIDDEN),
    "POST /administration/cases/{case_id}/resolution": Case(
        partial(nothing, parameter="case_id", body=_KEPT), FORBIDDEN, NOT_FOUND
    ),
    "POST /administration/bank-exceptions/{exception_id}/closing": Case(
        partial(nothing_called, path={"exception_id": secrets.token_hex(12)}, body={"note": "Seen"}),
        FORBIDDEN,
        NOT_FOUND,
    ),
    "POST /administration/returned-payments/{batch_number}/reissue": Case(
        partial(nothing_called, path={"batch_number": "99999998"}, body={"method": "cheque"}), FORBIDDEN, NOT_FOUND
    ),
    "POST /administration/cheques/{cheque_number}/outcome": Case(
        partial(
            nothing_called,
            path={"cheque_number": "999998"},
            body={"outcome": "cashed", "on": "2026-11-25"},
        ),
        FORBIDDEN,
        NOT_FOUND,
    ),
    "GET /administration/drugs/{din}": Case(partial(nothing, parameter="din"), FORBIDDEN, 422),
    "POST /administration/accounts/{account_id}/unlock": Case(an_account, FORBIDDEN),
    "POST /administration/accounts/{account_id}/temporary-password": Case(
        an_account_of_a_provider, FORBIDDEN, CONFLICT
    ),
}
