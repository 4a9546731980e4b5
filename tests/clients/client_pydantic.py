"""Calls a server with the Python client that openapi-generator makes of the document."""

import json
import os

import placement_pydantic as generated
from placement_pydantic.rest import ApiException

FIRST = "DAMSONFOLD REHABILITATION"
PROVIDER = "ccn:173027"
rehab = generated.Question(
    service=generated.Service.INPATIENT_REHAB,
    near=generated.Near(generated.NearZip(zip="64108")),
    within_miles=12,
    coverage=generated.Coverage(generated.CoveragePlan(plan="Larkwater Choice HMO")),
)
nowhere = generated.Question(service=generated.Service.HOSPICE, near=generated.Near(generated.NearZip(zip="00000")))

settings = generated.Configuration(host=os.environ["PLACEMENT_URL"], access_token=os.environ["PLACEMENT_KEY"])
client = generated.ApiClient(settings)
questions = generated.QuestionsApi(client)

report = questions.rank_matches(rehab).actual_instance
assert isinstance(report, generated.Report), report
assert report.matches[0].provider.name == FIRST, report.matches[0]
assert report.question.service == generated.Service.INPATIENT_REHAB, report.question

try:
    questions.rank_matches(nowhere)
except ApiException as refused:
    problem = generated.Problem.from_json(refused.body)
    assert (problem.code, problem.errors[0].pointer) == (generated.ProblemCode.INVALID, "/near/zip"), problem
else:
    raise AssertionError("a ZIP code that is not in use was accepted")

explanation = questions.explain_provider(generated.ProviderQuestion(discharge=rehab, provider=FIRST)).actual_instance
assert isinstance(explanation, generated.ProviderStands), explanation
assert explanation.match.rank == 1, explanation
near_by = generated.Question(service=rehab.service, near=rehab.near, within_miles=1)
explanation = questions.explain_provider(generated.ProviderQuestion(discharge=near_by, provider=FIRST)).actual_instance
assert isinstance(explanation, generated.ProviderKeptOut), explanation

wish = generated.ListWish(discharge=rehab, language=generated.ListLanguage.ES)
choice_list = generated.ListsApi(client).make_choice_list(wish)
choice_list = getattr(choice_list, "actual_instance", choice_list)
assert choice_list.language == generated.ListLanguage.ES, choice_list

lines = "".join(json.dumps({"id": at, **question.to_dict()}) + "\n" for at, question in enumerate([rehab, nowhere]))
# The generated client sends NDJSON and does not parse it.
batch = questions.rank_batch_without_preload_content(lines, _content_type="application/x-ndjson").data.decode()
answered, refused = (generated.BatchLine.from_json(line).actual_instance for line in batch.splitlines())
assert isinstance(answered, generated.BatchAnswer), answered
assert isinstance(refused, generated.BatchProblem), refused
assert [json.loads(line)["id"] for line in batch.splitlines()] == [0, 1], batch

statements = generated.StatementsApi(client)
before = statements.read_statements_with_http_info(PROVIDER)
stated = generated.StatementsTold(
    statements=[
        generated.StatementTold(
            generated.NeedStatement(
                service=generated.Service.INPATIENT_REHAB, need=generated.Need.REHAB_DOT_STROKE, answer=True
            )
        )
    ]
)
after = statements.set_statements(PROVIDER, stated, if_match=before.headers["etag"])
said = after.statements[0].actual_instance
assert isinstance(said, generated.NeedSaid), said
assert (said.need, said.answer) == (generated.Need.REHAB_DOT_STROKE, True), said
try:
    statements.set_statements(PROVIDER, stated, if_match=before.headers["etag"])
except ApiException as refused:
    assert refused.status == 412, refused
else:
    raise AssertionError("a version that is no longer current was accepted")

directory = generated.DirectoryApi(client)
listed, cursor = [], None
while True:
    page = directory.find_providers(service=generated.Service.HOSPICE, state="MO", limit=5, cursor=cursor)
    listed += [provider.id for provider in page.providers]
    cursor = page.next_cursor
    if cursor is None:
        break
assert len(listed) == len(set(listed)) > 5, listed
