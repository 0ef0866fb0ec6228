import time, bson
from shared.outbox import _Record
from services.payments.storage import SCHEMA, Storage
from services.payments.settings import Settings
from tests.support.payments_builders import *
from tests.support.payments_desk import Desk
from shared.contracts.payments import *
import tests.support.payments_desk as d
async def test_t(make_database):
    db = await make_database(SCHEMA)
    desk = Desk.over(Storage(db), db)
    sizes=[]
    Orig=d.Work
    P,K=3000,5
    works=[]
    class W(Orig):
        def __init__(s,*a,**k): super().__init__(*a,**k); works.append(s)
    d.Work=W
    def size():
        r=max(len(bson.encode(_Record("k",tuple(w.outgoing),None,FRIDAY).document())) for w in works); works.clear(); return r/1e6
    claims=[claim_adjudicated(benefit_cents=100,dossier_id=f"{p:03d}0190f2a4-7c1e-7b00-8000-000000000000") for p in range(P) for _ in range(K)]
    t=time.perf_counter()
    for s in range(0,len(claims),500): await desk.adjudicated(*claims[s:s+500])
    print("\nadjudicated/s", len(claims)/(time.perf_counter()-t)); works.clear()
    t=time.perf_counter(); await desk.adjudicated(*claims[:100]); print("100 dup",time.perf_counter()-t)
    t=time.perf_counter()
    await desk.enrol(*{c.dossier_id for c in claims}); print("enrol", time.perf_counter()-t); works.clear()
    t=time.perf_counter(); run=await desk.close_run(); print("close_run",run.payments,run.claims, time.perf_counter()-t,"MB",size())
    t=time.perf_counter(); await desk.file_sent(); print("file_sent", time.perf_counter()-t,"MB",size())
    ss=[settlement_of(e) for e in desk.events(PaymentScheduled)]
    t=time.perf_counter()
    for s in range(0,len(ss),100): await desk.settled(*ss[s:s+100])
    print("settled/s", len(ss)/(time.perf_counter()-t))
    t=time.perf_counter(); print(await desk.ledger(), time.perf_counter()-t)
