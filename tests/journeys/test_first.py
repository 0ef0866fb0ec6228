import time
from tests.support.world import World, claim_body
async def test_x(world: World):
    t=time.monotonic()
    await world.agent(); print("agent", time.monotonic()-t)
    t=time.monotonic()
    ms=await world.members(3); print("members", time.monotonic()-t)
    m=ms[0]
    t=time.monotonic()
    A={"work_accident":"no"}
    bodies=[claim_body(m.persons[0]),
     claim_body(m.persons[0], claim_type="osteopathy", line={"code":"OS-TRT","amount_cents":9000}),
     claim_body(m.persons[1], claim_type="eye_exam", line={"code":"VX-EXM","amount_cents":10000,"answers":{}}),
     claim_body(m.persons[0], claim_type="naturopathy", line={"code":"NA-CON"}),
     claim_body(m.persons[0]),
     claim_body(m.persons[1], line={"answers":{"work_accident":"yes"}})]
    import json
    for b in bodies:
        n=await m.submit(b); c=await m.decided(n)
        for l in c["lines"]: l.pop("trace")
        print(json.dumps(c,ensure_ascii=False,indent=0))
    print("claims", time.monotonic()-t)
    t=time.monotonic()
    await m.enrol(); print("enrol", time.monotonic()-t)
    t=time.monotonic()
    await world.payable(m)
    r=await world.close_run(); print(r, time.monotonic()-t)
    r=await world.settled(r["run_id"]); print(r, time.monotonic()-t)
    print(await m.person.get("/payments"))
    p=(await m.person.get("/payments"))["payments"][0]["batch_number"]
    print(await m.person.get(f"/statements/{p}"))
    print(await m.person.get("/direct-deposit"))
    print(await m.claim(n))
    print(await m.person.get("/claim-types", text="physiothérapie"))
    print(world.databases())
