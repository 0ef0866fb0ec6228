"""The invented drugs are an extract like the real one."""

import io

from deploy.sample.drugs import COUNT, extract_of, sample_drugs
from services.claims.domain.drug_list import read_extract
from services.claims.domain.drugs import DrugSchedule


def test_the_sample_is_the_same_at_every_run_and_nobody_elses() -> None:
    archive = extract_of(sample_drugs())
    found = read_extract(io.BytesIO(archive))
    assert extract_of(sample_drugs()) == archive
    assert len(found.drugs) == COUNT
    assert {drug.din[:2] for drug in found.drugs} == {"99"}


def test_the_sample_has_variants_to_choose_from_and_all_that_rules_ask_about() -> None:
    drugs = read_extract(io.BytesIO(extract_of(sample_drugs()))).drugs
    schedules = {schedule for drug in drugs for schedule in drug.schedules}
    assert {
        DrugSchedule.PRESCRIPTION,
        DrugSchedule.NON_PRESCRIPTION,
        DrugSchedule.NARCOTIC,
        DrugSchedule.CONTROLLED,
        DrugSchedule.TARGETED,
        DrugSchedule.SCHEDULE_D,
    } <= schedules
    metformin = {drug.strength("en") for drug in drugs if "A10BA02" in {each.code for each in drug.atc}}
    assert metformin == {"500 MG", "850 MG", "1000 MG"}
    groups = [drug.group for drug in drugs]
    assert len(set(groups)) < len(groups)
