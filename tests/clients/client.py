"""Calls a server with the Python client generated from the document."""

import json
import os

from placement_client.api.directory import find_providers
from placement_client.api.lists import make_choice_list
from placement_client.api.questions import explain_provider, rank_matches
from placement_client.api.statements import read_statements, set_statements
from placement_client.client import AuthenticatedClient
from placement_client.models import (
    BatchAnswer,
    BatchProblem,
    ChoiceList,
    CoveragePlan,
    Fit,
    ListLanguage,
    ListWish,
    NearZip,
    Need,
    NeedSaid,
    NeedStatement,
    Problem,
    ProblemCode,
    ProviderKeptOut,
    ProviderQuestion,
    ProviderStands,
    Question,
    Report,
    Service,
    SeveralReports,
    StatementsTold,
)

FIRST = "DAMSONFOLD REHABILITATION"
rehab = Question(
    service=Service.INPATIENT_REHAB,
    near=NearZip(zip_="64108"),
    within_miles=12,
    coverage=CoveragePlan(plan="Larkwater Choice HMO"),
)
client = AuthenticatedClient(os.environ["PLACEMENT_URL"], os.environ["PLACEMENT_KEY"], raise_on_unexpected_status=True)

report = rank_matches.sync(client=client, body=rehab)
assert isinstance(report, Report), report
assert report.matches[0].provider.name == FIRST, report.matches[0]
assert report.matches[0].fit == Fit.MEETS, report.matches[0]
assert report.question.service == Service.INPATIENT_REHAB, report.question

several = Question(services=[Service.HOSPICE, Service.SKILLED_NURSING], near=NearZip(zip_="64108"))
answer = rank_matches.sync(client=client, body=several)
assert isinstance(answer, SeveralReports), answer
assert [report.question.service for report in answer.bundle.reports] == [Service.HOSPICE, Service.SKILLED_NURSING]

nowhere = Question(service=Service.HOSPICE, near=NearZip(zip_="00000"))
problem = rank_matches.sync(client=client, body=nowhere)
assert isinstance(problem, Problem), problem
assert problem.code == ProblemCode.INVALID, problem
assert [error.pointer for error in problem.errors] == ["/near/zip"], problem

explanation = explain_provider.sync(client=client, body=ProviderQuestion(discharge=rehab, provider=FIRST))
assert isinstance(explanation, ProviderStands), explanation
assert explanation.match.rank == 1, explanation
assert explanation.of == len(report.matches), explanation
near_by = Question(service=Service.INPATIENT_REHAB, near=NearZip(zip_="64108"), within_miles=1)
explanation = explain_provider.sync(client=client, body=ProviderQuestion(discharge=near_by, provider=FIRST))
assert isinstance(explanation, ProviderKeptOut), explanation
assert [bar.reason for bar in explanation.bars] == ["too_far"], explanation

wish = ListWish(discharge=rehab, language=ListLanguage.ES)
choice_list = make_choice_list.sync(client=client, body=wish)
assert isinstance(choice_list, ChoiceList), choice_list
assert choice_list.language == ListLanguage.ES, choice_list
assert sorted(listed.provider.id for listed in choice_list.providers) == sorted(match.provider.id for match in report.matches)

# The generator does not support NDJSON: it is sent by its client and parsed with its types.
lines = "".join(json.dumps({"id": name, **question.to_dict()}) + "\n" for name, question in [("one", rehab), ("two", nowhere)])
batch = client.get_httpx_client().post(
    "/v1/matches:batch", content=lines, headers={"Content-Type": "application/x-ndjson"}
)
answered, refused = batch.raise_for_status().text.splitlines()
answered = BatchAnswer.from_dict(json.loads(answered))
assert isinstance(answered.answer, Report), answered
assert answered.answer.list_id == report.list_id, answered
assert answered.id == "one", answered
refused = BatchProblem.from_dict(json.loads(refused))
assert (refused.line, refused.id, refused.problem.code) == (2, "two", ProblemCode.INVALID), refused

provider = "ccn:173027"
before = read_statements.sync_detailed(client=client, id=provider)
need = NeedStatement(service=Service.INPATIENT_REHAB, need=Need.REHAB_STROKE, answer=False)
stated = StatementsTold(statements=[need])
after = set_statements.sync(client=client, id=provider, body=stated, if_match=before.headers["ETag"])
assert isinstance(after.statements[0], NeedSaid), after
assert (after.statements[0].need, after.statements[0].answer) == (Need.REHAB_STROKE, False), after
late = set_statements.sync(client=client, id=provider, body=stated, if_match=before.headers["ETag"])
assert isinstance(late, Problem), late
assert late.code == ProblemCode.CHANGED, late

listed, cursor = [], None
while True:
    page = find_providers.sync(client=client, service=Service.HOSPICE, state="MO", limit=5, **({"cursor": cursor} if cursor else {}))
    listed += [provider.id for provider in page.providers]
    cursor = page.next_cursor
    if cursor is None:
        break
assert len(listed) == len(set(listed)) > 5, listed
