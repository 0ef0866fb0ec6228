"""The sample papers are read as what they say."""

from deploy.sample.papers import photo_png, receipt_pdf
from services.claims.domain.papers import PDF, PNG, Inspection


def media_type_of(content: bytes) -> str:
    inspection = Inspection()
    inspection.look_at(content)
    return inspection.findings().media_type


def test_a_receipt_is_a_pdf_and_a_photograph_a_png() -> None:
    receipt = receipt_pdf("Pharmacie d’été", ["Total : 36,50 $", "Œuvre"])

    assert media_type_of(receipt) == PDF
    assert media_type_of(photo_png()) == PNG
    assert len(receipt) < 20_000
