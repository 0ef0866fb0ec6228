"""Wires payments together: ``python -m services.payments.app``."""

from datetime import timedelta
from functools import partial

from services.payments.documents.rendering import StatementRendering
from services.payments.documents.wording import shipped_wording
from services.payments.domain.balances import SnapshotPolicy
from services.payments.domain.run_rules import RunRules
from services.payments.handlers import Handlers, reconciliation
from services.payments.handlers.adjudications import on_claim_adjudicated
from services.payments.handlers.balances import SnapshotTaker, check_ledger
from services.payments.handlers.cheques import decide_cheque, list_cheques
from services.payments.handlers.deposits import on_deposit_file_sent, on_deposit_settled
from services.payments.handlers.enrolments import (
    on_direct_deposit_changed,
    on_direct_deposit_enrolled,
    on_direct_deposit_withdrawn,
)
from services.payments.handlers.ports_returns import ReturnRepositories
from services.payments.handlers.queries import (
    get_provider_statement,
    get_run,
    get_statement,
    list_payments,
    list_provider_payments,
)
from services.payments.handlers.reissues import Reissuing
from services.payments.handlers.returns import list_returned_payments, on_deposit_returned
from services.payments.handlers.runs import close_run
from services.payments.handlers.statement_documents import Archive
from services.payments.handlers.statement_use_cases import StatementHandlers
from services.payments.ports import Repositories
from services.payments.ports_statements import Rendering
from services.payments.routes import TOPOLOGY, routes, subscriber_routes
from services.payments.routes_returns import ReturnHandlers, return_routes
from services.payments.run_wiring import add_runs, run_rules
from services.payments.settings import Settings
from services.payments.storage import Storage
from services.payments.subscriber_wiring import subscribing
from shared.clock import Clock, IdMaker, new_id, utc_now
from shared.service import Service, run


def bind(
    over: Repositories,
    *,
    clock: Clock,
    ids: IdMaker,
    run_max_batches: int,
    rules: RunRules | None = None,
    rendering: Rendering | None = None,
) -> Handlers:
    """The handlers with everything that they need but the messages."""
    words = shipped_wording()
    archive = Archive(over=over, rendering=rendering or StatementRendering(words), clock=clock)
    return Handlers(
        on_claim_adjudicated=partial(
            on_claim_adjudicated, claims=over.claims, payables=over.payables, ledger=over.ledger, clock=clock
        ),
        on_direct_deposit_enrolled=partial(on_direct_deposit_enrolled, payees=over.payees),
        on_direct_deposit_changed=partial(on_direct_deposit_changed, payees=over.payees),
        on_direct_deposit_withdrawn=partial(on_direct_deposit_withdrawn, payees=over.payees),
        close_run=partial(
            close_run,
            payables=over.payables,
            payees=over.payees,
            runs=over.runs,
            payments=over.payments,
            ledger=over.ledger,
            clock=clock,
            ids=ids,
            max_batches=run_max_batches,
            rules=rules or RunRules(),
        ),
        on_deposit_file_sent=partial(
            on_deposit_file_sent,
            runs=over.runs,
            payments=over.payments,
            payees=over.payees,
            claims=over.claims,
            statements=over.statements,
            clock=clock,
        ),
        on_deposit_settled=partial(on_deposit_settled, payments=over.payments, ledger=over.ledger, clock=clock),
        get_run=partial(get_run, runs=over.runs, payments=over.payments),
        list_payments=partial(list_payments, payments=over.payments),
        get_statement=partial(get_statement, statements=over.statements, words=words),
        list_provider_payments=partial(list_provider_payments, payments=over.payments),
        get_provider_statement=partial(get_provider_statement, statements=over.statements, words=words),
        check_ledger=partial(check_ledger, books=over.books, payables=over.payables),
        reconcile=partial(reconciliation.answer_reconciliation, records=over.records, clock=clock),
        keep_file_lines=partial(reconciliation.on_deposit_file_sent, records=over.records),
        keep_settlements=partial(reconciliation.on_deposit_settled, records=over.records, clock=clock),
        keep_returns=partial(reconciliation.on_deposit_returned, records=over.records, clock=clock),
        statements=StatementHandlers.over(archive, words),
    )


def bind_returns(over: ReturnRepositories, *, clock: Clock, ids: IdMaker) -> ReturnHandlers:
    """The same for returned payments."""
    reissuing = Reissuing(
        claims=over.claims,
        payments=over.payments,
        payees=over.payees,
        runs=over.runs,
        ledger=over.ledger,
        statements=over.statements,
        returns=over.returns,
        cheques=over.cheques,
        clock=clock,
        ids=ids,
    )
    return ReturnHandlers(
        on_deposit_returned=partial(
            on_deposit_returned,
            payments=over.payments,
            payees=over.payees,
            ledger=over.ledger,
            returns=over.returns,
            clock=clock,
        ),
        reissue_payment=reissuing.reissue_payment,
        decide_cheque=partial(
            decide_cheque, cheques=over.cheques, payments=over.payments, ledger=over.ledger, clock=clock
        ),
        list_returned_payments=partial(
            list_returned_payments,
            returns=over.returns,
            payments=over.payments,
            payees=over.payees,
            cheques=over.cheques,
        ),
        list_cheques=partial(list_cheques, cheques=over.cheques),
    )


def build(settings: Settings) -> Service:
    """The service, not started."""
    service = Service(settings, TOPOLOGY)
    storage = Storage(service.database)
    rules = run_rules(settings)
    handlers = bind(
        storage,
        clock=utc_now,
        ids=new_id,
        run_max_batches=settings.run_max_batches,
        rules=rules,
        rendering=StatementRendering(shipped_wording(), processes=settings.rendering_processes),
    )
    service.include(routes(handlers, service.outbox, service.publisher))
    add_runs(service, storage, rules, clock=utc_now, ids=new_id, poll_seconds=settings.run_poll_seconds)
    service.background(snapshot_taker(settings, storage).run)
    returned = bind_returns(storage, clock=utc_now, ids=new_id)
    service.include(return_routes(returned, service.outbox, service.publisher))
    subscribers = subscribing(settings, storage, service.outbox.run, clock=utc_now, ids=new_id)
    service.include(subscriber_routes(subscribers.handlers, service.outbox, service.publisher))
    service.background(subscribers.dispatcher.run)
    return service


def snapshot_taker(settings: Settings, over: Repositories, *, clock: Clock = utc_now) -> SnapshotTaker:
    """Snapshots of the ledger, at the end of the business day or after so many transfers."""
    policy = SnapshotPolicy(
        settle=timedelta(seconds=settings.ledger_settle_seconds), every=settings.ledger_snapshot_transfers
    )
    return SnapshotTaker(over.books, policy, clock=clock, poll_seconds=settings.ledger_snapshot_poll_seconds)


def main() -> None:
    settings = Settings()
    run(lambda: build(settings), name=TOPOLOGY.service, log_level=settings.log_level)


if __name__ == "__main__":
    main()
