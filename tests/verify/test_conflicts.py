"""Two sources disagree only on one subject, and what they agree on is not called a conflict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rag.datatypes import Parsed, Quote, SentenceKind
from rag.ingest.parse import parse_files
from rag.ports import Judgement
from rag.settings import IngestSettings
from rag.verify.conflicts import DisagreeingSources

OLD = "In adults aged 60 years or older, start treatment at a systolic pressure of 150 mmHg or more."
NEW = "Start at 140/90 mmHg or more in every adult with confirmed hypertension."


@pytest.fixture
def sources(quote: Callable[..., Quote]) -> Callable[..., tuple[Quote, Quote]]:
    """Two documents under the same heading, of 2018 and of 2023."""

    def make(old: str, new: str, **both: object) -> tuple[Quote, Quote]:
        given = {"section": ("When to start",), **both}
        return (
            quote(old, document_id="old", date="2018-03-01", **{"title": "Protocol, version 1", **given}),
            quote(new, document_id="new", date="2023-02-01", **{"title": "Protocol, version 2", **given}),
        )

    return make


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (OLD, NEW, "140 mmhg in one"),
        ("Anaemia in pregnancy is a haemoglobin below 110 g/L in any trimester.",
         "In the second trimester of pregnancy anaemia is a haemoglobin below 105 g/L.", "105"),
        ("Give amoxicillin for 10 days.", "Give amoxicillin for 5 days.", "5 day in one, 10 day"),
        ("Children under 5 years get amoxicillin 250 mg for 5 days.", "Children under 5 years get amoxicillin 500 mg for 5 days.", "500 mg in one, 250 mg"),
        ("Adults get amoxicillin 500 mg every 8 hours, at most 3 g a day.", "Adults get amoxicillin 500 mg every 8 hours, at most 2 g a day.", "2 g per day in one"),
        ("Give potassium 10 to 20 mmol/hour.", "Give potassium 40 to 60 mmol/hour.", "40"), ("Give MMR at 12 months of age.", "Give MMR at 9 months of age.", "9 month"),
        ("Start bowel screening at 50 years of age.", "Start bowel screening at 45 years of age.", "45"), ("Do not give aspirin to children under 16 years.", "Do not give aspirin to children under 12 years.", "12"),
        ("Anaemia is a haemoglobin of 100 to 109 g/L.", "Anaemia is a haemoglobin of 110 to 119 g/L.", "110"),
        ("Use oral steroids in croup.", "Do not use oral steroids in croup.", "one advises what the other denies"),
        ("Offer zinc in diarrhoea. Strong recommendation.", "Offer zinc in diarrhoea. Conditional recommendation.",
         "a conditional recommendation in one, a strong one"),
    ],
)  # fmt: skip
def test_conflict(old: str, new: str, says: str, sources: Callable[..., tuple[Quote, Quote]]) -> None:
    (conflict,) = DisagreeingSources().find(sources(old, new))
    assert says in conflict.detail
    assert [quote.date for quote in conflict.quotes] == ["2023-02-01", "2018-03-01"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(OLD, "Start at 130 mmHg in patients with cardiovascular disease.", id="other_condition"),
        pytest.param("Children under 5 years get amoxicillin 250 mg twice a day.", "Children over 5 years get amoxicillin 500 mg twice a day.", id="other_age"),
        pytest.param("Children under 5 years get amoxicillin 250 mg for 5 days.", "Children under 6 years get amoxicillin 250 mg for 5 days.", id="same_dose_of_more_children"),
        pytest.param("At an eGFR below 30 ml/min give metformin 500 mg a day.", "At an eGFR below 45 ml/min give metformin 500 mg a day.", id="same_dose_of_more_kidneys"),
        pytest.param("Below 20 kg give artesunate 3 mg/kg.", "From 20 kg on give artesunate 2.4 mg/kg.", id="other_weight"),
        pytest.param("At an eGFR below 30 give metformin 500 mg a day.", "At an eGFR above 60 give metformin 2000 mg a day.", id="other_clearance"),
        pytest.param("Give amoxicillin for 10 days.", "Give doxycycline for 5 days.", id="other_drug"),
        pytest.param("Give iron 60 mg a day to pregnant women.", "Give iron 30 mg a day to children.", id="other_people"),
        pytest.param("Start treatment at 140 mmHg.", "The target of treatment is below 130 mmHg.", id="other_act"),
        pytest.param("Start treatment at a systolic pressure of 140 mmHg.", "Start treatment at a diastolic pressure of 90 mmHg.", id="other_measure"),
        pytest.param("Give amoxicillin 500 mg for 5 days.", "Give amoxicillin for 5 days.", id="one_says_less"),
        pytest.param("Review every month.", "Review every 4 weeks.", id="same_in_other_words"),
        pytest.param(NEW, NEW, id="the_same"),
        pytest.param("Wash hands before meals for 20 seconds.", "Store the vaccine for 6 months.", id="nothing_in_common"),
    ],
)  # fmt: skip
def test_no_conflict(old: str, new: str, sources: Callable[..., tuple[Quote, Quote]]) -> None:
    assert DisagreeingSources().find(sources(old, new, title="Sheet", section=())) == []


def test_rows_for_other_weights_are_no_conflict_and_rows_for_the_same_are(
    quote: Callable[..., Quote],
) -> None:
    row = {"header_text": "Body weight | Artesunate for each dose", "kind": SentenceKind.ROW}
    old = quote("under 20 kg | 2.4 mg/kg", document_id="old", date="2016-02-10", **row)
    heavier = quote("20 kg or more | 2.8 mg/kg", document_id="new", date="2023-11-06", **row)
    lighter = quote("under 20 kg | 3 mg/kg", document_id="new", date="2023-11-06", **row)
    assert DisagreeingSources().find([old, heavier]) == []
    (conflict,) = DisagreeingSources().find([old, lighter])
    assert "3 mg per kg in one, 2.4 mg per kg" in conflict.detail


FIRST = "Amlodipine is the first drug for hypertension."


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (FIRST, "Perindopril is the first drug for hypertension.", "perindopril in one, amlodipine in the other"),
        ("The drug of choice for gout is colchicine.", "The drug of choice for gout is naproxen.", "naproxen in one, colchicine in the other"),
        ("The preferred site of the injection is the thigh.", "The preferred site of the injection is the buttock.", "buttock in one, thigh in the other"),
        ("Give 2 sachets after each meal.", "Give 3 sachets after each meal.", "3 in one, 2 in the other"),
    ],
)  # fmt: skip
def test_one_place_filled_otherwise_is_a_conflict(
    old: str, new: str, says: str, sources: Callable[..., tuple[Quote, Quote]]
) -> None:
    (conflict,) = DisagreeingSources().find(sources(old, new, title="Sheet", section=()))
    assert says in conflict.detail
    assert [quote.date for quote in conflict.quotes] == ["2023-02-01", "2018-03-01"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(FIRST, "Amlodipine is the first drug for gout.", id="other_condition"),
        pytest.param(FIRST, "Amlodipine is the first drug for angina.", id="other_disease"),
        pytest.param("Amlodipine is a drug for hypertension.", "Perindopril is a drug for hypertension.", id="not_the_one"),
        pytest.param("Amlodipine is one of the first drugs for hypertension.", "Perindopril is one of the first drugs for hypertension.", id="one_of_several"),
        pytest.param("In adults the best test is the smear.", "In children the best test is the smear.", id="other_people"),
        pytest.param("On warfarin the preferred painkiller is paracetamol.", "On heparin the preferred painkiller is paracetamol.", id="other_case"),
        pytest.param("In the first week amlodipine was given.", "In the first week perindopril was given.", id="first_week"),
        pytest.param("Paracetamol is the first drug for fever.", "Acetaminophen is the first drug for fever.", id="same_drug"),
        pytest.param("The series has 45 cases of gout.", "The series has 54 cases of gout.", id="no_advice"),
        pytest.param("Amlodipine can cause swelling of the ankles.", "Nifedipine can cause swelling of the ankles.", id="fact_of_each"),
    ],
)  # fmt: skip
def test_one_place_filled_otherwise_that_is_no_conflict(
    old: str, new: str, sources: Callable[..., tuple[Quote, Quote]]
) -> None:
    assert DisagreeingSources().find(sources(old, new, title="Sheet", section=())) == []


def test_a_heading_that_names_other_people_makes_it_another_case(quote: Callable[..., Quote]) -> None:
    pair = [
        quote(text, document_id=name, title=f"Hypertension in {people}")
        for name, text, people in (
            ("a", FIRST, "adults"),
            ("b", FIRST.replace("Amlodipine", "Methyldopa"), "pregnancy"),
        )
    ]
    assert DisagreeingSources().find(pair) == []


def test_quotes_of_one_document_are_not_compared(quote: Callable[..., Quote]) -> None:
    one, other = (
        quote("Give amoxicillin for 10 days."),
        quote("Give amoxicillin for 5 days.", start=40, end=69),
    )
    assert DisagreeingSources().find([one, other]) == []


@pytest.mark.parametrize(("refutes", "count"), [(0.95, 1), (0.5, 0)])
def test_the_judge_may_see_what_rules_do_not(
    refutes: float, count: int, sources: Callable[..., tuple[Quote, Quote]]
) -> None:
    class Sees:
        id = "sees"

        def judge(self, evidence: Sequence[Sequence[str]], claims: Sequence[str]) -> list[Judgement]:
            return [Judgement(0.0, refutes) for _ in claims]

    found = DisagreeingSources(Sees()).find(sources("Keep the wound open.", "Keep the wound closed."))
    assert len(found) == count


def test_the_two_versions_of_the_clinic_protocol_disagree_where_they_should() -> None:
    """End to end on the documents of the demonstration: the threshold over 60 years was withdrawn in 2023."""
    folder = Path(__file__).resolve().parents[2] / "corpora" / "demo"
    files = [folder / f"clinic-blood-pressure-protocol-{year}.md" for year in (2018, 2023)]
    found = DisagreeingSources().find([quote for file in files for quote in _quotes(file)])
    told = {tuple(quote.text.split(".")[0][:45] for quote in conflict.quotes) for conflict in found}
    assert any("start treatment at a systolic pressure of 150" in c.quotes[1].text for c in found), told
    assert all(c.quotes[0].date == "2023-02-01" and c.quotes[1].date == "2018-03-01" for c in found)
    assert not any(
        "with cardiovascular disease" in quote.text or quote.text.startswith("Conditional")
        for c in found
        for quote in c.quotes
    ), told


def _quotes(file: Path) -> list[Quote]:
    (parsed,) = parse_files(
        [file], IngestSettings(), count_tokens=lambda texts: [len(t.split()) for t in texts]
    )
    assert isinstance(parsed, Parsed)
    document = parsed.document
    return [
        Quote(
            document=document.name, document_id=document.id, title=document.title, page=1, section=passage.section,
            start=s.start, end=s.end, text=document.text[s.start : s.end], kind=s.kind, date=document.date,
            header_text=s.header_in(document.text),
        )
        for passage in parsed.passages for s in passage.sentences if s.kind not in (SentenceKind.HEADING, SentenceKind.HEADER)
    ]  # fmt: skip
