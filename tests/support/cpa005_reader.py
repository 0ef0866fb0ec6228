"""A second reader of deposit files, made from the printed table of CPA Standard 005 alone.

It shares nothing with the service: positions are written out as the table has them (first and last character,
counted from 1), so that a mistake in the service's layout cannot hide by being read back the same way.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class FileHeader:
    count: str
    originator: str
    number: str
    created: str
    data_centre: str
    reserved: str
    currency: str
    rest: str


@dataclass(frozen=True)
class Segment:
    letter: str
    record_count: str
    control: str
    type_code: str
    amount: str
    due: str
    institution: str
    account: str
    trace: str
    stored_type: str
    short_name: str
    name: str
    long_name: str
    user_id: str
    cross_reference: str
    returns_institution: str
    returns_account: str
    sundry: str
    nineteen: str
    settlement: str
    invalid: str


@dataclass(frozen=True)
class FileTrailer:
    count: str
    control: str
    value_d_j: str
    number_d_j: str
    value_c_i: str
    number_c_i: str
    value_e: str
    number_e: str
    value_f: str
    number_f: str
    rest: str


@dataclass(frozen=True)
class DepositFileText:
    header: FileHeader
    segments: list[Segment]
    trailer: FileTrailer
    details: int


def cut(text: str, first: int, last: int) -> str:
    return text[first - 1 : last]


def records_of(data: bytes, separator: bytes) -> list[str]:
    """Records as texts; asserts that each is 1464 characters and ends with the separator."""
    text, end = data.decode("ascii"), separator.decode("ascii")
    step = 1464 + len(end)
    assert len(text) % step == 0
    records = [text[start : start + step] for start in range(0, len(text), step)]
    assert all(record[1464:] == end for record in records)
    return [record[:1464] for record in records]


def read(data: bytes, separator: bytes = b"\r\n") -> DepositFileText:
    first, *details, last = records_of(data, separator)
    assert cut(first, 1, 1) == "A"
    assert cut(last, 1, 1) == "Z"
    return DepositFileText(
        header=FileHeader(
            count=cut(first, 2, 10),
            originator=cut(first, 11, 20),
            number=cut(first, 21, 24),
            created=cut(first, 25, 30),
            data_centre=cut(first, 31, 35),
            reserved=cut(first, 36, 55),
            currency=cut(first, 56, 58),
            rest=cut(first, 59, 1464),
        ),
        segments=[segment for record in details for segment in _segments(record)],
        trailer=FileTrailer(
            count=cut(last, 2, 10),
            control=cut(last, 11, 24),
            value_d_j=cut(last, 25, 38),
            number_d_j=cut(last, 39, 46),
            value_c_i=cut(last, 47, 60),
            number_c_i=cut(last, 61, 68),
            value_e=cut(last, 69, 82),
            number_e=cut(last, 83, 90),
            value_f=cut(last, 91, 104),
            number_f=cut(last, 105, 112),
            rest=cut(last, 113, 1464),
        ),
        details=len(details),
    )


def _segments(record: str) -> list[Segment]:
    found = []
    for start in (25, 265, 505, 745, 985, 1225):
        text = cut(record, start, start + 239)
        if text == " " * 240:
            assert not record[start - 1 :].strip(), "a blank segment must be followed by blank ones only"
            break
        found.append(_segment(record, text))
    return found


def _segment(record: str, text: str) -> Segment:
    return Segment(
        letter=cut(record, 1, 1),
        record_count=cut(record, 2, 10),
        control=cut(record, 11, 24),
        type_code=cut(text, 1, 3),
        amount=cut(text, 4, 13),
        due=cut(text, 14, 19),
        institution=cut(text, 20, 28),
        account=cut(text, 29, 40),
        trace=cut(text, 41, 62),
        stored_type=cut(text, 63, 65),
        short_name=cut(text, 66, 80),
        name=cut(text, 81, 110),
        long_name=cut(text, 111, 140),
        user_id=cut(text, 141, 150),
        cross_reference=cut(text, 151, 169),
        returns_institution=cut(text, 170, 178),
        returns_account=cut(text, 179, 190),
        sundry=cut(text, 191, 205),
        nineteen=cut(text, 206, 227),
        settlement=cut(text, 228, 229),
        invalid=cut(text, 230, 240),
    )
